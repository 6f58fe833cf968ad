"""An explanation in the words of a person: which part told most, how much was looked at, how much can be believed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..values import Explanation, Part
from .heat import Grid
from .reliability import LEAST_RELIABLE

__all__ = ["explained", "figures", "place", "shares", "side"]

_ACROSS = ("left", "middle", "right")
_DOWN = ("upper", "middle", "lower")
_EDGES = {("upper", "middle"): "top", ("lower", "middle"): "bottom", ("middle", "middle"): "middle"}


def side(generated: bool) -> str:
    """What a finding on this side speaks for."""
    return "a generated picture" if generated else "a camera recording"


def place(part: Part, height: int, width: int) -> str:
    """Where the middle of a part lies in a picture of this size, in one of nine words such as ``upper left``."""
    across = _ACROSS[min(2, int(3 * (part.x + part.side / 2) / width))]
    down = _DOWN[min(2, int(3 * (part.y + part.side / 2) / height))]
    return _EDGES.get((down, across), across if down == "middle" else f"{down} {across}")


def shares(explanation: Explanation, grid: Grid) -> tuple[float, float]:
    """Share of the picture that was looked at, and share of that which is reliable; both 0..1."""
    heat, reliability = explanation.maps["heat"], explanation.maps["reliability"]
    seen = np.isfinite(heat)
    rows, columns = grid.shape
    whole = np.outer(
        np.minimum(explanation.patch, grid.height - explanation.patch * np.arange(rows)),
        np.minimum(explanation.patch, grid.width - explanation.patch * np.arange(columns)),
    ).astype(np.float64)
    looked = float(whole[seen].sum())
    believed = float(whole[seen & (reliability >= LEAST_RELIABLE)].sum())
    return looked / float(whole.sum()), believed / looked if looked else 0.0


def explained(explanation: Explanation, grid: Grid, generated: bool) -> str:
    """The explanation in two or three sentences."""
    scored = [part for part in explanation.parts if part.scored]
    told = [_parts(scored, grid, side(generated))]
    if not explanation.maps:
        told.append("This artifact gives no map of the patches.")
        return " ".join(told)
    looked, reliable = shares(explanation, grid)
    told.append(
        f"The map covers {_percent(looked)} of the picture; {_percent(reliable)} of it is textured and steady "
        "enough to read. It shows where the score comes from, not what was edited."
    )
    return " ".join(told)


def figures(explanation: Explanation, grid: Grid) -> Mapping[str, Any] | None:
    """The map in numbers, as JSON values; None without a map."""
    if not explanation.maps:
        return None
    looked, reliable = shares(explanation, grid)
    return {
        "patch": explanation.patch,
        "rows": grid.shape[0],
        "columns": grid.shape[1],
        "neutral": explanation.neutral,
        "looked_at": looked,
        "reliable": reliable,
        "least_reliable": LEAST_RELIABLE,
    }


def _parts(scored: Sequence[Part], grid: Grid, supported: str) -> str:
    most, least = scored[0], scored[-1]
    first = f"{_the(place(most, grid.height, grid.width))} ({most.score:.1f})"
    if len(scored) == 1:
        return f"The score comes from one crop, {first}."
    where = place(least, grid.height, grid.width)
    other = "another one there" if where == place(most, grid.height, grid.width) else f"the one {_the(where)}"
    return (
        f"Of the {len(scored)} crops scored, the one {first} tells most for {supported}, {other} "
        f"({least.score:.1f}) least."
    )


def _the(where: str) -> str:
    return f"in the {where}" if where == "middle" else f"at the {where}"


def _percent(share: float) -> str:
    return "less than 1 %" if 0 < share < 0.01 else f"{share:.0%}".replace("%", " %")
