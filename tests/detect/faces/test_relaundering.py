"""A face is laundered as it would be within its whole picture."""

import numpy as np
import pytest
from PIL import Image

from assay.detect.faces.finder import Face
from assay.detect.faces.relaundering import delivered
from assay.detect.forge.launder import Laundering, delivery

MARKS = np.array([[580, 400], [660, 402], [622, 450], [592, 490], [650, 491]], np.float32)


@pytest.fixture
def face() -> Face:
    return Face(np.array([540, 330, 160, 220], np.float32), MARKS, 0.9)


@pytest.fixture
def large(photo: Image.Image) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(photo.resize((1600, 1200)))


def test_the_part_shrinks_like_the_whole(face: Face, large) -> None:  # type: ignore[no-untyped-def]
    made = delivered(large, face, delivery("web"))
    assert made is not None
    pixels, moved, eyes = made
    assert eyes == pytest.approx(80 * 768 / 1600, rel=0.02)
    assert np.hypot(*(moved.marks[1] - moved.marks[0])) == pytest.approx(eyes, rel=0.02)
    whole = Laundering("whole", quality=96, longest=768).apply(large)
    at = (MARKS[2] * 768 / 1600).astype(int)
    here = moved.marks[2].astype(int)
    one, other = (
        whole[at[1] - 8 : at[1] + 8, at[0] - 8 : at[0] + 8],
        pixels[here[1] - 8 : here[1] + 8, here[0] - 8 : here[0] + 8],
    )
    assert np.abs(one.astype(int).mean((0, 1)) - other.astype(int).mean((0, 1))).max() < 8


def test_where_nothing_shrinks_the_size_stays(face: Face, large) -> None:  # type: ignore[no-untyped-def]
    made = delivered(large, face, delivery("resave-80"))
    assert made is not None and made[2] == pytest.approx(80, rel=0.01)


def test_a_face_that_becomes_too_small_gives_nothing(face: Face, photo: Image.Image) -> None:
    huge = np.asarray(photo.resize((4000, 3000)))
    assert delivered(huge, face, delivery("web")) is None
