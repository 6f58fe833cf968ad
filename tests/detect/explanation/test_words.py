"""An explanation in words."""

import numpy as np
import pytest

from assay.detect.explanation.heat import Grid
from assay.detect.explanation.words import explained, figures, place, shares
from assay.detect.values import Explanation, Part

GRID = Grid(672, 680)


def _part(x: int, y: int, score: float = 0.0, scored: bool = True) -> Part:
    return Part(x, y, 224, score, scored)


def _explanation(*parts: Part, mapped: bool = True) -> Explanation:
    heat, trust = (np.full(GRID.shape, np.nan, dtype=np.float32) for _ in range(2))
    heat[:21], trust[:21] = 1.0, 0.1
    trust[:7] = 0.9
    return Explanation(parts, 0.5, 2.0, 16, maps={"heat": heat, "reliability": trust} if mapped else {})


@pytest.mark.parametrize(
    ("x", "y", "word"),
    [(0, 0, "upper left"), (224, 0, "top"), (456, 0, "upper right"), (0, 224, "left"), (224, 224, "middle"),
     (456, 224, "right"), (0, 448, "lower left"), (224, 448, "bottom"), (456, 448, "lower right")],
)  # fmt: skip
def test_nine_words_for_where(x: int, y: int, word: str) -> None:
    assert place(_part(x, y), 672, 680) == word


def test_shares_count_pixels_not_cells() -> None:
    looked, reliable = shares(_explanation(_part(0, 0)), GRID)
    assert looked == pytest.approx(0.5) and reliable == pytest.approx(1 / 3)
    made = figures(_explanation(_part(0, 0)), GRID)
    assert made is not None and made["looked_at"] == looked and (made["rows"], made["columns"]) == (42, 43)


def test_it_says_what_told_most_and_does_not_claim_more_than_it_knows() -> None:
    parts = (_part(0, 0, 4.0), _part(224, 224, 2.0), _part(456, 448, -1.0), _part(224, 0, 9.0, False))
    told = explained(_explanation(*parts), GRID, True)
    assert "Of the 3 crops scored, the one at the upper left (4.0) tells most for a generated" in told
    assert "the one at the lower right (-1.0) least" in told and "9.0" not in told
    assert "covers 50 % of the picture; 33 % of it is" in told
    assert told.endswith("not what was edited.")


def test_one_crop_two_in_one_place_and_no_map() -> None:
    one = explained(_explanation(_part(224, 224, 1.0), mapped=False), GRID, False)
    assert (
        one
        == "The score comes from one crop, in the middle (1.0). This artifact gives no map of the patches."
    )
    two = explained(_explanation(_part(220, 224, -3.0), _part(230, 224, 1.0)), GRID, False)
    assert (
        "the one in the middle (-3.0) tells most for a camera recording, another one there (1.0) least" in two
    )
    assert figures(_explanation(_part(0, 0), mapped=False), GRID) is None
