"""Where the map may be believed, by definition and on photos."""

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from assay.detect.crops import SIDE
from assay.detect.explanation.heat import PATCH, Grid, Patches
from assay.detect.explanation.reliability import LEAST_RELIABLE, Shifted, reliability, texture

GRID = Grid(224, 336)
FULL = np.ones((14, 14))


def _at(x: float, value: float) -> Patches:
    return Patches(x, 0, PATCH, PATCH, value * FULL)


def _textures(*places: float) -> list[Patches]:
    return [_at(x, 1.0) for x in places]


@pytest.mark.parametrize(
    ("others", "shifted", "expected"),
    [
        ((), (), 1 / 2),
        ((), (2.0,), 2 / 3),
        ((), (2.0, 3.0), 3 / 4),
        ((), (2.0, -3.0), 2 / 4),
        ((), (-2.0, -3.0), 1 / 4),
        ((5.0,), (), 3 / 4),
        ((-0.5,), (), 2 / 4),
        ((-0.5, -0.4), (-1.0,), 2 / 6),
    ],
)
def test_each_further_look_counts_once(
    others: tuple[float, ...], shifted: tuple[float, ...], expected: float
) -> None:
    fields = [_at(0, 3.0), *(_at(0, value) for value in others)]
    made = reliability(
        GRID,
        fields,
        _textures(*[0.0] * len(fields)),
        [Shifted([_at(0, value)], 0.0) for value in shifted],
        0.0,
    )
    assert made.dtype == np.float32 and made.shape == (14, 21)
    np.testing.assert_allclose(made[:, :14], expected, rtol=1e-6)
    assert np.isnan(made[:, 14:]).all()


def test_a_look_only_counts_where_it_looked() -> None:
    made = reliability(
        GRID, [_at(0, 1.0), _at(112, 1.0)], _textures(0, 112), [Shifted([_at(224, 1.0)], 0.0)], 0
    )
    assert [float(made[0, column]) for column in (0, 8, 13, 14, 20)] == pytest.approx(
        [0.5, 0.75, 0.75, 2 / 3, 2 / 3]
    )


def test_each_laundering_is_judged_by_the_neutral_score_of_its_tier() -> None:
    def made(neutral: float) -> float:
        views = [Shifted([_at(0, 1.5)], neutral)]
        return float(reliability(GRID, [_at(0, 3.0)], _textures(0), views, 2.0)[0, 0])

    assert made(1.0) == pytest.approx(2 / 3) and made(2.0) == pytest.approx(1 / 3)


def test_texture_lowers_it() -> None:
    made = reliability(GRID, [_at(0, 1.0)], [_at(0, 0.25)], [], 0.0)
    np.testing.assert_allclose(made[:, :14], 0.125)


def test_texture_rises_with_fine_structure_and_falls_with_clipping() -> None:
    rng = np.random.default_rng(1)
    made = []
    for deviation in (0.0, 1.0, 2.5, 4.0, 12.0):
        grey = np.clip(np.rint(rng.normal(128, deviation, (SIDE, SIDE, 1))), 0, 255)
        made.append(float(texture(np.repeat(grey, 3, axis=2).astype(np.uint8)).mean()))
    assert made[0] == made[1] == 0 and made[4] == 1
    assert made[1] < made[2] < made[3] < made[4]
    stripes = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    stripes[::4] = 128
    assert texture(stripes).max() == pytest.approx(0.25)
    stripes[stripes == 0] = 40
    assert texture(stripes).min() == 1


def test_a_saturated_colour_is_clipped() -> None:
    red = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    red[..., 0] = 255
    red[..., 1] = np.random.default_rng(2).integers(0, 200, (SIDE, SIDE))
    assert texture(red).max() == 0


def test_sky_is_unreliable_and_a_temple_is_not(photo: Image.Image) -> None:
    sky = np.asarray(photo.crop((400, 0, 624, 224)))
    smooth = texture(sky)[:6, 9:]
    temple = texture(np.asarray(photo.crop((200, 180, 424, 404))))
    assert smooth.mean() < 0.25 < 0.8 < temple.mean()
    # Whatever the other looks say, a cell of such a sky never becomes reliable.
    assert np.median(smooth) * 1.0 < LEAST_RELIABLE


def test_overexposed_and_blurred_photos_lose_it(photo: Image.Image) -> None:
    part = photo.crop((200, 180, 424, 404))
    whole = texture(np.asarray(part)).mean()
    bright = texture(np.asarray(ImageEnhance.Brightness(part).enhance(4.0))).mean()
    soft = texture(np.asarray(part.filter(ImageFilter.GaussianBlur(12)))).mean()
    assert bright < whole / 2 and soft < whole
