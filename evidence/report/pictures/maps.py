"""The heat map of a finding and how far to believe it, laid on the exhibit; words stand in the caption."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ....detect.explanation.drawing import FULL_COLOUR
from ....detect.explanation.palette import DARK, diverging, grey_levels, hatched, toned
from ....detect.explanation.reliability import LEAST_RELIABLE
from ....detect.media import Pixels
from ....detect.values import Explanation
from ..limits import DEFAULT
from ..model import Table

__all__ = ["heat", "numbers", "reliability", "small"]

_SMALLEST: Final = 480
_REGIONS: Final = 6


def small(rgb: Pixels) -> Pixels:
    """A copy of a picture at the size of a report; small pictures are enlarged, so that a map on them can be read."""
    height, width = rgb.shape[:2]
    longer = max(height, width)
    factor = min(DEFAULT.picture_side / longer, max(1.0, _SMALLEST / longer))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(rgb, size, interpolation=way), dtype=np.uint8)


def heat(shown: Pixels, rgb: Pixels, explanation: Explanation) -> Pixels:
    """The exhibit in the colours of its map: hatched where that is unreliable, dark where nothing was looked at.

    Parameters
    ----------
    shown
        From `small`.
    rgb
        The picture that the map belongs to.
    explanation
        With maps.
    """
    scores, trust = (_spread(shown, rgb, explanation, name) for name in ("heat", "reliability"))
    seen = np.isfinite(scores)
    strength = (scores - explanation.neutral) / (FULL_COLOUR * explanation.reach)
    colours = diverging(np.where(seen, strength, 0.0))
    doubtful = seen & (trust < LEAST_RELIABLE)
    colours[doubtful] = hatched(*scores.shape)[doubtful]
    return np.where(seen[..., None], toned(colours, _luma(shown)), _dark(shown))


def reliability(shown: Pixels, rgb: Pixels, explanation: Explanation) -> Pixels:
    """Reliability of each cell in grey, light where the map can be read."""
    trust = _spread(shown, rgb, explanation, "reliability")
    seen = np.isfinite(trust)
    levels = np.asarray(np.rint(grey_levels(np.where(seen, trust, 0.0))), dtype=np.uint8)
    return np.where(seen[..., None], levels, _dark(shown))


def numbers(explanation: Explanation) -> Table:
    """The squares that were looked at with their scores; of a map without squares, its means over 6 x 6 regions."""
    if not explanation.parts:
        return _regions(explanation)
    rows: list[list[float | int | str | None]] = [
        [part.x, part.y, part.side, round(part.score, 4), part.scored]
        for part in explanation.parts[: DEFAULT.table_rows]
    ]
    return Table(columns=["x", "y", "side", "score", "scored"], rows=rows)


def _regions(explanation: Explanation) -> Table:
    scores, trust = (explanation.maps[name].astype(np.float64) for name in ("heat", "reliability"))
    rows: list[list[float | int | str | None]] = []
    for down in np.array_split(np.arange(scores.shape[0]), min(_REGIONS, scores.shape[0])):
        for across in np.array_split(np.arange(scores.shape[1]), min(_REGIONS, scores.shape[1])):
            part = np.ix_(down, across)
            if not np.isfinite(scores[part]).any():
                continue
            x, y = (
                origin + int(first[0]) * explanation.patch
                for origin, first in zip(explanation.origin, (across, down), strict=True)
            )
            mean, believed = float(np.nanmean(scores[part])), float(np.nanmean(trust[part]))
            rows.append([x, y, round(mean, 3), round(believed, 3)])
    return Table(columns=["x", "y", "score", "reliability"], rows=rows)


def ends(explanation: Explanation) -> tuple[float, float]:
    """Scores at both ends of the colours."""
    reach = FULL_COLOUR * explanation.reach
    return explanation.neutral - reach, explanation.neutral + reach


def _spread(shown: Pixels, rgb: Pixels, explanation: Explanation, name: str) -> NDArray[np.float64]:
    cells = explanation.maps[name]
    across, down = explanation.origin
    rows = ((np.arange(shown.shape[0]) + 0.5) * rgb.shape[0] / shown.shape[0] - down) // explanation.patch
    columns = (
        (np.arange(shown.shape[1]) + 0.5) * rgb.shape[1] / shown.shape[1] - across
    ) // explanation.patch
    # What lies before the first cell or behind the last one was not looked at.
    framed = np.full((cells.shape[0] + 2, cells.shape[1] + 2), np.nan)
    framed[1:-1, 1:-1] = cells
    inside_rows = np.clip(rows + 1, 0, cells.shape[0] + 1).astype(np.intp)
    inside_columns = np.clip(columns + 1, 0, cells.shape[1] + 1).astype(np.intp)
    return np.asarray(framed[np.ix_(inside_rows, inside_columns)])


def _luma(shown: Pixels) -> NDArray[np.float64]:
    return np.asarray(cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY), dtype=np.float64)


def _dark(shown: Pixels) -> Pixels:
    return np.repeat(np.asarray(_luma(shown) * DARK, dtype=np.uint8)[..., None], 3, axis=2)
