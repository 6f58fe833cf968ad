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
# # Retrain triage of logs
#
# **Question.** What is usual on this site, and does knowing it bring an intruder's records nearer to the top than looking at
# the suspicious day alone?
#
# **Data.** Logs that Assay's demo writes: two quiet weeks of a small office, and a day with an intruder, whose lines are known.

# %%
import os
import time
from collections import defaultdict
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np
import yaml

from assay.demo.logs import write_logs
from assay.intake.manifest import Entry, read_manifest, write_manifest
from assay.triage import triage
from assay.triage.training import train_triage
from assay.triage.validation import validate_logs

WORK = Path(mkdtemp(prefix="assay-triage-"))
logs = write_logs(WORK / "logs")
planted = defaultdict(list)
for one in logs.planted:
    planted[one.path].append(one.line)
entries = [Entry(p, p.name, "real", "log", split="train") for p in sorted(logs.quiet.rglob("*")) if p.is_file()]
for path in sorted(p for p in logs.night.rglob("*") if p.is_file()):
    lines = " ".join(map(str, sorted(planted[path])))
    entries.append(Entry(path, path.name, "fake", "log", split="test", lines=lines))
write_manifest(WORK / "logs.csv", entries)
print(f"{logs.records:,} records; {len(logs.planted)} of them are the intruder's")

# %% [markdown]
# ## Method
#
# A *baseline* is counts: how often each value came in its context, in a period that somebody calls normal. A record's score adds up
# how surprising its fields are, in bits. The last fifth of the period is kept out of the counts and scored by them; it says how high
# normal windows score. There is no loss and no epoch: fitting is counting, and two baselines add up.

# %%
(WORK / "office.yaml").write_text(
    yaml.safe_dump({"name": "office", "data": str(WORK), "manifest": "logs.csv", "zoo": str(WORK / "zoo")})
)
os.environ.pop("ASSAY_DATA", None)
begun = time.process_time()
baseline = train_triage(WORK / "office.yaml", report=print)
print(f"{time.process_time() - begun:.1f} s of processor time")

# %% [markdown]
# ## Result
#
# Where the intruder's records come when all records of a file are put in order, with the baseline and without one.

# %%
tests = read_manifest(WORK / "logs.csv").where(lambda entry: entry.split == "test", "the split test")
found = validate_logs(baseline, tests, compare=True)
for figure in found.figures:
    print(f"{figure.of or 'mean':<22} {figure.name:<18} {figure.value:.3f}")
for one in found.comparisons:
    print(one.words)

# %%
night = sorted(p for p in logs.night.rglob("*") if p.is_file())
with triage(night, baseline=baseline, budget=10) as answer:
    rows = [(row["source"], row["line"], row["score"]) for row in answer.events()]
    incidents = list(answer.incidents)
guilty = {(path.name, line) for path, lines in planted.items() for line in lines}
scores = np.array([score for *_, score in rows])
mine = np.array([(Path(source).name, line) in guilty for source, line, _ in rows])
figure, axes = plt.subplots(figsize=(6, 2.4), dpi=72)
edges = np.linspace(0, scores.max() + 1, 40)
axes.hist(scores[~mine], edges, log=True, alpha=0.5, label="routine")
axes.hist(scores[mine], edges, log=True, alpha=0.8, label="intruder")
axes.set_xlabel("bits of surprise")
axes.legend()
plt.tight_layout()
plt.show()

# %%
for incident in incidents[:3]:
    print(f"{incident.rank}. {incident.summary[:110]}")

# %% [markdown]
# ## What it means, and what it does not
#
# The baseline knows this office. On another site it knows nothing, and on this one it knows nothing of what it has not seen: a new
# server, a quarter's end. Rare is not malicious: a high score says that something is unusual here. A baseline that was fitted while
# an intruder was inside calls that intruder normal.
