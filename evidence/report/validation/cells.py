"""Figures as a reader meets them: their names, the deliveries, a value with its interval."""

from collections.abc import Mapping
from typing import Final

from ....detect.validation.result import Figure
from ..blocks.numbers import per_cent

__all__ = ["CONDITIONS", "NAMES", "value"]

_SHARES: Final = frozenset({"tpr", "false-alarms", "coverage", "error", "applies", "flips"})
NAMES: Final[Mapping[str, str]] = {
    "auc": "AUC",
    "auc-macro": "AUC, mean over sources",
    "eer": "equal error rate",
    "tpr": "found at the operating point",
    "false-alarms": "false alarms at the operating point",
    "coverage": "gets an answer",
    "error": "wrong among the answered",
    "cllr": "Cllr",
    "cllr-cal": "Cllr lost by calibration",
    "cllr-cal-noise-floor": "the same of a perfect scorer",
    "ece": "ECE",
    "ece-noise-floor": "ECE of a perfect scorer",
    "applies": "gets a score",
    "flips": "decision changes",
}
CONDITIONS: Final = {"native": "as it comes", "clean": "clean", "web": "web", "hard": "hard"}


def value(figure: Figure) -> str:
    """A figure and its interval, shares as per cent; a line never ends within the interval."""
    if figure.name in _SHARES:
        text = per_cent(figure.value)
        if figure.low is not None and figure.high is not None:
            text += f" [{100 * figure.low:.1f},\u00a0{100 * figure.high:.1f}]"
        return text
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f},\u00a0{figure.high:.3f}]"
