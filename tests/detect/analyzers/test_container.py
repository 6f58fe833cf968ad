"""What was looked at is said, and what else is in the file."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.container import Container
from assay.detect.media import DECODER, read_picture
from assay.detect.values import Finding, Proposition
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


@pytest.fixture(scope="module")
def child():
    with Child(preload=[DECODER]) as one:
        yield one


def _finding(path: Path, child: Child) -> Finding:
    found = Container().analyze(read_picture(Exhibit.open(path), child))
    assert found.applies and found.ratio is None and found.proposition is Proposition.PROVENANCE
    return found


def test_a_plain_photo_is_told_in_one_sentence(child: Child, save_as, photo: Image.Image) -> None:
    found = _finding(save_as(photo, "a.jpg"), child)
    assert found.words == "JPEG of 640 x 427 pixels." and found.reasons == ()
    assert found.detail["pictures"] == 1 and found.detail["also"] == []


def test_what_was_done_and_which_picture_was_judged_is_said(
    child: Child, save_as, photo: Image.Image, flower: Image.Image, tmp_path: Path
) -> None:
    pages = save_as(photo.copy(), "a.tiff", save_all=True, append_images=[flower.copy(), flower.copy()])
    assert "one of 3 pictures in the file: the first page was assayed" in _finding(pages, child).words
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("b.jpg", "b.tiff", "b.png", "b.webp", "b.avif"):
        turned = _finding(save_as(photo.rotate(90, expand=True), name, exif=exif), child)
        assert turned.words.endswith("640 x 427 pixels. To be assayed it was turned upright."), name
        assert turned.detail["orientation"] == 6
    deep = np.asarray(photo).astype(np.uint16)[..., ::-1] * 257
    assert cv2.imwrite(str(tmp_path / "c.png"), deep)
    assert "reduced from 16 to 8 bits a channel" in _finding(tmp_path / "c.png", child).words


def test_polyglots_and_trailing_data_are_coded_with_their_place(
    child: Child, save_as, photo: Image.Image
) -> None:
    path = save_as(photo, "a.jpg")
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"<script>alert(1)</script>" + bytes(40))
    found = _finding(path, child)
    assert [reason.code for reason in found.reasons] == ["polyglot", "trailing-data"]
    assert f"a web page (markup or a script) at byte {size:,}" in found.reasons[0].words
    assert found.detail["trailing_bytes"] == 65 and found.detail["also"] == [{"kind": "markup", "at": size}]


def test_a_film_behind_a_photo_is_trailing_but_no_polyglot(child: Child, save_as, photo: Image.Image) -> None:
    path = save_as(photo, "a.jpg")
    path.write_bytes(path.read_bytes() + b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(500))
    (reason,) = _finding(path, child).reasons
    assert reason.code == "trailing-data" and "a video follow" in reason.words


def test_an_original_with_padding_of_its_camera_is_told(child: Child, assay_data: Path) -> None:
    found = _finding(assay_data / "media" / "originals" / "Sony DCR-PC110.jpg", child)
    assert "trailing-data" in {reason.code for reason in found.reasons}
