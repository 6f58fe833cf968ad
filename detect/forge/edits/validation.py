"""How well a network maps edits of held sources, and what its scores are worth there.

Each held sample is delivered once in every tier, edited and untouched; both go the same way. Intervals are by photo.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....models.calibration import Calibrator, balance, probability
from ....models.metrics import (
    Interval,
    auc,
    bootstrap,
    cllr,
    cllr_cal,
    cllr_cal_noise_floor,
    ece,
    ece_noise_floor,
)
from ...crops import telling_share
from ..launder import TIERS, Tier
from .claims import CODES, Claims
from .claims import weights as claim_weights
from .objective import LEAST_INSIDE
from .samples import Samples
from .views import view

if TYPE_CHECKING:
    from torch.nn import Module

Looked = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
"""Scores (k,), heat maps (logits) and reliability (0..1), (k, rows, columns), of k pictures."""

Look = Callable[[NDArray[np.uint8]], Looked]
"""Judges pictures, uint8 (k, height, width, 3)."""

WHOLE = 288
"""Side of the pictures that are judged, in pixels; larger than the views of training, as exhibits are."""

EVENNESS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
"""Shares among which `least_telling` chooses."""

REPLICATES = 400
_BATCH = 8
_SALT = 0x7E57


@dataclass(frozen=True, slots=True)
class Judged:
    """Delivered pictures as a network judges them, one row each.

    Attributes
    ----------
    logit
        Score of the picture by the network, (m,).
    claims
        bool (m, 2): what the classical analyzers claim, see `claims.CODES`.
    edited
        Truth, (m,).
    tier
        Place in `TIERS`, (m,).
    source, item, kind
        Of the host; of the edit (`none` where untouched), (m,).
    heat, trust, cells
        Heat map (logits), reliability (0..1) and share of the cell that was edited, float32 (m, rows, columns).
    telling
        Share of the picture that is not flat, see `crops.telling_share`, (m,).
    """

    logit: NDArray[np.float64]
    claims: NDArray[np.bool_]
    edited: NDArray[np.bool_]
    tier: NDArray[np.int64]
    source: NDArray[np.str_]
    item: NDArray[np.str_]
    kind: NDArray[np.str_]
    heat: NDArray[np.float32]
    trust: NDArray[np.float32]
    cells: NDArray[np.float32]
    telling: NDArray[np.float64]

    def fused(self, weights: Mapping[str, float]) -> "Judged":
        """The same with what the claims add to the scores."""
        added = self.claims @ np.array([weights[code] for code in CODES])
        return replace(self, logit=self.logit + added)

    def part(self, rows: NDArray[np.bool_]) -> "Judged":
        """Some of the rows, (m,) of bool."""
        return Judged(*(getattr(self, name)[rows] for name in Judged.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class EditFigure:
    """One measured number: its name, the tier, which pictures (None: all of them), value and interval."""

    name: str
    tier: Tier
    source: str | None
    interval: Interval


def judge(
    look: Look,
    samples: Samples,
    seed: int,
    tiers: Sequence[Tier] = TIERS,
    *,
    claims: Claims | None = None,
) -> Judged:
    """Deliver samples and let a network judge them, a few at a time; without `claims` none are looked for."""
    made = list(_delivered(samples, seed, tiers))
    looks = [
        look(np.stack([one[0] for one in made[start : start + _BATCH]])) for start in range(0, len(made), _BATCH)
    ]
    facts = [one[2] for one in made]
    claimed = [(False, False) if claims is None else claims.of(one[0]) for one in made]
    if claims is not None:
        claims.keep()
    logits, heats, trusts = zip(*looks, strict=True)
    return Judged(
        np.concatenate(logits).astype(np.float64),
        np.array(claimed, dtype=np.bool_),
        np.array([one[3] for one in facts]),
        np.array([one[4] for one in facts]),
        np.array([one[0] for one in facts]),
        np.array([one[1] for one in facts]),
        np.array([one[2] for one in facts]),
        np.concatenate(heats),
        np.concatenate(trusts),
        np.stack([one[1] for one in made]),
        np.array([telling_share(one[0]) for one in made]),
    )


def network(module: "Module", *, fast: bool = False) -> Look:
    """A network in training; `fast` in bfloat16, which is near enough to compare weights by."""
    import torch

    def look(pixels: NDArray[np.uint8]) -> Looked:
        module.eval()
        with torch.inference_mode():
            with torch.autocast("cpu", torch.bfloat16, enabled=fast):
                out = module(torch.from_numpy(pixels))
            logit, heat, trust = (out[name].float() for name in ("logit", "heat", "trust"))
            return logit.numpy(), heat.numpy(), torch.sigmoid(trust).numpy()

    return look


def _delivered(
    samples: Samples, seed: int, tiers: Sequence[Tier]
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32], tuple[str, str, str, bool, int]]]:
    for number, facts in enumerate(samples.facts):
        for tier in tiers:
            for edited in (False, True) if facts.kind != "none" else (False,):
                rng = np.random.default_rng([seed, _SALT, facts.number, TIERS.index(tier)])
                rgb = (samples.edits if edited else samples.hosts)[number]
                region = samples.regions[number]
                shown = view(rgb, region if edited else np.zeros_like(region), tier, rng, side=WHOLE)
                cut = edited and float(shown.cells.max()) >= LEAST_INSIDE
                if edited and not cut:
                    continue  # the region was cut away
                kind = facts.kind if edited else "none"
                # Plain backgrounds count as a source of their own: they must not vanish in the mean.
                source = f"{facts.source}, plain" if facts.plain else facts.source
                yield shown.pixels, shown.cells, (source, facts.name, kind, edited, TIERS.index(tier))


def progress(judged: Judged) -> float:
    """The figure that decides which weights are kept: mean of the AUC of cells in edited pictures and of pictures."""
    touched = judged.part(judged.edited)
    cells = [
        auc(h.ravel(), c.ravel() >= LEAST_INSIDE) for h, c in zip(touched.heat, touched.cells, strict=True)
    ]
    return float((np.mean(cells) + auc(judged.logit, judged.edited)) / 2)


def weigh(judged: Judged) -> dict[str, float]:
    """What the claims of the classical analyzers add to the score; see `claims.weights`."""
    return claim_weights(judged.logit, judged.claims, judged.edited, balance(judged.edited, judged.source))


def calibrate(judged: Judged) -> dict[str, Calibrator]:
    """Calibrators of the picture's score by tier, and `default` over all; sources weigh alike within their class."""
    found = {tier: _fitted(judged.part(judged.tier == n)) for n, tier in enumerate(TIERS)}
    return found | {"default": _fitted(judged)}


def threshold(judged: Judged, right: float) -> float:
    """The lowest score that keeps at least the share `right` of untouched pictures below it in every tier.

    Both over all of them and as the mean over their sources.
    """
    found = -np.inf
    for number in range(len(TIERS)):
        quiet = judged.part((judged.tier == number) & ~judged.edited)
        names = np.unique(quiet.source)
        for candidate in np.unique(quiet.logit):
            over = quiet.logit >= candidate
            mean = float(np.mean([over[quiet.source == name].mean() for name in names]))
            if max(float(over.mean()), mean) <= 1 - right:
                found = max(found, float(candidate))
                break
        else:
            found = max(found, float(np.nextafter(quiet.logit.max(), np.inf)))
    return found


def least_telling(judged: Judged, right: float) -> float:
    """The share of a picture that must not be flat for its score to be weighed, one of `EVENNESS`.

    On even grounds untouched pictures have high scores, so weighing them asks for a high operating point, above which
    few edits are left; leaving them out misses the edits on them. The share is taken at which most edits are found of
    all, those that are left out counting as missed, while the operating point keeps its promise on what is weighed. Of
    equals the lowest.
    """
    found = []
    for least in EVENNESS:
        kept = judged.part(judged.telling >= least)
        hits = int((kept.logit[kept.edited] >= threshold(kept, right)).sum())
        found.append((hits, -least))
    return -max(found)[1]


def left_out(judged: Judged, least: float) -> list[EditFigure]:
    """Share of the pictures that are too even to be weighed, per tier."""
    found = []
    for number, tier in enumerate(TIERS):
        for edited, name in ((False, "too-even-on-untouched"), (True, "too-even-on-edited")):
            part = judged.part((judged.tier == number) & (judged.edited == edited))
            found.append(_mean(name, tier, None, part.telling < least, part))
    return found


def figures(judged: Judged, point: float, alone: Judged) -> list[EditFigure]:
    """AUC of pictures and cells, F1 of cells, hits and alarms at the operating point, Cllr and ECE, per tier.

    `alone` are the scores of the network without the claims.
    """
    found: list[EditFigure] = []
    for number, tier in enumerate(TIERS):
        mine = judged.part(judged.tier == number)
        quiet, touched = mine.part(~mine.edited), mine.part(mine.edited)
        found.append(_figure("auc", tier, None, auc, mine.logit, mine.edited, mine))
        bare = alone.part(alone.tier == number)
        found.append(_figure("auc-network-alone", tier, None, auc, bare.logit, bare.edited, bare))
        for place, code in enumerate(CODES):
            found.append(_mean(f"{code}-on-untouched", tier, None, quiet.claims[:, place], quiet))
            found.append(_mean(f"{code}-on-edited", tier, None, touched.claims[:, place], touched))
        found.append(_mean("false-alarms", tier, None, quiet.logit >= point, quiet))
        found.append(_mean("tpr", tier, None, touched.logit >= point, touched))
        for kind in np.unique(touched.kind):
            part = touched.part(touched.kind == kind)
            found.append(_mean("tpr", tier, str(kind), part.logit >= point, part))
            found.append(_mean("cell-auc", tier, str(kind), _cell_aucs(part), part))
        for source in np.unique(quiet.source):
            part = quiet.part(quiet.source == source)
            found.append(_mean("false-alarms", tier, str(source), part.logit >= point, part))
        found.append(_mean("cell-auc", tier, None, _cell_aucs(touched), touched))
        found.append(_mean("cell-f1", tier, None, f1(touched.heat, touched.cells), touched))
        found += _calibration(mine, tier)
    return found


def f1(heat: NDArray[np.float32], cells: NDArray[np.float32], least: float = 0.0) -> NDArray[np.float64]:
    """F1 of the cells above a logit, one value a picture."""
    claimed, truth = heat > least, cells >= LEAST_INSIDE
    hit = (claimed & truth).sum((1, 2))
    return np.asarray(2 * hit / np.maximum(claimed.sum((1, 2)) + truth.sum((1, 2)), 1), dtype=np.float64)


def _cell_aucs(part: Judged) -> NDArray[np.float64]:
    pairs = zip(part.heat, part.cells, strict=True)
    return np.array([auc(heat.ravel(), cells.ravel() >= LEAST_INSIDE) for heat, cells in pairs])


def _calibration(mine: Judged, tier: Tier) -> list[EditFigure]:
    """Each source is weighed by a calibrator of the others."""
    ratios = np.zeros(len(mine.logit))
    for source in np.unique(mine.source):
        here = mine.source == source
        rest = mine.part(~here)
        if len(set(rest.edited.tolist())) < 2:
            return []
        ratios[here] = _fitted(rest, 2).apply_many(mine.logit[here]).log10_lr
    stated = probability(ratios)
    exact = {
        "cllr-cal": cllr_cal(ratios, mine.edited),
        "cllr-cal-noise-floor": cllr_cal_noise_floor(len(ratios), ratios),
        "ece-noise-floor": ece_noise_floor(len(stated), stated),
    }
    return [
        _figure("cllr", tier, None, cllr, ratios, mine.edited, mine),
        _figure("ece", tier, None, ece, stated, mine.edited, mine),
        *(
            EditFigure(name, tier, None, Interval(value, np.nan, np.nan, len(ratios)))
            for name, value in exact.items()
        ),
    ]


def _figure(name, tier, source, measure, values, truth, part) -> EditFigure:  # type: ignore[no-untyped-def]
    interval = bootstrap(measure, values, truth, groups=part.item, n=REPLICATES)
    return EditFigure(name, tier, source, interval)


def _mean(name: str, tier: Tier, source: str | None, values: NDArray, part: Judged) -> EditFigure:  # type: ignore[type-arg]
    numbers = np.asarray(values, dtype=np.float64)
    interval = bootstrap(lambda x: float(np.mean(x)), numbers, groups=part.item, n=REPLICATES)
    return EditFigure(name, tier, source, interval)


def _fitted(part: Judged, replicates: int = REPLICATES) -> Calibrator:
    weights = balance(part.edited, part.source)
    return Calibrator.fit_logistic(
        part.logit, part.edited, weights=weights, groups=part.item, replicates=replicates
    )
