"""What is kept of a picture until its verdict."""

import numpy as np
import pytest

from assay.detect.crops import Crop
from assay.detect.samples import MOST_SHOWN, Samples, View, shrunk
from assay.detect.values import Applicability


@pytest.mark.parametrize(
    ("size", "expected"),
    [((4000, 3000), (1280, 960)), ((300, 200), (300, 200)), ((9, 20_000), (1, MOST_SHOWN))],
)
def test_the_copy_is_bounded_and_never_larger(size: tuple[int, int], expected: tuple[int, int]) -> None:
    rgb = np.zeros((*size, 3), dtype=np.uint8)
    made = shrunk(rgb)
    assert made.shape[:2] == expected and not np.shares_memory(made, rgb)


def test_rows_are_the_views_then_the_tiles() -> None:
    crops = [Crop(0, 0, np.full((2, 2, 3), value, dtype=np.uint8)) for value in range(4)]
    views = (View(None, "clean", (crops[0],), 2, 2), View("web", "web", (crops[1], crops[2]), 2, 2))
    samples = Samples(Applicability(True), None, views, (crops[3],))
    assert [int(row["pixels"][0, 0, 0]) for row in samples.rows()] == [0, 1, 2, 3] and samples.size == 4
