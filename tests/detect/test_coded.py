"""The coded luminance lies where it says, however the camera was held."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.coded import coded
from assay.detect.media import DECODER, read_picture
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


@pytest.fixture(scope="module")
def child():
    with Child(preload=[DECODER]) as started:
        yield started


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_fits_the_shown_picture(
    child: Child, photo: Image.Image, tmp_path: Path, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    table = np.arange(1, 65).tolist()
    photo.crop((0, 0, 301, 203)).save(path, exif=exif, qtables=[table, table], subsampling=0)
    picture = read_picture(Exhibit.open(path), child)
    plane = coded(picture)
    assert plane is not None
    height, width = plane.luma.shape
    assert {height, width} == {200, 296}
    shown = picture.rgb[plane.y : plane.y + height, plane.x : plane.x + width].astype(float)
    grey = shown @ (0.299, 0.587, 0.114)
    assert np.abs(grey - plane.luma).mean() < 1.0
    # Row order: steps grow by one along a row, or along a column when the picture lies on its side.
    assert plane.table[1] - plane.table[0] == (8 if orientation >= 5 else 1)


def test_the_middle_keeps_to_the_blocks(child: Child, photo: Image.Image, tmp_path: Path) -> None:
    photo.save(tmp_path / "a.jpg", quality=90)
    whole = coded(read_picture(Exhibit.open(tmp_path / "a.jpg"), child))
    assert whole is not None
    part = whole.middle(128)
    assert part.luma.shape == (128, 128) and part.x % 8 == part.y % 8 == 0
    assert np.array_equal(part.luma, whole.luma[part.y : part.y + 128, part.x : part.x + 128])


def test_there_is_none_without_a_jpeg(child: Child, photo: Image.Image, tmp_path: Path) -> None:
    photo.save(tmp_path / "a.png")
    assert coded(read_picture(Exhibit.open(tmp_path / "a.png"), child)) is None
