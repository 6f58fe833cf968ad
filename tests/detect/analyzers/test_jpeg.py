"""The JPEG analyzer."""

import io

import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.jpeg import Jpeg, standard_quality, standard_tables
from assay.detect.media import DECODER, read_picture
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def test_the_standard_tables_are_those_that_the_common_library_writes() -> None:
    for quality in range(1, 101):
        stream = io.BytesIO()
        Image.new("RGB", (16, 16)).save(stream, "JPEG", quality=quality)
        written = [list(table) for table in Image.open(stream).quantization.values()]
        assert list(standard_tables(quality)) == written


@pytest.mark.parametrize("quality", [30, 75, 92])
def test_quality_and_tables_are_told(save_as, photo: Image.Image, quality: int) -> None:
    with Child(preload=[DECODER]) as child:
        picture = read_picture(Exhibit.open(save_as(photo, "a.jpg", quality=quality)), child)
    finding = Jpeg().analyze(picture)
    assert picture.facts.jpeg is not None and standard_quality(picture.facts.jpeg) == quality
    assert finding.applies and finding.score == quality and finding.ratio is None
    assert finding.detail["standard_tables"] and "standard-tables" in [
        reason.code for reason in finding.reasons
    ]
    assert finding.detail["subsampling"] == "4:2:0"


def test_own_tables_are_recognised_as_such(save_as, photo: Image.Image) -> None:
    table = (np.arange(64) // 4 + 3).tolist()
    with Child(preload=[DECODER]) as child:
        finding = Jpeg().analyze(
            read_picture(Exhibit.open(save_as(photo, "a.jpg", qtables=[table, table])), child)
        )
    assert not finding.detail["standard_tables"] and finding.reasons[0].code == "own-tables"


def test_it_does_not_apply_to_other_formats(save_as, photo: Image.Image) -> None:
    with Child(preload=[DECODER]) as child:
        finding = Jpeg().analyze(read_picture(Exhibit.open(save_as(photo, "a.png")), child))
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == "not-jpeg"
