"""The analyzer of colour filters on files: words, codes and pictures."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from assay.detect.analyzers.cfa import ColourFilters
from assay.detect.media import Picture, read_picture
from assay.detect.values import Proposition
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def _read(path: Path) -> Picture:
    with Child() as child:
        return read_picture(Exhibit.open(path), child)


def test_a_moved_part_of_a_camera_picture_is_told(photo: Image.Image, save_as: Callable[..., Path]) -> None:
    pixels = np.asarray(photo)[:416].astype(np.float32)
    noisy = np.clip(pixels + np.random.default_rng(0).normal(0, 2, pixels.shape), 0, 255).astype(np.uint8)
    mosaic = noisy[:, :, 1].copy()
    mosaic[::2, ::2], mosaic[1::2, 1::2] = noisy[::2, ::2, 0], noisy[1::2, 1::2, 2]
    made = np.asarray(cv2.cvtColor(mosaic, cv2.COLOR_BayerBG2RGB), dtype=np.uint8).copy()
    whole = ColourFilters(pictures=True).analyze(_read(save_as(Image.fromarray(made), "whole.png")))
    assert whole.applies and whole.reasons == () and whole.picture is None and "no part has another" in whole.words
    made[250:380, 400:530] = made[151:281, 60:190]
    finding = ColourFilters(pictures=True).analyze(_read(save_as(Image.fromarray(made), "moved.png")))
    assert finding.proposition is Proposition.EDITED and finding.ratio is None
    assert [reason.code for reason in finding.reasons] == ["filters-differ"]
    assert finding.detail["parts"][0]["kind"] == "other" and finding.score is not None and finding.score > 2
    assert finding.picture is not None and finding.picture.shape[1] == 1000


def test_camera_originals_raise_no_alarm(assay_data: Path) -> None:
    codes = {}
    with Child() as child:
        for path in sorted((assay_data / "media" / "originals").iterdir()):
            finding = ColourFilters().analyze(read_picture(Exhibit.open(path), child))
            codes[path.name] = [reason.words for reason in finding.reasons]
    assert not any(codes.values()), codes


def test_why_it_does_not_apply(photo: Image.Image, save_as: Callable[..., Path]) -> None:
    for picture, code in ((photo, "no-filter-pattern"), (photo.resize((63, 63)), "too-small")):
        finding = ColourFilters().analyze(_read(save_as(picture, "plain.png")))
        assert not finding.applies and finding.why_not is not None and finding.why_not.code == code
