"""What held faces say of a network: calibrators by tier and size, operating points, rates by kind, source and group.

Intervals are by host: looks at one face depend on one another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ....models.calibration import Calibrator, balance, probability_among
from ....models.metrics import Interval, auc, bootstrap, cllr, ece, ece_noise_floor
from ...faces.scoring import FILM, SIZES, size_of
from ..launder import Tier
from .validation import KINDS, Looks
from .views import DELIVERIES, Delivery

REPLICATES = 400
LEAST_ROWS = 40
_LARGE_SOURCE = 200

COVERS = {"thin": (0.0, 0.4), "cover": (0.4, np.inf)}
"""Self-blends by the share that the other face has where it has most: one in six is a veil of a quarter."""

SEXES = {"0": "apparent men", "1": "apparent women"}
GROUPS = {"0": "white", "1": "Black", "2": "Asian", "3": "Indian", "4": "other groups"}
"""What the codes of the audited source stand for, in the words of its authors: apparent, not asked of anybody."""


@dataclass(frozen=True, slots=True)
class FaceFigure:
    """One measured number: name, delivery (None: all), which faces (None: all), value and interval."""

    name: str
    way: Delivery | None
    part: str | None
    interval: Interval

    @property
    def stated(self) -> tuple[str, Tier | None]:
        """Name and tier by which a card states it: frames of videos have no tier of pictures."""
        return (f"{self.name}-{FILM}", None) if self.way == "film" else (self.name, self.way)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Looks with what a network says of them; unfit ones are left out."""

    looks: Looks
    raw: NDArray[np.float64]

    def part(self, rows: NDArray[np.bool_]) -> "Scored":
        """Some of the rows, (m,) of bool."""
        return Scored(self.looks.part(rows), self.raw[rows])

    @property
    def sizes(self) -> NDArray[np.str_]:
        """Of the faces, see `scoring.SIZES`."""
        return np.array([size_of(eyes) for eyes in self.looks.eyes.tolist()])

    @property
    def sources(self) -> NDArray[np.str_]:
        """Sources to balance by: small ones count as one."""
        names, counts = np.unique(self.looks.source, return_counts=True)
        small = {
            str(name)
            for name, count in zip(names, counts, strict=True)
            if count < _LARGE_SOURCE * len(DELIVERIES)
        }
        return np.array(["others" if name in small else name for name in self.looks.source.tolist()])


def calibrators(scored: Scored) -> dict[str, Calibrator]:
    """By tier, and by tier and size of the face where there are enough."""
    found: dict[str, Calibrator] = {}
    for way in DELIVERIES:
        mine = scored.part(scored.looks.way == way)
        found[way] = _fitted(mine)
        sizes = mine.sizes
        for size in SIZES:
            part = mine.part(sizes == size)
            real = ~part.looks.replaced
            if min(len(np.unique(part.looks.item[rows])) for rows in (real, ~real)) >= LEAST_ROWS:
                found[f"{way}-{size}"] = _fitted(part)
    return found


def threshold(scored: Scored, way: Delivery, most: float) -> float:
    """Raw score that at most a share of real held faces reach: over all, as the mean over sources, and at each size."""
    real = scored.part((scored.looks.way == way) & ~scored.looks.replaced)
    sizes = real.sizes
    weight = balance(np.ones(len(real.raw), bool), real.sources)
    highest = [_quantile(real.raw, np.ones(len(real.raw)), most), _quantile(real.raw, weight, most)]
    for size in SIZES:
        part = real.raw[sizes == size]
        if len(part) >= LEAST_ROWS:
            highest.append(_quantile(part, np.ones(len(part)), most))
    return float(max(highest))


def figures(scored: Scored, points: Mapping[Delivery, float]) -> list[FaceFigure]:
    """Every number that the card states."""
    found: list[FaceFigure | None] = []
    for way in DELIVERIES:
        mine = scored.part(scored.looks.way == way)
        pristine = mine.looks.kind == "real"
        for kind in (*KINDS, "all"):
            rows = pristine | (mine.looks.replaced if kind == "all" else mine.looks.kind == kind)
            if (rows & mine.looks.replaced).any():
                part = mine.part(rows)
                found.append(
                    _figure(
                        "auc", way, None if kind == "all" else kind, auc, part.raw, part.looks.replaced, part
                    )
                )
        sizes, most = mine.sizes, mine.looks.cells.max((1, 2))
        parts = {size: sizes == size for size in SIZES}
        parts |= {cover: pristine | ((most >= low) & (most < high)) for cover, (low, high) in COVERS.items()}
        for name, rows in parts.items():
            part = mine.part(rows & ((mine.looks.kind == "self") | pristine))
            if len(set(part.looks.replaced.tolist())) == 2:
                found.append(_figure("auc-self", way, name, auc, part.raw, part.looks.replaced, part))
        over = mine.raw >= points[way]
        found.append(_mean("false-alarms", way, None, over, pristine, mine))
        found.append(_mean("false-alarms", way, "changed", over, mine.looks.kind == "changed", mine))
        for kind in KINDS:
            found.append(_mean("tpr", way, kind, over, mine.looks.kind == kind, mine))
        for source in np.unique(mine.looks.source):
            found.append(
                _mean("false-alarms", way, str(source), over, pristine & (mine.looks.source == source), mine)
            )
        found += _calibration(mine, way)
    return [one for one in found if one is not None]


def audit(scored: Scored, points: Mapping[Delivery, float]) -> list[FaceFigure]:
    """False alarms on real faces by apparent group, size, brightness and blur, over all deliveries."""
    looks = scored.looks
    limits = np.array([points[way] for way in looks.way.tolist()])
    over = scored.raw >= limits
    real = looks.kind == "real"
    codes = [codes_of(group) for group in looks.group.tolist()]
    ages, sexes, groups = (
        np.array([code.get(name, "") for code in codes]) for name in ("age", "sex", "group")
    )
    found = []
    for code, words in SEXES.items():
        found.append(_mean("false-alarms", None, words, over, real & (sexes == code), scored))
    for code, words in GROUPS.items():
        found.append(_mean("false-alarms", None, words, over, real & (groups == code), scored))
    years = np.array([int(age) if age.isdigit() else -1 for age in ages.tolist()])
    for low, high in ((18, 29), (30, 44), (45, 59), (60, 120)):
        found.append(
            _mean(
                "false-alarms",
                None,
                f"aged {low} to {high}",
                over,
                real & (years >= low) & (years <= high),
                scored,
            )
        )
    for name, values, cuts in (
        ("eyes apart", looks.eyes, (32, 45, 70, 1000)),
        ("brightness", looks.brightness, (0, 80, 110, 140, 256)),
        ("sharpness", looks.sharpness, (2, 4, 7, 12, 1000)),
    ):
        for low, high in pairwise(cuts):
            words = f"{name} {low} to {high}" if high < 1000 else f"{name} {low} and more"
            found.append(
                _mean("false-alarms", None, words, over, real & (values >= low) & (values < high), scored)
            )
    return [one for one in found if one is not None]


def codes_of(group: str) -> dict[str, str]:
    """``age=35;sex=0;group=2`` by name; empty where the data carry none."""
    return {name: code for name, _, code in (part.partition("=") for part in group.split(";")) if code}


def _quantile(values: NDArray[np.float64], weight: NDArray[np.float64], most: float) -> float:
    order = np.argsort(-values)
    share = np.cumsum(weight[order]) / weight.sum()
    place = min(int(np.searchsorted(share, most, side="right")), len(values) - 1)
    return float(np.nextafter(values[order][place], np.inf))


def _calibration(mine: Scored, way: Delivery) -> list[FaceFigure]:
    """People in two halves: each is weighed by a calibrator of the other."""
    items = np.unique(mine.looks.item)
    first = np.isin(mine.looks.item, items[::2])
    ratios = np.zeros(len(mine.raw))
    for here in (first, ~first):
        ratios[here] = _fitted(mine.part(~here), 2).apply_many(mine.raw[here]).log10_lr
    stated = probability_among(ratios, mine.looks.replaced)
    floor = Interval(ece_noise_floor(len(stated), stated), np.nan, np.nan, len(stated))
    return [
        _figure("cllr", way, None, cllr, ratios, mine.looks.replaced, mine),
        _figure("ece", way, None, ece, stated, mine.looks.replaced, mine),
        FaceFigure("ece-noise-floor", way, None, floor),
    ]


def _fitted(part: Scored, replicates: int = REPLICATES) -> Calibrator:
    weights = balance(part.looks.replaced, part.sources)
    return Calibrator.fit_logistic(
        part.raw, part.looks.replaced, weights=weights, groups=part.looks.item, replicates=replicates
    )


def _figure(name, way, part, measure, values, truth, mine) -> FaceFigure:  # type: ignore[no-untyped-def]
    return FaceFigure(
        name, way, part, bootstrap(measure, values, truth, groups=mine.looks.item, n=REPLICATES)
    )


def _mean(name, way, part, values, rows, mine) -> FaceFigure | None:  # type: ignore[no-untyped-def]
    if not rows.any():
        return None
    numbers = np.asarray(values[rows], dtype=np.float64)
    interval = bootstrap(lambda x: float(np.mean(x)), numbers, groups=mine.looks.item[rows], n=REPLICATES)
    return FaceFigure(name, way, part, interval)
