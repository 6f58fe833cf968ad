"""The analyzer of noise on files: words, codes and pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.noise import NoiseLevel
from assay.detect.media import Picture, read_picture
from assay.detect.values import Proposition
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def _read(path: Path) -> Picture:
    with Child() as child:
        return read_picture(Exhibit.open(path), child)


def test_a_noisy_part_is_told(save_as: Callable[..., Path]) -> None:
    random = np.random.default_rng(0)
    sigma = np.full((300, 410, 1), 2.0)
    sigma[96:224, 128:256] = 9.0
    pixels = np.clip(128 + random.normal(0, 1, (300, 410, 3)) * sigma, 0, 255).astype(np.uint8)
    finding = NoiseLevel(pictures=True).analyze(_read(save_as(Image.fromarray(pixels), "noisy.png")))
    assert finding.applies and finding.proposition is Proposition.EDITED and finding.ratio is None
    assert [reason.code for reason in finding.reasons] == ["noise-differs"]
    (part,) = finding.detail["parts"]
    assert abs(part["x"] - 128) <= 16 and abs(part["width"] - 128) <= 32 and part["ratio"] > 2
    assert finding.picture is not None and finding.picture.shape[1] == 1000


def test_camera_originals_have_no_such_part(assay_data: Path) -> None:
    codes = {}
    with Child() as child:
        for path in sorted((assay_data / "media" / "originals").iterdir()):
            finding = NoiseLevel().analyze(read_picture(Exhibit.open(path), child))
            codes[path.name] = [reason.words for reason in finding.reasons]
    assert not any(codes.values()), codes


@pytest.mark.parametrize(("side", "code"), [(63, "too-small"), (100, "too-few-blocks")])
def test_why_it_does_not_apply(save_as: Callable[..., Path], side: int, code: str) -> None:
    finding = NoiseLevel().analyze(_read(save_as(Image.new("RGB", (side, side), (90, 90, 90)), "small.png")))
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == code
