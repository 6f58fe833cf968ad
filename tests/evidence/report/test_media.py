"""What a report says of exhibits: everything that a reader needs to check it."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assay.detect.values import Explanation, Outcome, Part
from assay.evidence.report import Given, MediaReport, ReportExists
from assay.evidence.report.gathering.files import read
from assay.evidence.report.words import words_of


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    place = tmp_path / "picture.png"
    chance = np.random.default_rng(5)
    Image.fromarray(chance.integers(0, 255, (320, 480, 3), dtype=np.uint8)).save(place)
    return place


def _explained(verdict: Any, path: Path) -> Any:
    """The verdict of a real file, with a map."""
    heat = np.linspace(-3, 3, 20 * 30, dtype=np.float32).reshape(20, 30)
    heat[0, 0] = np.nan
    maps = {"heat": heat, "reliability": np.where(np.isnan(heat), heat, np.float32(0.9))}
    told = Explanation((Part(0, 0, 224, 1.0, True),), 0.0, 2.0, 16, maps=maps)
    findings = (replace(verdict.findings[0], explanation=told), *verdict.findings[1:])
    return replace(
        verdict, path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest(), findings=findings
    )


def test_hashes_are_of_the_file_and_pictures_are_drawn(
    picture: Path, report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any]
) -> None:
    data = picture.read_bytes()
    folder = report_of(_explained(verdict("x"), picture))
    one = page(folder)["media"]["exhibits"][0]
    assert one["file"]["sha512"] == hashlib.sha512(data).hexdigest()
    assert one["file"]["size"] == len(data) and one["file"]["media_type"] == "png"
    assert one["file"]["read_again"] == "same"
    assert [each["kind"] for each in one["pictures"]] == ["exhibit", "heat", "reliability", "jpeg", "noise"]
    for each in one["pictures"]:
        assert hashlib.sha256((folder / each["file"]).read_bytes()).hexdigest() == each["sha256"]
    heat = next(each for each in one["pictures"] if each["kind"] == "heat")
    assert heat["low"] < 0 < heat["high"] and heat["table"]["rows"] == [[0, 0, 224, 1.0, True]]
    pixels = np.asarray(Image.open(folder / heat["file"]).convert("RGB"), dtype=np.float64)
    left, right = pixels[40:200, 20:200].mean((0, 1)), pixels[-120:, -200:].mean((0, 1))
    assert left[2] > left[0] and right[0] > right[2], "blue is towards recorded, orange towards generated"
    assert picture.read_bytes() == data


def test_a_file_that_changed_since_is_told(
    picture: Path, report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any]
) -> None:
    before = _explained(verdict("x"), picture)
    picture.write_bytes(picture.read_bytes() + b"more")
    folder = report_of(before)
    held = page(folder)["media"]["exhibits"][0]
    assert (
        held["file"]["read_again"] == "different"
        and held["file"]["sha512"] is None
        and held["pictures"] == []
    )
    assert held["file"]["sha256"] == before.sha256
    assert "OTHER BYTES" in (folder / "report.html").read_text()


def test_the_card_is_told_with_its_error_rates(
    report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any], artifact: Any
) -> None:
    folder = report_of(verdict("/nowhere/a.jpg"))
    told = page(folder)["artifacts"][0]
    card = artifact.card
    assert told["sha256"] == artifact.sha256 and told["limits"] == list(card.limits)
    assert len(told["rates"]) == len(card.metrics) and len(told["points"]) == len(card.operating_points)
    assert {each["kind"] for each in told["pictures"]} == {"tippett", "calibration"}
    html = (folder / "report.html").read_text()
    point = card.operating_points[0]
    assert point.fpr is not None and point.fpr_low is not None
    assert f"{100 * point.fpr:.1f}\N{NO-BREAK SPACE}% [{100 * point.fpr_low:.1f}" in html
    sources = {metric.source for metric in card.metrics if metric.name == "false-alarms" and metric.source}
    assert sources and all(source[:60] in html for source in sources)


def test_a_video_has_its_timeline_and_says_that_sound_is_not_assessed(
    tmp_path: Path, verdict: Callable[..., Any], artifact: Any, record: Any, key: Any, page: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    import assay.detect.contract as contract

    own = contract.verdict_json
    timeline = {"timeline": [{"t": 0.5 * n, "score": n / 10} for n in range(10)]}
    worst = [{"t": 0.5, "score": 0.6}, {"t": 2.0, "score": 0.7}]
    faces = {"faces": [{"track": 1, "from": 0.5, "to": 3.0, "score": 0.4, "worst": worst}]}
    monkeypatch.setattr(contract, "verdict_json", lambda *given: own(*given) | timeline | faces)
    with MediaReport(tmp_path / "r", Given(("assay", "detect"), key=key), "full") as report:
        report.add(replace(verdict("/nowhere/a.mp4"), kind="video"))
        report.finish(record, [artifact])
    told = page(tmp_path / "r")
    assert told["kind"] == "video" and "sound" in told["limits"]
    one = told["media"]["exhibits"][0]
    assert len(one["timeline"]) == 10 and one["faces"][0]["end"] == 3.0
    assert [each["kind"] for each in one["pictures"]] == ["timeline"]
    html = (tmp_path / "r" / "report.html").read_text()
    assert "0.50 (0.60), 2.00 (0.70)" in html
    assert words_of("en")("silence.sound") in html and words_of("en")("picture.timeline.hides") in html


def test_a_value_of_nought_is_a_value(
    report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any]
) -> None:
    made = verdict("/nowhere/a.jpg")
    finding = replace(made.findings[0], detail={"moments": [{"track": 0, "t": 0.0, "lost": None}]})
    folder = report_of(replace(made, findings=(finding, *made.findings[1:])))
    html = (folder / "report.html").read_text()
    assert "moments[0].track" in html and "moments[0].t<" in html and "moments[0].lost" not in html


def test_a_failed_exhibit_says_why_and_nothing_more(
    report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any]
) -> None:
    folder = report_of(verdict("/nowhere/a.jpg", "failed"))
    told = page(folder)["media"]["exhibits"][0]
    assert told["outcome"] == Outcome.FAILED.value and told["ratio"] is None and told["findings"] == []
    html = (folder / "report.html").read_text()
    assert "[not-found]" in html and words_of("en")("exhibit.failed") in html


def test_a_report_is_never_written_over(
    tmp_path: Path, report_of: Callable[..., Path], verdict: Callable[..., Any]
) -> None:
    folder = report_of(verdict("/nowhere/a.jpg"))
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(ReportExists):
        MediaReport(folder, Given(("assay", "detect")), "standard")
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_an_unfinished_report_says_so(tmp_path: Path, verdict: Callable[..., Any]) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        MediaReport(tmp_path / "r", Given(("assay", "detect")), "fast") as report,
    ):
        report.add(verdict("/nowhere/a.jpg"))
        raise KeyboardInterrupt
    assert (tmp_path / "r" / "UNFINISHED").exists() and not (tmp_path / "r" / "assay-seal").exists()


def test_reading_refuses_what_is_no_file(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    assert read(tmp_path) is None and read(tmp_path / "pipe") is None and read(tmp_path / "absent") is None
    assert read(Path("a\0b")) is None


def test_a_fault_of_the_typesetter_costs_no_report(
    tmp_path: Path,
    verdict: Callable[..., Any],
    artifact: Any,
    record: Any,
    key: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from assay.evidence import verify
    from assay.evidence.report.pdf import typesetting

    monkeypatch.setattr(typesetting, "__name__", "assay.no_such_module")
    with MediaReport(tmp_path / "r", Given(("assay", "detect"), key=key), "fast") as report:
        report.add(verdict("/nowhere/a.jpg"))
        report.finish(record, [artifact])
    assert (
        len(report.troubles) == 1
        and "report.pdf" in report.troubles[0]
        and "no_such_module" in report.troubles[0]
    )
    assert (tmp_path / "r" / "report.html").is_file() and not (tmp_path / "r" / "report.pdf").exists()
    assert verify(tmp_path / "r").faults == ()


def test_the_chain_is_told(
    report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any]
) -> None:
    folder = report_of(verdict("/nowhere/a.jpg"))
    assert [each["what"] for each in page(folder)["custody"]] == ["received", "assayed", "reported"]
    assert words_of("en")("custody.assayed") in (folder / "report.html").read_text()


def test_exhibits_without_pictures_are_counted(
    picture: Path, report_of: Callable[..., Path], verdict: Callable[..., Any], page: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from assay.evidence.report.limits import ReportLimits
    from assay.evidence.report.pictures import album

    monkeypatch.setattr(album, "DEFAULT", ReportLimits(pictured=1))
    folder = report_of(*[_explained(verdict("x"), picture)] * 3)
    assert page(folder)["media"]["unpictured"] == 2
    assert words_of("en")("batch.unpictured", n=2) in (folder / "report.html").read_text()
