# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Validate and audit
#
# **Question.** A supplier says that a detector has "an AUC of 0.99". On which files, delivered how, and whom does it accuse?
#
# **Data.** With `ASSAY_DATA` in the environment: test sources that the shipped detector has never seen. Without it,
# crops of two photos and softened copies of them, which show the steps and whose figures mean nothing.

# %%
import os
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageFilter
from sklearn.datasets import load_sample_images

from assay.detect.dataset import check_dataset
from assay.detect.dataset.fault import DataFaulty
from assay.detect.validation import Plan, validate
from assay.intake.manifest import Entry, Manifest, read_manifest, write_manifest
from assay.models.registry import Registry

SMALL = os.environ.get("ASSAY_NOTEBOOKS") == "small"
WORK = Path(mkdtemp(prefix="assay-validate-"))
DATA = Path(os.environ["ASSAY_DATA"]) if "ASSAY_DATA" in os.environ and not SMALL else None


def made_collection(folder: Path, each: int, ending: str = "jpg") -> list[Entry]:
    """Crops of two photos, and softened copies; `ending` is the format of the copies."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, entries = np.random.default_rng(0), []
    for photo, image in zip(("china", "flower"), load_sample_images().images, strict=True):
        for number in range(each):
            y, x = int(rng.integers(0, 427 - 240)), int(rng.integers(0, 640 - 240))
            crop = Image.fromarray(image[y : y + 240, x : x + 240])
            soft = crop.filter(ImageFilter.GaussianBlur(1.2))
            for label, picture, kind in (("real", crop, "jpg"), ("fake", soft, ending)):
                path = folder / f"{photo}-{number}-{label}.{kind}"
                picture.save(path, **({"quality": 90} if kind == "jpg" else {}))
                half = "left" if x < 200 else "right"
                entries.append(
                    Entry(path, path.name, label, "image", "made here", f"{photo} {label}", groups={"half": half})
                )
    return entries


# %% [markdown]
# ## A set that flatters
#
# Before the detector: the files. Here is a set in which every fake is a PNG and every real picture a JPEG, as happens when the ones
# are downloaded and the others rendered. A forest that sees formats and never a picture tells them apart without a mistake:

# %%
leaky = made_collection(WORK / "leaky", 12, ending="png")
check = check_dataset(Manifest(WORK, tuple(leaky)))
for control in check.controls:
    print(f"{control.family:<14} {control.value}  {'leaks' if control.leaks else 'holds'}")
write_manifest(WORK / "leaky.csv", leaky)
try:
    validate(Registry().get("clip-probe"), Plan(manifest=WORK / "leaky.csv"), profile="fast")
except DataFaulty as refused:
    print(f"refused: {str(refused)[:160]}...")
else:
    raise AssertionError("a set that leaks was measured on")

# %% [markdown]
# A copy of a training picture among the test pictures flatters as much, even mirrored and smaller:

# %%
with Image.open(leaky[0].path) as picture:
    picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((220, 220)).save(WORK / "copy.jpg")
both = [replace(leaky[0], split="train"), Entry(WORK / "copy.jpg", "copy.jpg", "real", split="test")]
copies = check_dataset(Manifest(WORK, tuple(both)))
print([fault.code for fault in copies.faults if fault.code.startswith("duplicate")])
assert "duplicate-across-splits" in {fault.code for fault in copies.faults}

# %% [markdown]
# ## Method
#
# Every figure is given by source, by generator and by *tier*, the damage that delivery did, with an interval. The set below gives
# both classes the same life.

# %%
if DATA is None:
    entries = made_collection(WORK / "alike", 4 if SMALL else 24)
else:
    listed = read_manifest(DATA / "media" / "manifest.csv").entries
    entries = [e for e in listed if e.split == "dev" and e.kind == "image"]
write_manifest(WORK / "set.csv", entries)
plan = Plan(
    manifest=WORK / "set.csv",
    accept=("leak-size", "leak-format", "leak-jpeg-history", "leak-metadata", "leak-together"),
)
artifact = Registry().get("clip-probe")
found = validate(artifact, plan, profile="fast", only=["tables", "audit", "speed"], cache=WORK / "cache")

# %% [markdown]
# ## Result

# %%
for name in ("auc", "tpr", "false-alarms", "cllr", "ece", "ece-noise-floor", "coverage", "error"):
    row = [found.figure(name, condition) for condition in ("native", "clean", "web", "hard")]
    cells = ["–" if f is None else f"{f.value:.2f}" + ("" if f.low is None else f" [{f.low:.2f}, {f.high:.2f}]") for f in row]
    print(f"{name:<16}" + "".join(f"{cell:>22}" for cell in cells))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), dpi=72)
for curve in found.curves:
    if curve.condition == "web" and curve.name == "roc":
        left.plot(curve.xs, curve.ys)
    if curve.condition == "web" and curve.name.startswith("tippett"):
        right.plot(curve.xs, curve.ys, label="fake" if curve.name.endswith("h1") else "real")
left.plot([0, 1], [0, 1], color="grey", lw=1)
left.set(xlabel="false alarms", ylabel="found", title="ROC, web")
right.axvline(0, color="grey", lw=1)
right.set(xlabel="log10 LR at least", ylabel="share", title="Tippett, web")
right.legend()
plt.tight_layout()
plt.show()

# %% [markdown]
# ## Whom does it accuse?
#
# False alarms by the groups that the manifest names, beside the difference that chance alone would give.

# %%
for audit in found.audits:
    if audit.condition == "web":
        print(f"{audit.group}: {audit.words}")
if not found.audits:
    print("no group has two values with fifteen real pictures each: nothing was audited")

# %% [markdown]
# ## What it means, and what it does not
#
# One number over everything hides the source that fails. An AUC says how pictures are ranked, not how often somebody is accused: that
# is decided by the operating point. A difference between groups that chance explains is not shown to be absent; with few pictures the
# audit can only see a large one. The page for an accreditation is made by `assay validate ... --report DIR`: every table, ROC, DET,
# Tippett and reliability plots, robustness, attacks, and the figures as a card holds them.
