"""A varied portrait is another picture of the same size, with its landmarks where the face went."""

import numpy as np

from assay.detect.forge.faces.portraits import Portrait
from assay.detect.forge.faces.variation import CHANCE, varied


def test_the_draw_alone_decides_and_some_stay_as_they_are(portraits: list[Portrait]) -> None:
    one = portraits[0]
    made = [varied(one, np.random.default_rng(seed)) for seed in range(60)]
    again = [varied(one, np.random.default_rng(seed)) for seed in range(60)]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(made, again, strict=True))
    same = sum(each is one for each in made)
    assert abs(same / 60 - (1 - CHANCE)) < 0.15
    assert all(each.pixels.shape == one.pixels.shape and each.pixels.dtype == np.uint8 for each in made)
    assert all(np.abs(each.pixels.astype(int) - one.pixels).mean() > 1 for each in made if each is not one)


def test_landmarks_move_with_the_face(portraits: list[Portrait]) -> None:
    one = portraits[0]
    dotted = one.pixels.copy()
    dotted[:] = 128
    x, y = (round(float(value)) for value in one.mesh[10])
    dotted[y - 3 : y + 4, x - 3 : x + 4] = 255
    host = Portrait(one.picture, one.group, dotted, one.marks, one.mesh, one.quality, one.held)
    for seed in range(20):
        made = varied(host, np.random.default_rng(seed))
        bright = made.pixels.astype(float).mean(2)
        rows, columns = np.nonzero(bright > (bright.max() + np.median(bright)) / 2)
        assert np.hypot(columns.mean() - made.mesh[10, 0], rows.mean() - made.mesh[10, 1]) < 2.5
        assert np.allclose(made.marks.mean(0), one.marks.mean(0), atol=0.5), "the middle of the face stays in its place"


def test_proportions_differ_from_draw_to_draw(portraits: list[Portrait]) -> None:
    made = [varied(portraits[0], np.random.default_rng(seed)) for seed in range(30)]
    ratios = [np.ptp(each.mesh[:, 0]) / np.ptp(each.mesh[:, 1]) for each in made]
    assert np.std(ratios) > 0.04
