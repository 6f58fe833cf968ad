"""The JPEG analyzer."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.jpeg import Jpeg
from assay.detect.media import DECODER, read_picture
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


@pytest.mark.parametrize("quality", [30, 75, 92])
def test_quality_and_tables_are_told(save_as, photo: Image.Image, quality: int) -> None:
    with Child(preload=[DECODER]) as child:
        picture = read_picture(Exhibit.open(save_as(photo, "a.jpg", quality=quality)), child)
    finding = Jpeg().analyze(picture)
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


def test_a_thumbnail_of_another_program_is_told_neutrally(assay_data: Path) -> None:
    path = assay_data / "media" / "originals" / "Canon EOS REBEL T3i.jpg"
    with Child(preload=[DECODER]) as child:
        finding = Jpeg().analyze(read_picture(Exhibit.open(path), child))
    assert [reason.code for reason in finding.reasons] == ["standard-tables", "thumbnail-of-another-program"]
    assert finding.detail["thumbnail"]["family"] != "standard" and "as many do" in finding.reasons[1].words
