"""What is taken out on request is nowhere in the folder, and the report says so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.evidence.report.redaction import MARK, Redactor
from assay.evidence.report.words import LANGUAGES, words_of

DETAIL = {
    "camera": "Acme One",
    "exif": {
        "GPS.GPSLatitude": "22, 17, 8.1", "BodySerialNumber": "SN-778899", "Artist": "A. Somebody", "Make": "Acme",
        "ImageUniqueID": "f00dfeedbeef", "CameraOwnerName": "B. Else", "DateTimeOriginal": "2024:01:02 03:04:05",
    },
    "iptc": {"By-line": "C. Third", "City": "Victoria Harbour", "Keywords": "boat"},
}  # fmt: skip
SECRETS = [
    "22, 17, 8.1",
    "SN-778899",
    "A. Somebody",
    "f00dfeedbeef",
    "B. Else",
    "C. Third",
    "Victoria Harbour",
    "mole-files",
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_it_is_left(
    language: str, report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any]
) -> None:
    path = "/home/mole-files/portrait of D.jpg"
    words = f"the file {path} holds portrait of D.jpg once more"
    one = verdict(path, detail=DETAIL, words=words)
    folder = report_of(one, verdict("/home/mole-files/second.png"), language=language, redact=True)
    held = [file for file in folder.rglob("*") if file.is_file()]
    assert len(held) > 8
    for secret in [*SECRETS, "portrait of D"]:
        assert [file.name for file in held if secret.encode() in file.read_bytes()] == [], secret
    told = page(folder)
    assert told["redaction"]["applied"] and told["redaction"]["values"] >= 8
    first = told["media"]["exhibits"][0]
    assert first["file"]["name"] == "exhibit-0001.jpg" and first["file"]["sha256"] == one.sha256
    exif = next(each for each in first["findings"] if each["analyzer"] == "metadata")["detail"]["exif"]
    assert exif["GPS.GPSLatitude"] == exif["Artist"] == MARK
    assert exif["Make"] == "Acme" and exif["DateTimeOriginal"].startswith("2024")
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert words_of(language)("redaction.title") in html and words_of(language)("redaction.names") in html
    assert "exhibit-0001.jpg" in told["command"]["line"] and "--redact" in told["command"]["line"]


def test_without_it_everything_is_told(
    report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any]
) -> None:
    folder = report_of(verdict("/home/mole-files/a.jpg", detail=DETAIL))
    text = (folder / "report.json").read_text()
    assert all(secret in text for secret in SECRETS)
    assert not page(folder)["redaction"]["applied"]
    assert words_of("en")("redaction.title") not in (folder / "report.html").read_text()


def test_numbers_are_kept_and_counted() -> None:
    redactor = Redactor(True)
    told = redactor.verdict(
        7, {"path": "/a/secret.tar.gz", "findings": [{"detail": {"width": 3, "GPSAltitude": 12.5}}]}
    )
    assert told["path"] == "exhibit-0007.gz"
    assert told["findings"][0]["detail"] == {"width": 3, "GPSAltitude": MARK}
    assert redactor.count == 2
