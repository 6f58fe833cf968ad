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
# # Assay a case
#
# **Question.** Three pictures lie in a folder. Is each one consistent with an untouched recording, how strongly does
# what was measured speak for that, and what can be handed over so that somebody else can check it?
#
# **Data.** Pictures that Assay's demo makes of two photos that ship with scikit-learn, so that the truth is known: a photo as it
# was, one that was decoded again patch by patch, one that was put together of two. Put your own folder in `CASE`.

# %%
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt

from assay import detect
from assay.demo.media import write_media

SMALL = os.environ.get("ASSAY_NOTEBOOKS") == "small"
PROFILE = "fast" if SMALL else "standard"
WORK = Path(mkdtemp(prefix="assay-case-"))
made = [one for one in write_media(WORK / "made") if one.path.suffix in (".jpg", ".png")]
CASE = WORK / "case"
CASE.mkdir()
for one in made[: 2 if SMALL else 4]:
    (CASE / one.path.name).write_bytes(one.path.read_bytes())
for one in made[: 2 if SMALL else 4]:
    print(f"{one.path.name}: {one.truth}")

# %% [markdown]
# ## Method
#
# Each file is hashed, decoded in a process of its own, looked at by every analyzer, and scored. What the network says becomes a
# *likelihood ratio*: how much more probable this score is for a generated picture than for a recording. It is bounded by what the
# calibration pictures can support, and where it does not survive being saved again there is no answer.

# %%
verdicts = list(detect([CASE], profile=PROFILE))
for verdict in verdicts:
    ratio = verdict.ratio
    told = "no ratio" if ratio is None else f"log10 LR {ratio.log10:+.2f} [{ratio.low:+.2f}, {ratio.high:+.2f}]"
    print(f"{Path(verdict.path).name:<28} {verdict.outcome.value:<14} {told}")
    print(f"    {verdict.reasons[0].words} [{verdict.reasons[0].code}]")

# %% [markdown]
# ## Result
#
# The ratios on one line: to the right they speak for a generated picture, to the left for a recording. A bar that crosses
# zero speaks for neither.

# %%
figure, axes = plt.subplots(figsize=(6, 0.6 + 0.5 * len(verdicts)), dpi=72)
for place, verdict in enumerate(verdicts):
    if verdict.ratio is not None:
        axes.plot([verdict.ratio.low, verdict.ratio.high], [place, place], lw=5, alpha=0.4)
        axes.plot(verdict.ratio.log10, place, "ko")
axes.axvline(0, color="grey", lw=1)
axes.set_yticks(range(len(verdicts)), [Path(v.path).name for v in verdicts])
axes.set_xlabel("log10 likelihood ratio")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## What is handed over
#
# A report is a folder: pages for people, JSON for programs, and a seal over all of it. Whoever has the fingerprint of the key can
# check that nothing was changed since; how the answers came about can be repeated with the command that stands in the report.

# %%
key = {**os.environ, "XDG_CONFIG_HOME": str(WORK / "keys"), "TERM": "dumb", "NO_COLOR": "1", "FORCE_COLOR": "0"}


def assay(*words):
    """Run the command line as a person would, with a key of this notebook's own."""
    done = subprocess.run([sys.executable, "-m", "assay", *map(str, words)], env=key, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


code, answers, told = assay("detect", CASE, "--profile", PROFILE, "--report", WORK / "report", "--json")
assert code == 0, told
print(sorted(path.name for path in (WORK / "report").iterdir()))
assert [json.loads(line)["outcome"] for line in answers.splitlines()] == [v.outcome.value for v in verdicts]
code, said, _ = assay("evidence", "verify", WORK / "report")
print("\n".join(said.splitlines()[:4]))
assert code == 0

# %% [markdown]
# Now one byte of it is changed, as somebody might who wants another outcome:

# %%
page = WORK / "report" / "report.html"
page.write_bytes(page.read_bytes().replace(b"recording", b"recoding ", 1))
code, said, trouble = assay("evidence", "verify", WORK / "report")
print(code, (said + trouble).splitlines()[0])
assert code != 0

# %% [markdown]
# ## What it means, and what it does not
#
# *Consistent* means that what was measured fits a recording better; it does not prove that the picture is one. *Inconclusive* is an
# answer: the evidence fits both. The seal says that the folder is what was sealed and by which key; not where the files came from.
# How often the detector is wrong, by source and damage, stands on its card: `assay models show clip-probe`.
