"""The place of a picture: told once, apart, as private."""

from pathlib import Path

from assay.detect.analyzers.metadata import Metadata
from assay.detect.media import read_picture
from assay.detect.place import location
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def test_the_place_is_told_once_and_marked_as_private(assay_data: Path) -> None:
    with Child() as child:
        picture = read_picture(Exhibit.open(assay_data / "media" / "originals" / "HTC Desire.jpg"), child)
    finding = Metadata().analyze(picture)
    told = {"private": True, "latitude": 45.500667, "longitude": 9.110333, "altitude": 217.0}
    assert finding.detail["location"] == told
    assert not any("Latitude" in name or "Longitude" in name for name in finding.detail["exif"])
    assert not any("45." in text for text in (finding.words, *(reason.words for reason in finding.reasons)))


def test_south_west_and_nonsense(assay_data: Path) -> None:
    with Child() as child:
        facts = read_picture(Exhibit.open(assay_data / "media" / "originals" / "HTC Desire.jpg"), child).facts
    south = {"GPS.GPSLatitudeRef": "S", "GPS.GPSLongitudeRef": "W", "GPS.GPSLongitude": [181.0, 0.0, 0.0]}
    moved = location(facts.model_copy(update={"exif": facts.exif | south}))
    assert moved is not None and moved["latitude"] == -45.500667 and moved["longitude"] is None
    assert location(facts.model_copy(update={"exif": {}})) is None
