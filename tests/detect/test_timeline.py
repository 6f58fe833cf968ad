"""Times of a file: read from every place, and told where they cannot all be true."""

from datetime import datetime

import pytest

from assay.detect.media import Facts
from assay.detect.timeline import time_reasons, timeline


def _facts(xmp: str = "", **exif: object) -> Facts:
    plain: dict[str, object] = {
        "sha256": "0" * 64, "media": "jpeg", "width": 10, "height": 10, "stored_width": 10,
        "stored_height": 10, "mode": "RGB", "orientation": 1, "profile": None, "exif": exif, "iptc": {}, "text": {},
        "xmp": xmp, "comment": "", "notes": [], "metadata_cut": False, "ends": True, "trailing_bytes": 0,
        "trailing_head": "", "manifest_bytes": 0, "manifest_marks": [], "jpeg": None,
        "thumbnail_jpeg": None,
    }  # fmt: skip
    return Facts.model_validate(plain)


def test_times_come_from_every_place_in_order() -> None:
    gps = {"GPS.GPSDateStamp": "2011:05:06", "GPS.GPSTimeStamp": [7.0, 59.0, 48.0]}
    xmp = '<x xmp:ModifyDate="2012-01-02T03:04:05+01:00"><photoshop:DateCreated>2011-05-06</photoshop:DateCreated>'
    told = timeline(_facts(xmp, DateTimeOriginal="2011:05:06 09:59:48", **gps))
    assert [(moment.what, moment.when) for moment in told] == [
        ("made (XMP, Photoshop)", datetime(2011, 5, 6)),
        ("satellites (GPS, UTC)", datetime(2011, 5, 6, 7, 59, 48)),
        ("taken (EXIF)", datetime(2011, 5, 6, 9, 59, 48)),
        ("changed (XMP)", datetime(2012, 1, 2, 3, 4, 5)),
    ]


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (_facts(), []),
        (_facts(DateTimeOriginal="2011:05:06 09:59:48", DateTime="2011:05:06 09:59:50"), []),
        (_facts(DateTimeOriginal="2011:05:06 09:59:48", DateTime="2011:05:07 09:59:50"), ["saved-later"]),
        (_facts(DateTimeOriginal="2011:05:06 09:59:48", DateTime="2010:05:07 09:59:50"), ["times-disagree"]),
        (_facts(DateTimeOriginal="1980:01:01 00:00:00"), ["clock-not-set"]),
        (_facts(DateTimeOriginal="2011:13:06 09:59:48"), ["time-impossible"]),
        (
            _facts(DateTimeOriginal="2011:05:06 09:59:48", **{"GPS.GPSDateStamp": "2015:01:01"}),
            ["gps-time-disagrees"],
        ),
        (
            _facts('<x exif:DateTimeOriginal="2013-05-06T09:59:48"/>', DateTimeOriginal="2011:05:06 09:59:48"),
            ["xmp-time-disagrees"],
        ),
    ],
)
def test_what_cannot_all_be_true_is_told(facts: Facts, codes: list[str]) -> None:
    assert [reason.code for reason in time_reasons(facts)] == codes


def test_zones_alone_are_no_contradiction() -> None:
    gps = {"GPS.GPSDateStamp": "2011:05:05", "GPS.GPSTimeStamp": [20.0, 0.0, 0.0]}
    assert list(time_reasons(_facts(DateTimeOriginal="2011:05:06 09:59:48", **gps))) == []
