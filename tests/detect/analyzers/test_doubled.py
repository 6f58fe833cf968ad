"""The analyzer of earlier saves on files: words, codes, pictures, and where the parts lie."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.doubled import DoubleJpeg
from assay.detect.media import DECODER, Picture, read_picture
from assay.detect.values import Proposition
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit

Save = Callable[..., Path]


def _read(path: Path) -> Picture:
    with Child(preload=[DECODER]) as child:
        return read_picture(Exhibit.open(path), child)


def _spliced(photo: Image.Image, flower: Image.Image, save_as: Save, **options: object) -> Path:
    once = save_as(photo.resize((400, 267), Image.Resampling.LANCZOS), "once.jpg", quality=70)
    with Image.open(once) as opened:
        ground = np.asarray(opened.convert("RGB")).copy()
    ground[101:181, 203:299] = np.asarray(flower.resize((400, 267), Image.Resampling.LANCZOS))[
        90:170, 120:216
    ]
    return save_as(Image.fromarray(ground), "twice.jpg", quality=92, **options)


def test_a_part_that_came_in_later(photo: Image.Image, flower: Image.Image, save_as: Save) -> None:
    finding = DoubleJpeg(whole=True, pictures=True).analyze(_read(_spliced(photo, flower, save_as)))
    assert finding.applies and finding.proposition is Proposition.EDITED and finding.ratio is None
    assert [reason.code for reason in finding.reasons] == ["earlier-save", "part-saved-once"]
    part = finding.detail["parts"][0]
    assert abs(part["x"] + part["width"] / 2 - 251) < 20 and abs(part["y"] + part["height"] / 2 - 141) < 20
    assert finding.picture is not None and finding.picture.shape[1] == 1000


def test_the_part_is_told_in_the_upright_picture(
    photo: Image.Image, flower: Image.Image, save_as: Save
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    finding = DoubleJpeg(whole=True).analyze(_read(_spliced(photo, flower, save_as, exif=exif)))
    part = finding.detail["parts"][0]
    assert abs(part["x"] + part["width"] / 2 - (267 - 141)) < 20
    assert abs(part["y"] + part["height"] / 2 - 251) < 20


def test_a_second_save_is_told_with_its_caveat(photo: Image.Image, save_as: Save) -> None:
    once = save_as(photo.resize((400, 267), Image.Resampling.LANCZOS), "once.jpg", quality=65)
    with Image.open(once) as opened:
        twice = save_as(opened, "twice.jpg", quality=88)
    first, second = (DoubleJpeg().analyze(_read(path)) for path in (once, twice))
    assert not first.detail["found"] and not first.reasons and "would not show" in first.words
    assert second.detail["found"] and "no sign of editing" in second.words
    assert [reason.code for reason in second.reasons] == ["earlier-save"]


def test_no_camera_original_is_said_to_be_edited(assay_data: Path) -> None:
    codes = {}
    with Child(preload=[DECODER]) as child:
        for path in sorted((assay_data / "media" / "originals").iterdir()):
            finding = DoubleJpeg(whole=True).analyze(read_picture(Exhibit.open(path), child))
            codes[path.name] = "part-saved-once" in [reason.code for reason in finding.reasons]
    assert len(codes) == 24 and not any(codes.values()), codes


@pytest.mark.parametrize(
    ("name", "value", "code"), [("a.png", 99, "not-jpeg"), ("white.jpg", 255, "too-few-blocks")]
)
def test_why_it_does_not_apply(save_as: Save, name: str, value: int, code: str) -> None:
    finding = DoubleJpeg().analyze(_read(save_as(Image.new("RGB", (200, 200), (value,) * 3), name)))
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == code


def test_a_part_that_came_in_later_shows_in_a_png_of_the_jpeg(
    photo: Image.Image, flower: Image.Image, save_as: Save
) -> None:
    once = save_as(photo.resize((400, 267), Image.Resampling.LANCZOS), "once.jpg", quality=60)
    with Image.open(once) as opened:
        ground = np.asarray(opened.convert("RGB")).copy()
    ground[101:181, 203:299] = np.asarray(flower.resize((400, 267), Image.Resampling.LANCZOS))[
        90:170, 120:216
    ]
    with Image.open(save_as(Image.fromarray(ground), "twice.jpg", quality=80)) as opened:
        kept = save_as(opened.convert("RGB").crop((3, 2, 400, 267)), "kept.png")
    finding = DoubleJpeg(whole=True, pictures=True).analyze(_read(kept))
    assert "part-saved-once" in [reason.code for reason in finding.reasons] and finding.picture is not None
    part = finding.detail["parts"][0]
    assert abs(part["x"] + part["width"] / 2 - 248) < 32 and abs(part["y"] + part["height"] / 2 - 139) < 20
    never = DoubleJpeg(whole=True).analyze(_read(save_as(photo.resize((400, 267)), "never.png")))
    assert never.why_not is not None and never.why_not.code == "no-last-save"
