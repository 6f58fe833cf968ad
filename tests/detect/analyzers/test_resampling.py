"""The analyzer of resizing on files: words, codes and pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from assay.detect.analyzers.resampling import Resizing
from assay.detect.media import Picture, read_picture
from assay.detect.values import Proposition
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def _read(path: Path) -> Picture:
    with Child() as child:
        return read_picture(Exhibit.open(path), child)


def _enlarged(picture: Image.Image) -> Image.Image:
    return picture.resize((round(picture.width * 1.45), round(picture.height * 1.45)), Image.Resampling.BICUBIC)


def test_a_resized_part_is_a_claim(
    photo: Image.Image, flower: Image.Image, save_as: Callable[..., Path]
) -> None:
    pixels = np.asarray(photo).copy()
    pixels[150:342, 330:522] = np.asarray(_enlarged(flower))[200:392, 200:392]
    finding = Resizing(pictures=True).analyze(_read(save_as(Image.fromarray(pixels), "pasted.png")))
    assert finding.applies and finding.proposition is Proposition.EDITED and finding.ratio is None
    assert [reason.code for reason in finding.reasons] == ["resampled-region"]
    assert finding.detail["parts"][0]["strength"] == round(finding.score or 0.0, 2)
    assert finding.picture is not None and finding.picture.shape[1] == 1000


def test_a_resized_picture_is_ordinary(photo: Image.Image, save_as: Callable[..., Path]) -> None:
    finding = Resizing(pictures=True).analyze(_read(save_as(_enlarged(photo), "larger.png")))
    assert [reason.code for reason in finding.reasons] == ["resampled-picture"]
    assert finding.score == 0.0 and finding.picture is None and "no sign of an edit" in finding.words


def test_camera_originals_have_no_such_part(assay_data: Path) -> None:
    codes = {}
    with Child() as child:
        for path in sorted((assay_data / "media" / "originals").iterdir()):
            finding = Resizing().analyze(read_picture(Exhibit.open(path), child))
            codes[path.name] = [reason.words for reason in finding.reasons if reason.code == "resampled-region"]
    assert not any(codes.values()), codes


def test_a_stamp_is_too_small(save_as: Callable[..., Path]) -> None:
    finding = Resizing().analyze(_read(save_as(Image.new("RGB", (127, 200)), "stamp.png")))
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == "too-small"
