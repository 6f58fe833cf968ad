"""The analyzer of copies on files: words, codes and pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from assay.detect.analyzers.copymove import CopyMove
from assay.detect.media import Picture, read_picture
from assay.detect.values import Proposition
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def _read(path: Path) -> Picture:
    with Child() as child:
        return read_picture(Exhibit.open(path), child)


def test_a_copied_part_is_told_with_both_places(photo: Image.Image, save_as: Callable[..., Path]) -> None:
    pixels = np.asarray(photo).copy()
    pixels[280:380, 480:580] = pixels[150:250, 60:160]
    finding = CopyMove(pictures=True).analyze(_read(save_as(Image.fromarray(pixels), "copied.png")))
    assert finding.applies and finding.proposition is Proposition.EDITED and finding.ratio is None
    assert [reason.code for reason in finding.reasons] == ["copied-region"]
    (copy,) = finding.detail["copies"]
    assert sorted(round(place["x"], -1) for place in copy["places"]) == [60, 480]
    assert copy["whole_pixel_shift"] and finding.score is not None and finding.score > 0.9
    assert finding.picture is not None and finding.picture.shape[1] == 1000


def test_camera_originals_hold_no_copy(assay_data: Path) -> None:
    codes = {}
    with Child() as child:
        for path in sorted((assay_data / "media" / "originals").iterdir())[::4]:
            finding = CopyMove().analyze(read_picture(Exhibit.open(path), child))
            codes[path.name] = [reason.words for reason in finding.reasons]
    assert not any(codes.values()), codes


def test_a_stamp_is_too_small(save_as: Callable[..., Path]) -> None:
    finding = CopyMove().analyze(_read(save_as(Image.new("RGB", (63, 200)), "stamp.png")))
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == "too-small"
