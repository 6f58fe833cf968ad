"""Figures of scores: by source, by generator and over all, with intervals; and the points of their curves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.calibration import probability_among
from ...models.metrics import (
    Interval,
    auc,
    bootstrap,
    cllr,
    cllr_cal,
    cllr_cal_noise_floor,
    ece,
    ece_noise_floor,
    eer,
    roc,
)
from ..forge.trial import REPLICATES, macro_auc, share
from .answers import Answers, Floats
from .result import Curve, Figure

__all__ = ["curves", "figures", "grouped"]

_POINTS: Final = 200
_BINS: Final = 10


def grouped(
    entries_source: NDArray[np.str_], groups: Mapping[str, Sequence[str]] | None
) -> dict[str, NDArray[np.bool_]]:
    """Rows of each group of sources, by its name; without groups one of each source."""
    named = groups or {str(name): (str(name),) for name in np.unique(entries_source)}
    found = {name or "not stated": np.isin(entries_source, list(sources)) for name, sources in named.items()}
    return {name: rows for name, rows in found.items() if rows.any()}


def figures(
    answers: Answers, condition: str, groups: Mapping[str, Sequence[str]] | None, *, weighed: bool
) -> list[Figure]:
    """All figures under one condition.

    Parameters
    ----------
    answers
        Of all pictures, those without a score among them.
    groups
        See `Plan.groups`.
    weighed
        Whether there are likelihood ratios.
    """
    found = [
        Figure.of_interval(
            "applies", condition, "all", "", share(int(answers.scored.sum()), len(answers.scored))
        )
    ]
    those = answers.those
    if not len(those.entries):
        return found

    def made(name: str, by: str, of: str, interval: Interval) -> None:
        found.append(Figure.of_interval(name, condition, by, of, interval))

    rows = grouped(those.source, groups)
    for name, mine in rows.items():
        for figure, interval in _rates(those.part(mine)):
            made(figure, "source", name, interval)
    for generator in sorted({entry.generator for entry in those.entries if entry.fake and entry.generator}):
        mine = np.array([entry.generator == generator or not entry.fake for entry in those.entries])
        for figure, interval in _rates(those.part(mine)):
            if figure != "false-alarms":
                made(figure, "generator", generator, interval)
    for figure, interval in _rates(those):
        made(figure, "all", "", interval)
    if _both(those.fake):
        made("eer", "all", "", _drawn(those, eer, those.raw))
        both = {name: mine for name, mine in rows.items() if _both(those.fake[mine])}
        if both:
            made("auc-macro", "all", "", _macro(those, list(both.values())))
    if weighed:
        for figure, interval in _weighed(those):
            made(figure, "all", "", interval)
    return found


def curves(answers: Answers, condition: str, *, weighed: bool) -> list[Curve]:
    """Points of the ROC, and of Tippett and reliability plots where there are likelihood ratios."""
    those = answers.those
    if not _both(those.fake):
        return []
    curve = roc(those.raw, those.fake)
    found = [Curve("roc", condition, *_thinned(curve.fpr, curve.tpr))]
    if not weighed:
        return found
    reach = float(np.ceil(max(1.0, np.abs(those.log10).max())))
    at = np.linspace(-reach, reach, _POINTS + 1)
    for name, rows in (("tippett-h1", those.fake), ("tippett-h2", ~those.fake)):
        ratios = np.sort(those.log10[rows])
        least = 1 - np.searchsorted(ratios, at, side="left") / len(ratios)
        found.append(Curve(name, condition, _plain(at), _plain(least)))
    stated = probability_among(those.log10, those.fake)
    place = np.minimum((stated * _BINS).astype(np.int64), _BINS - 1)
    bins = np.unique(place)
    xs = np.array([stated[place == one].mean() for one in bins])
    ys = np.array([those.fake[place == one].mean() for one in bins])
    return [*found, Curve("reliability", condition, _plain(xs), _plain(ys))]


def _rates(part: Answers) -> Iterator[tuple[str, Interval]]:
    if _both(part.fake):
        yield "auc", _drawn(part, auc, part.raw)
    called = part.called
    for name, rows in (("tpr", part.fake), ("false-alarms", ~part.fake)):
        if rows.any():
            yield name, share(int(called[rows].sum()), int(rows.sum()))


def _weighed(those: Answers) -> Iterator[tuple[str, Interval]]:
    answer = those.answer
    yield "coverage", share(int((answer != 0).sum()), len(answer))
    if (answer != 0).any():
        given = answer != 0
        yield "error", share(int(((answer > 0) != those.fake)[given].sum()), int(given.sum()))
    if not _both(those.fake):
        return
    stated = probability_among(those.log10, those.fake)
    count = len(stated)
    yield "cllr", _drawn(those, cllr, those.log10)
    yield "cllr-cal", _lone(cllr_cal(those.log10, those.fake), count)
    yield "cllr-cal-noise-floor", _lone(cllr_cal_noise_floor(count, those.log10), count)
    yield "ece", _drawn(those, ece, stated)
    yield "ece-noise-floor", _lone(ece_noise_floor(count, stated), count)


def _drawn(part: Answers, metric: Callable[..., float], scores: Floats) -> Interval:
    """With an interval by picture, or by unit where pictures hang together."""
    units = part.unit
    groups = None if len(np.unique(units)) == len(units) else units
    return bootstrap(metric, scores, part.fake, groups=groups, strata=part.fake, n=REPLICATES)


def _macro(those: Answers, rows: Sequence[NDArray[np.bool_]]) -> Interval:
    """Mean over groups of the AUC within each; replicates keep every group and class at size."""
    code = np.full(len(those.raw), -1)
    for number, mine in enumerate(rows):
        code[mine] = number
    kept = code >= 0
    raw, fake, code = those.raw[kept], those.fake[kept], code[kept]
    return bootstrap(macro_auc, raw, fake, code, strata=code * 2 + fake, n=REPLICATES)


def _lone(value: float, count: int) -> Interval:
    return Interval(value, float("nan"), float("nan"), count)


def _both(fake: NDArray[np.bool_]) -> bool:
    return bool(fake.any() and not fake.all())


def _thinned(xs: Floats, ys: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if len(xs) <= _POINTS:
        return _plain(xs), _plain(ys)
    kept = np.unique(np.linspace(0, len(xs) - 1, _POINTS).round().astype(np.int64))
    return _plain(xs[kept]), _plain(ys[kept])


def _plain(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)
