"""Drawings of a validation: ROC, DET, Tippett and reliability plots, curves of robustness."""

from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import Final

from ....detect.validation.result import Curve, Severity
from ..pictures.plot import Plot

__all__ = ["det", "reliability", "robustness", "roc", "tippett"]

_SHARES: Final = [(0.0, "0"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1.0, "100 %")]
_RATES: Final = (0.01, 0.05, 0.2, 0.5, 0.8, 0.95)
_LEAST: Final = 0.002


def roc(curve: Curve) -> str:
    """Found against false alarms."""
    plot = Plot((0.0, 1.0), (0.0, 1.0), "false alarms", "found")
    plot.line([0.0, 1.0], [0.0, 1.0], "plot-axis")
    plot.line(curve.xs, curve.ys, "plot-a")
    return plot.drawn(_SHARES, _SHARES)


def det(curve: Curve) -> str:
    """Misses against false alarms, both axes as normal deviates: a scorer of two bell curves is a straight line.

    Martin et al., *The DET curve in assessment of detection task performance*, Eurospeech 1997.
    """
    normal = NormalDist()

    def deviate(rate: float) -> float:
        return normal.inv_cdf(min(max(rate, _LEAST), 1 - _LEAST))

    reach = (deviate(0.0), deviate(1.0))
    ticks = [(deviate(rate), f"{rate:.0%}".replace("%", " %")) for rate in _RATES]
    plot = Plot(reach, reach, "false alarms", "missed")
    plot.line([deviate(x) for x in curve.xs], [deviate(1 - y) for y in curve.ys], "plot-a")
    return plot.drawn(ticks, ticks)


def tippett(h1: Curve, h2: Curve) -> str:
    """Share of the pictures of each class with at least so large a likelihood ratio."""
    reach = (h1.xs[0], h1.xs[-1])
    plot = Plot(reach, (0.0, 1.0), "log10 LR at least", "share")
    plot.line(h2.xs, h2.ys, "plot-a")
    plot.line(h1.xs, h1.ys, "plot-b")
    plot.upright(0.0)
    ticks = [(float(at), f"{at:+d}" if at else "0") for at in range(int(reach[0]), int(reach[1]) + 1)]
    return plot.drawn(ticks, _SHARES)


def reliability(curve: Curve) -> str:
    """How often H1 was true where its probability was stated as so much, at the share of H1 among the files."""
    plot = Plot((0.0, 1.0), (0.0, 1.0), "stated", "seen")
    plot.line([0.0, 1.0], [0.0, 1.0], "plot-axis")
    plot.line(curve.xs, curve.ys, "plot-a")
    for x, y in zip(curve.xs, curve.ys, strict=True):
        plot.point(x, y)
    return plot.drawn(_SHARES, _SHARES)


def robustness(rows: Sequence[Severity], start: Severity | None) -> str:
    """AUC with its interval, found and false alarms over the levels of one axis, evenly spaced, from none on."""
    given = [row for row in (start, *rows) if row is not None]
    at = [float(place) for place in range(len(given))]
    plot = Plot((-0.3, len(given) - 0.7), (0.0, 1.0), rows[0].axis, "AUC / false alarms")
    ranked = [(x, row) for x, row in zip(at, given, strict=True) if row.auc is not None]
    xs = [x for x, _ in ranked]
    plot.band(xs, _ends(row.auc_low for _, row in ranked), _ends(row.auc_high for _, row in ranked))
    plot.line(xs, _ends(row.auc for _, row in ranked), "plot-a")
    alarmed = [
        (x, row.false_alarms) for x, row in zip(at, given, strict=True) if row.false_alarms is not None
    ]
    plot.line([x for x, _ in alarmed], _ends(rate for _, rate in alarmed), "plot-b")
    for x, row in ranked:
        plot.point(x, row.auc or 0.0)
    labels = ["none" if row is start else f"{row.level:g}" for row in given]
    return plot.drawn(list(zip(at, labels, strict=True)), _SHARES)


def _ends(values: Iterable[float | None]) -> list[float]:
    return [0.0 if value is None else value for value in values]
