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
# # Hunt in logs
#
# **Question.** A thousand records of one day. Which deserve an analyst first, why, and what belongs together?
#
# **Data.** The demo's day with an intruder, and two quiet weeks before it: Windows events, `auth.log` and a proxy log.

# %%
import os
from collections import Counter
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt

from assay.demo.logs import write_logs
from assay.triage import triage
from assay.triage.baseline import fit

SMALL = os.environ.get("ASSAY_NOTEBOOKS") == "small"
WORK = Path(mkdtemp(prefix="assay-hunt-"))
logs = write_logs(WORK / "logs")
baseline = fit([logs.quiet], "office", store=WORK / "models")
print(f"{logs.records:,} records in {len(list(logs.night.iterdir()))} logs of the day and those of two weeks before")

# %% [markdown]
# ## Method
#
# Every record is normalised, scored against what the baseline calls usual, and joined with others by host, user, address and time. An
# *incident* is ranked by risk; its `p` says how often a normal window scores as high.

# %%
with triage([logs.night], baseline=baseline, budget=8 if SMALL else 20) as answer:
    incidents = list(answer.incidents)
    events = list(answer.events())
for incident in incidents[:5]:
    print(f"{incident.rank}. p {incident.p:.3g}  {incident.summary[:100]}")

# %% [markdown]
# ## Why the first one?
#
# A score without its reasons is no lead. Each reason names a field, its value, the context it was counted in, and how often.

# %%
first = incidents[0]
for record in first.records[:3]:
    print(f"{Path(record.source).name} line {record.line}, {record.score:.1f} bits")
    for reason in record.reasons[:3]:
        print(f"    {reason.bits:5.1f}  {reason.field}: {str(reason.value)[:50]!r}; seen {reason.seen} of {reason.of}")

# %% [markdown]
# ## When it happened

# %%
scores = [row["score"] for row in events]
figure, axes = plt.subplots(figsize=(7, 2.4), dpi=72)
axes.plot(sorted(scores, reverse=True))
axes.set(xlabel="records, most surprising first", ylabel="bits", xscale="log")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## Was it the intruder?
#
# Here the truth is known: the lines that the intruder caused, by step.

# %%
guilty = {(one.path.name, one.line): one.step for one in logs.planted}
seen = Counter()
for incident in incidents:
    for record in incident.records:
        step = guilty.get((Path(record.source).name, record.line))
        if step is not None:
            seen[step] += 1
steps = Counter(one.step for one in logs.planted)
print(f"shown among the first {len(incidents)} incidents: {sum(seen.values())} of {len(guilty)} lines")
print(f"steps with at least one line shown: {len(seen)} of {len(steps)}")
top = sorted(events, key=lambda row: -row["score"])[:20]
hits = sum((Path(row["source"]).name, row["line"]) in guilty for row in top)
print(f"of the twenty most surprising records {hits} are the intruder's")
assert hits > 0 and len(seen) > 0

# %% [markdown]
# ## What it means, and what it does not
#
# Triage orders by surprise. An intruder who does what everybody does is not surprising, and an administrator who does
# something for the first time is. What an analyst decides is remembered: `assay triage feedback INCIDENT benign --until DATE` hides
# its kind until then, and every run counts what was hidden.
