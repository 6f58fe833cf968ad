"""The error level is a picture and nothing else."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from assay.detect.analyzers.errorlevel import ErrorLevel
from assay.detect.media import DECODER, read_picture
from assay.detect.traces.errorlevel import error_level
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def test_it_is_drawn_and_never_scored(photo: Image.Image, save_as: Callable[..., Path]) -> None:
    with Child(preload=[DECODER]) as child:
        picture = read_picture(Exhibit.open(save_as(photo, "a.jpg", quality=80)), child)
    finding = ErrorLevel(pictures=True).analyze(picture)
    assert finding.applies and finding.score is None and finding.ratio is None and not finding.reasons
    assert "no evidence" in finding.words
    assert finding.picture is not None and finding.picture.shape[1] == 1000
    unasked = ErrorLevel().analyze(picture)
    assert not unasked.applies and unasked.why_not is not None and unasked.why_not.code == "drawn-only"


def test_texture_is_brighter_than_an_even_part() -> None:
    made = np.full((128, 128, 3), 120, np.uint8)
    made[:, 64:] = np.random.default_rng(0).integers(0, 256, (128, 64, 3), np.uint8)
    level = error_level(made)
    assert level.shape == made.shape and level[:, 72:].mean() > 50 > 5 > level[:, :56].mean()
