"""Rules over what a camera writes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.cameras import THUMBNAIL_LEAST, camera_of, observations, thumbnail_likeness
from assay.detect.media import DECODER, Picture, read_picture
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


@pytest.fixture(scope="module")
def originals(assay_data: Path) -> dict[str, Picture]:
    with Child(preload=[DECODER]) as child:
        folder = assay_data / "media" / "originals"
        return {path.name: read_picture(Exhibit.open(path), child) for path in sorted(folder.iterdir())}


def _codes(picture: Picture) -> list[str]:
    return [reason.code for reason in observations(picture)]


def test_no_thumbnail_of_an_original_is_said_to_differ(originals: dict[str, Picture]) -> None:
    found = {
        n: thumbnail_likeness(p.rgb, p.thumbnail) for n, p in originals.items() if p.thumbnail is not None
    }
    assert len(found) >= 10
    assert min(likeness for likeness in found.values() if likeness is not None) > THUMBNAIL_LEAST + 0.1
    assert not any("thumbnail-differs" in _codes(picture) for picture in originals.values())


def test_a_thumbnail_of_another_picture_differs(originals: dict[str, Picture]) -> None:
    shown = [picture for picture in originals.values() if picture.thumbnail is not None]
    wrong = [
        thumbnail_likeness(a.rgb, b.thumbnail) for a, b in zip(shown, [*shown[1:], shown[0]], strict=True)
        if b.thumbnail is not None and not np.array_equal(a.rgb, b.rgb)
    ]  # fmt: skip
    below = [likeness for likeness in wrong if likeness is not None and likeness < THUMBNAIL_LEAST]
    assert len(below) >= len(wrong) - 1


def test_cameras_and_their_quirks_are_told(originals: dict[str, Picture]) -> None:
    assert camera_of(originals["Canon IXUS.jpg"].facts) == "Canon DIGITAL IXUS"
    assert camera_of(originals["Casio EX-S1.jpg"].facts) == "CASIO COMPUTER CO.,LTD. EX-S1"
    assert "time-impossible" in _codes(originals["Traveler SX330Z.jpg"])
    assert "times-disagree" in _codes(originals["Olympus μ Digital 800.JPG"])
    assert "location-inside" in _codes(originals["HTC Desire.jpg"])
    assert "size-differs" in _codes(originals["Canon PowerShot S30 (2).jpg"])
    assert "no-camera-metadata" in _codes(originals["Issue 154.jpg"])
    assert "saved-later" in _codes(originals["Canon EOS D60.jpg"])


def test_a_crop_shows_in_the_thumbnail(photo: Image.Image) -> None:
    thumbnail = np.asarray(photo.resize((160, 107)))
    whole = thumbnail_likeness(np.asarray(photo), thumbnail)
    corner = thumbnail_likeness(np.asarray(photo.crop((320, 0, 640, 213))), thumbnail)
    assert whole is not None and corner is not None
    assert whole > 0.98 and corner < THUMBNAIL_LEAST


def test_bars_turns_and_cuts_of_thumbnails_are_allowed_for(photo: Image.Image) -> None:
    barred = Image.new("RGB", (160, 120))
    barred.paste(photo.resize((160, 107)), (0, 6))
    cut = photo.crop((35, 0, 605, 427)).resize((160, 120))
    for thumbnail in (
        barred,
        cut,
        photo.resize((160, 120)),
        photo.resize((160, 107)).rotate(90, expand=True),
    ):
        likeness = thumbnail_likeness(np.asarray(photo), np.asarray(thumbnail))
        assert likeness is not None and likeness > 0.9


def test_nothing_is_said_of_even_pictures() -> None:
    assert (
        thumbnail_likeness(np.full((300, 300, 3), 9, np.uint8), np.full((100, 100, 3), 200, np.uint8)) is None
    )
