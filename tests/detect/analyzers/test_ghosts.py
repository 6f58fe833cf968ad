"""The analyzer of ghosts on files: words, codes and pictures."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.ghosts import JpegGhosts
from assay.detect.media import DECODER, Picture, read_picture
from assay.detect.values import Proposition
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def _read(path: Path) -> Picture:
    with Child(preload=[DECODER]) as child:
        return read_picture(Exhibit.open(path), child)


def _saved(picture: Image.Image, quality: int) -> np.ndarray:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(io.BytesIO(stream.getvalue())).convert("RGB")).copy()


@pytest.fixture(scope="module")
def fresh(photo: Image.Image) -> Image.Image:
    """A picture without a JPEG past."""
    return photo.resize((390, 260), Image.Resampling.LANCZOS)


def test_a_part_that_was_painted_over_in_a_png(fresh: Image.Image, save_as: Callable[..., Path]) -> None:
    made = _saved(fresh, 80)
    made[64:144, 96:176] = np.asarray(fresh)[::-1][64:144, 96:176]
    # Cut off the grid: the finding speaks of the picture as it is.
    finding = JpegGhosts(pictures=True).analyze(_read(save_as(Image.fromarray(made[3:, 5:]), "a.png")))
    assert finding.applies and finding.proposition is Proposition.EDITED and finding.ratio is None
    assert [reason.code for reason in finding.reasons] == ["part-ghost"]
    part = finding.detail["parts"][0]
    assert abs(part["x"] + part["width"] / 2 - 131) < 20 and abs(part["y"] + part["height"] / 2 - 101) < 20
    assert finding.detail["origin"] == [3, 5] and abs(finding.detail["quality"] - 80) <= 1
    assert finding.picture is not None and finding.picture.shape[1] == 1000


def test_a_part_of_lower_quality_in_a_jpeg(fresh: Image.Image, save_as: Callable[..., Path]) -> None:
    made = np.asarray(fresh).copy()
    made[64:144, 96:176] = _saved(fresh, 55)[64:144, 96:176]
    finding = JpegGhosts().analyze(_read(save_as(Image.fromarray(made), "a.jpg", quality=90)))
    assert abs(finding.detail["parts"][0]["quality"] - 55) <= 1 and finding.score > 6


def test_no_camera_original_is_said_to_be_edited(assay_data: Path, tmp_path: Path) -> None:
    codes = {}
    with Child(preload=[DECODER]) as child:
        for path in sorted((assay_data / "media" / "originals").iterdir()):
            finding = JpegGhosts().analyze(read_picture(Exhibit.open(path), child))
            codes[path.name] = [reason.code for reason in finding.reasons]
    assert len(codes) == 24 and not any(codes.values()), codes


@pytest.mark.parametrize(("side", "code"), [(64, "too-small"), (200, "too-few-blocks")])
def test_why_it_does_not_apply(save_as: Callable[..., Path], side: int, code: str) -> None:
    finding = JpegGhosts().analyze(_read(save_as(Image.new("RGB", (side, side), "white"), "a.png")))
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == code
