"""Plots of what an artifact stores of its calibration: its curve, and the scores of recordings it was fitted on.

The scores of generated pictures are not stored. What the calibration says of them follows from it: among recordings
with a likelihood ratio of r there are r times as many generated pictures, at equal numbers. That line is drawn dashed,
and its caption says that it is implied and not measured.
"""

from dataclasses import dataclass

import numpy as np

from ....models.calibration import Calibrator
from ..model import Table
from ..words import Words
from .plot import HEIGHT, WIDTH, Plot

__all__ = ["Drawn", "curve", "tippett"]

_STEPS = 13


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing and its numbers."""

    svg: str
    table: Table
    size: tuple[int, int] = (WIDTH, HEIGHT)


def curve(calibrator: Calibrator, words: Words, mark: tuple[float, float] | None = None) -> Drawn:
    """Log10 LR of each raw score with its interval.

    Parameters
    ----------
    calibrator
        Of the artifact.
    words
        For the axes.
    mark
        Raw score and log10 LR of an exhibit.
    """
    raw = calibrator.raw
    reach = float(np.ceil(max(abs(calibrator.bound[0]), abs(calibrator.bound[1]), 1.0)))
    begin, end = float(raw[0]), float(raw[-1])
    if mark is not None:
        begin, end = min(begin, mark[0]), max(end, mark[0])
    plot = Plot((begin, end), (-reach, reach), words("axis.raw"), words("axis.log10_lr"))
    plot.band(raw.tolist(), calibrator.low.tolist(), calibrator.high.tolist())
    plot.line(raw.tolist(), calibrator.log10_lr.tolist(), "plot-a")
    if mark is not None:
        plot.dot(*mark)
    at = np.linspace(float(raw[0]), float(raw[-1]), _STEPS)
    many = calibrator.apply_many(at)
    rows: list[list[float | int | str | None]] = [
        [round(float(x), 2), round(float(y), 3), round(float(low), 3), round(float(high), 3)]
        for x, y, low, high in zip(at, many.log10_lr, many.low, many.high, strict=True)
    ]
    return Drawn(
        plot.drawn(_ticks(begin, end), _whole(reach)),
        Table(columns=["raw", "log10_lr", "low", "high"], rows=rows),
    )


def tippett(calibrator: Calibrator, words: Words, mark: float | None = None) -> Drawn:
    """Share of the calibration set beyond each log10 LR: recordings as stored, generated pictures as implied.

    Parameters
    ----------
    calibrator, words
        As above.
    mark
        Log10 LR of an exhibit.
    """
    ratios, shares = _recordings(calibrator)
    weights = shares * np.power(10.0, ratios)
    weights = weights / weights.sum()
    reach = float(np.ceil(max(abs(calibrator.bound[0]), abs(calibrator.bound[1]), 1.0)))
    at = np.linspace(-reach, reach, 161)
    recordings = np.array([shares[ratios >= x].sum() for x in at])
    generated = np.array([weights[ratios >= x].sum() for x in at])
    plot = Plot((-reach, reach), (0.0, 1.0), words("axis.at_least"), words("axis.share"))
    plot.line(at.tolist(), recordings.tolist(), "plot-a")
    plot.line(at.tolist(), generated.tolist(), "plot-b")
    if mark is not None:
        plot.upright(mark)
    few = np.linspace(-reach, reach, _STEPS)
    rows: list[list[float | int | str | None]] = [
        [
            round(float(x), 2),
            round(float(shares[ratios >= x].sum()), 4),
            round(float(weights[ratios >= x].sum()), 4),
        ]
        for x in few
    ]
    table = Table(columns=["log10_lr", "h2_share", "h1_share"], rows=rows)
    return Drawn(
        plot.drawn(_whole(reach), [(0, "0"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1, "100 %")]),
        table,
    )


def _recordings(calibrator: Calibrator) -> tuple[np.ndarray, np.ndarray]:
    """Log10 LR of each step of the stored scores, and the share of recordings that have it."""
    stored = calibrator.reference.to_json()
    scores = np.asarray(stored["scores"], dtype=np.float64)
    at_least = np.asarray(stored["at_least"], dtype=np.float64)
    # Steps may be thinned: each stands for all rows from it up to the next.
    share = (at_least - np.append(at_least[1:], 0.0)) / float(stored["n"])
    return np.asarray(calibrator.apply_many(scores).log10_lr), share


def _ticks(begin: float, end: float) -> list[tuple[float, str]]:
    step = next(each for each in (0.5, 1, 2, 5, 10, 20, 50, 1e9) if (end - begin) / each <= 10)
    first = int(np.ceil(begin / step))
    return [(number * step, f"{number * step:g}") for number in range(first, int(np.floor(end / step)) + 1)]


def _whole(reach: float) -> list[tuple[float, str]]:
    return [(float(value), f"{value:+d}" if value else "0") for value in range(-int(reach), int(reach) + 1)]
