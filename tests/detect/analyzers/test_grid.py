"""The analyzer of JPEG grids on files: words, codes and pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.grid import JpegGrid
from assay.detect.media import Picture, read_picture
from assay.detect.values import Proposition
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def _read(path: Path) -> Picture:
    with Child() as child:
        return read_picture(Exhibit.open(path), child)


def _photo(folder: Path, name: str) -> Image.Image:
    with Image.open(folder / "media" / "originals" / name) as opened:
        return opened.convert("RGB")


def test_a_splice_of_two_camera_files(assay_data: Path, tmp_path: Path) -> None:
    ground = np.asarray(_photo(assay_data, "Canon PowerShot G2 (1).jpg")).copy()
    other = np.asarray(_photo(assay_data, "Nikon E950.jpg"))
    ground[101:261, 203:363] = other[300:460, 400:560]
    path = tmp_path / "splice.png"
    Image.fromarray(ground).save(path)
    finding = JpegGrid(pictures=True).analyze(_read(path))
    assert finding.applies and finding.proposition is Proposition.EDITED and finding.ratio is None
    assert [reason.code for reason in finding.reasons] == ["foreign-grid"]
    first = finding.detail["regions"][0]
    assert abs(first["x"] + first["width"] / 2 - 283) < 60 and abs(first["y"] + first["height"] / 2 - 181) < 60
    assert finding.picture is not None and finding.picture.shape[1] == 1000


def test_camera_originals_keep_to_one_grid(assay_data: Path) -> None:
    codes = {}
    with Child() as child:
        for path in sorted((assay_data / "media" / "originals").iterdir()):
            finding = JpegGrid().analyze(read_picture(Exhibit.open(path), child))
            codes[path.name] = [reason.code for reason in finding.reasons]
    assert not any(codes.values()), codes


@pytest.mark.parametrize(("side", "code"), [(40, "too-small"), (200, "no-grid")])
def test_why_it_does_not_apply(save_as: Callable[..., Path], side: int, code: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    finding = JpegGrid().analyze(_read(save_as(Image.fromarray(noise), "noise.png")))
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == code
