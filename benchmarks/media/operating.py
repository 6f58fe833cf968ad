"""What `assay detect` answers on the delivered test pictures: coverage, errors, flips, likelihood ratios and bounds.

The whole product runs, profile standard, on files: its own estimate of the tier, its calibrators, its stability test.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from figures import Ground, Line
from numpy.typing import NDArray
from store import code
from views import Material, Seen

from assay.detect import crops, fusion, stability, tiers, verdict
from assay.detect.analyzers import synthetic
from assay.detect.contract import verdict_json
from assay.detect.forge.launder import TIERS
from assay.detect.forge.trial import REPLICATES, share
from assay.detect.scales import Scales
from assay.detect.session import Detector
from assay.models.artifact import Artifact
from assay.models.calibration import probability_among
from assay.models.metrics import cllr, cllr_cal, ece, ece_noise_floor
from assay.models.metrics.bootstrap import Interval, bootstrap

ANSWERED = ("consistent", "inconsistent")


@dataclass(frozen=True)
class Answer:
    """What the product said of one view: outcome, log10 LR (None without one), the tier it took it for."""

    outcome: str
    log10_lr: float | None
    tier: str | None


def answers(material: Material, artifact: Artifact, folder: Path, say: Callable[[str], None]) -> list[Answer]:
    """Answers for all views, in order; a tier that an earlier run finished is read from `folder`."""
    state = code([crops, fusion, stability, tiers, verdict, synthetic, sys.modules[__name__]])
    found: dict[int, Answer] = {}
    for number, tier in enumerate(TIERS):
        mine = [place for place, view in enumerate(material.seen) if view.tier == number]
        path = folder / f"answers-{tier}-{artifact.sha256[:12]}-{material.tested[:8]}-{state[:8]}.json"
        if not path.exists():
            said = _asked([material.seen[place] for place in mine], artifact)
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            partial.write_text(json.dumps(said), encoding="utf-8")
            partial.replace(path)
            say(f"assay detect, {tier}: {len(mine)} files")
        stored = json.loads(path.read_text(encoding="utf-8"))
        found |= {place: Answer(*values) for place, values in zip(mine, stored, strict=True)}
    return [found[place] for place in range(len(material.seen))]


def _asked(views: Sequence[Seen], artifact: Artifact) -> list[list[object]]:
    with TemporaryDirectory() as folder:
        paths = []
        for number, view in enumerate(views):
            path = Path(folder) / f"{number:05d}.jpg"
            path.write_bytes(view.file())
            paths.append(path)
        with Detector(profile="standard", device="cpu", artifact=artifact) as detector:
            said = [verdict_json(one) for one in detector.run(paths)]
    return [[line["outcome"], line["log10_lr"], line["tier"]] for line in said]


def lines(found: Sequence[Answer], ground: Ground) -> list[Line]:
    """Coverage, accuracy and errors, over all pictures and by group."""
    outcome = np.array([answer.outcome for answer in found])
    answered = np.isin(outcome, ANSWERED)
    right = answered & ((outcome == "inconsistent") == ground.synthetic)
    told = np.array([answer.tier == TIERS[tier] for answer, tier in zip(found, ground.tier, strict=True)])
    real, drawn = ~ground.synthetic, ground.synthetic
    everything = np.ones(len(found), dtype=bool)
    asked = (
        ("answered", answered, everything),
        ("right, of the answered", right, answered),
        ("photos called inconsistent (false alarms)", outcome == "inconsistent", real),
        ("photos called consistent", outcome == "consistent", real),
        ("generated called inconsistent", outcome == "inconsistent", drawn),
        ("generated called consistent (misses)", outcome == "consistent", drawn),
        ("tier told as it was made", told, everything),
    )
    table = [Line(words, "", _shares(hits, among, ground)) for words, hits, among in asked]
    for number, name in enumerate(ground.names):
        for words, hits, among in asked[:1] + asked[2:6]:
            cells = _shares(hits, among & (ground.group == number), ground)
            if cells:
                table.append(Line(words, name, cells))
    return table


def flips(found: Sequence[Answer], ground: Ground) -> list[Line]:
    """Of the pictures answered as they come (clean), those whose log10 LR has the other sign after more delivery."""
    ratio = np.array([np.nan if a.log10_lr is None else a.log10_lr for a in found], dtype=np.float64)
    table = np.full((ground.picture.max() + 1, len(TIERS)), np.nan)
    table[ground.picture, ground.tier] = ratio
    answered = np.zeros(len(table), dtype=bool)
    clean = ground.tier == 0
    answered[ground.picture[clean]] = [a.outcome in ANSWERED for a, c in zip(found, clean, strict=True) if c]
    made = []
    for words, chosen in (
        ("answered in clean, sign turns", answered),
        ("all, sign turns", ~np.isnan(table[:, 0])),
    ):
        cells: dict[str, Interval] = {}
        for tier in range(1, len(TIERS)):
            both = chosen & ~np.isnan(table[:, 0]) & ~np.isnan(table[:, tier])
            if both.any():
                turned = int((table[both, 0] * table[both, tier] < 0).sum())
                cells[TIERS[tier]] = share(turned, int(both.sum()))
        made.append(Line(words, "", cells))
    return made


def ratios(found: Sequence[Answer], ground: Ground, artifact: Artifact, crops: int) -> list[Line]:
    """Largest log10 LR either way beside the calibrators' bounds, and calibration on the test pictures."""
    scales = Scales(artifact)
    ratio = np.array([np.nan if a.log10_lr is None else a.log10_lr for a in found], dtype=np.float64)
    rows: dict[str, dict[str, Interval]] = {}

    def put(words: str, tier: str, value: float, n: int) -> None:
        rows.setdefault(words, {})[tier] = Interval(value, np.nan, np.nan, n, n)

    for number, tier in enumerate(TIERS):
        mine = ground.rows(number, ~np.isnan(ratio))
        values, truth = ratio[mine], ground.synthetic[mine]
        if not truth.any() or truth.all():
            continue
        bound = scales.calibrator(tier, crops).bound
        put("lowest log10 LR", tier, values.min(), len(values))
        put("its bound in this tier", tier, bound[0], len(values))
        put("highest log10 LR", tier, values.max(), len(values))
        put("its bound in this tier, upwards", tier, bound[1], len(values))
        stated = probability_among(values, truth)
        for words, metric, given in (("Cllr", cllr, values), ("ECE at the share of generated pictures", ece, stated)):
            rows.setdefault(words, {})[tier] = bootstrap(metric, given, truth, strata=truth, n=REPLICATES)
        put("Cllr, calibration part", tier, cllr_cal(values, truth), len(values))
        put("ECE of a perfect scorer of this size", tier, ece_noise_floor(len(values), stated), len(values))
    return [Line(words, "", cells) for words, cells in rows.items()]


def _shares(hits: NDArray[np.bool_], among: NDArray[np.bool_], ground: Ground) -> dict[str, Interval]:
    cells: dict[str, Interval] = {}
    for number, tier in enumerate(TIERS):
        rows = ground.rows(number, among)
        if rows.any():
            cells[tier] = share(int(hits[rows].sum()), int(rows.sum()))
    return cells
