"""Films of pictures: the same for the same name, alike for a photo and its twin, coded by every codec."""

from dataclasses import replace

import numpy as np
import pytest

from assay.detect.forge.films import CODECS, LEAST, Shooting, drawn, film

PLAIN = Shooting("h264", 20, 1.0, (1.0, 0.0), 1.0, 1, None)


@pytest.fixture(scope="module")
def picture(photo) -> np.ndarray:
    return np.asarray(photo)[:300, :320]


def test_a_name_gives_one_shooting_and_names_differ() -> None:
    some = [drawn(f"train/real/{number}.jpg", 0) for number in range(300)]
    assert some[0] == drawn("train/real/0.jpg", 0) != drawn("train/real/0.jpg", 1)
    assert {one.codec for one in some} == set(CODECS)
    assert all(CODECS[one.codec][2][0] <= one.quality <= CODECS[one.codec][2][1] for one in some)
    assert 0.15 < np.mean([one.before is not None for one in some]) < 0.45


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_gives_back_what_went_in(codec, picture) -> None:
    fine, coarse = CODECS[codec][2]
    first, last = (
        film(picture, replace(PLAIN, codec=codec, quality=quality), (0, 7)) for quality in (fine, coarse)
    )
    assert [frame.shape for frame in first] == [(276, 296, 3)] * 2
    whole = picture[12:288, 6:302].astype(int)
    errors = [float(np.abs(frame.astype(int) - whole).mean()) for frame in (first[0], last[0])]
    assert errors[0] < errors[1] < 25 and errors[0] < 12
    # The window moved: the later frame is another part of the picture.
    assert np.abs(first[1].astype(int) - first[0]).mean() > 2


def test_it_moves_by_parts_of_a_pixel_and_twice_coded_is_coarser(picture) -> None:
    moved = film(picture, replace(PLAIN, step=(0.4, 0.3), zoom=1.002), (5, 6))
    assert 0 < np.abs(moved[0].astype(int) - moved[1]).mean() < 20
    once, twice = (film(picture, replace(PLAIN, before=before), (7,))[0].astype(int) for before in (None, 36))
    assert np.abs(np.diff(twice, axis=1)).mean() < np.abs(np.diff(once, axis=1)).mean()


def test_a_picture_too_small_gives_none(picture) -> None:
    assert film(picture[: LEAST - 1], PLAIN, (0,)) == []
    assert min(film(picture, replace(PLAIN, scale=0.1), (0,))[0].shape[:2]) == LEAST
