"""The analyzer of watermarks on files: it decides, and says whose mark it is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from assay.detect.analyzers.watermark import InvisibleWatermark
from assay.detect.forge.watermark import watermarked
from assay.detect.media import Picture, read_picture
from assay.detect.traces.watermark import MESSAGES
from assay.detect.values import Outcome, Proposition
from assay.detect.verdict import judge
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def _read(path: Path) -> Picture:
    with Child() as child:
        return read_picture(Exhibit.open(path), child)


def test_a_watermark_decides(photo: Image.Image, save_as: Callable[..., Path]) -> None:
    marked = Image.fromarray(watermarked(np.asarray(photo), MESSAGES[2]))
    finding = InvisibleWatermark().analyze(_read(save_as(marked, "made.png")))
    assert finding.applies and finding.proposition is Proposition.PROVENANCE and finding.ratio is None
    assert [reason.code for reason in finding.reasons] == ["generator-watermark"]
    assert finding.detail["message"].startswith("Stable Diffusion XL") and finding.detail["agreeing"] == 48
    judged = judge([finding], 0.5)
    assert judged.outcome is Outcome.INCONSISTENT and judged.proposition is Proposition.SYNTHETIC


def test_camera_originals_hold_none(assay_data: Path) -> None:
    codes = {}
    with Child() as child:
        for path in sorted((assay_data / "media" / "originals").iterdir()):
            finding = InvisibleWatermark().analyze(read_picture(Exhibit.open(path), child))
            codes[path.name] = [reason.words for reason in finding.reasons]
    assert not any(codes.values()), codes


def test_generators_mark_no_small_pictures(save_as: Callable[..., Path]) -> None:
    finding = InvisibleWatermark().analyze(_read(save_as(Image.new("RGB", (255, 256)), "small.png")))
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == "too-small"
