"""Analyses over HTTP, done by a worker in a process of its own, on both databases."""

import io
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import jsonschema
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from assay.service.room import Room
from assay.service.work.bench import Bench
from assay.service.work.job import Job

Put = Callable[..., str]


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    rng = np.random.default_rng(3)
    return Image.fromarray(rng.integers(0, 255, (30, 40, 3), dtype=np.uint8)).resize(
        (400, 300), Image.Resampling.BICUBIC
    )


@pytest.fixture(scope="module")
def jpeg(photo: Image.Image) -> bytes:
    stream = io.BytesIO()
    photo.save(stream, "JPEG", quality=90)
    return stream.getvalue()


@pytest.fixture(scope="module")
def clip(photo: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 240, "yuv420p"
        pixels = np.asarray(photo)
        for number in range(12):
            frame = np.ascontiguousarray(pixels[number : number + 240, number : number + 256])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
        out.mux(stream.encode())
    return path.read_bytes()


def _events(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in re.split(r"\r?\n\r?\n", text):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in fields:
            yield fields["event"], json.loads(fields["data"])


def test_media_goes_in_and_a_sealed_report_comes_out(
    admin: TestClient, room: Room, bench: Bench, put: Put, working: Callable[[], object], jpeg: bytes, clip: bytes,
    repository: Path, tmp_path: Path,
) -> None:  # fmt: skip
    working()
    named = [
        (jpeg, "holiday.jpg"),
        (clip, "clip.mp4"),
        (b"Dear Sir", "letter.jpg"),
        (jpeg + b" ", "again.jpg"),
    ]
    shas = [put(content, name) for content, name in named]
    sent = admin.post("/v1/analyses", json={"evidence": shas, "profile": "fast", "lang": "zh-Hant"})
    assert sent.status_code == 202
    place = sent.headers["location"]
    with admin.stream("GET", f"{place}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = list(_events(stream.read().decode()))
    assert [word for word, _ in events][-1] == "end" and events[-1][1]["state"] == "done"
    assert {word for word, _ in events[:-1]} <= {"progress"}

    page = admin.get(place, params={"rows": 3}).json()
    assert page["state"] == "done" and page["total"] == 4 and page["next"] == 3
    assert [each["name"] for each in page["exhibits"]] == ["holiday.jpg", "clip.mp4", "letter.jpg"]
    assert [each["kind"] for each in page["exhibits"]] == ["image", "video", None]
    assert page["outcomes"]["failed"] == 1 and sum(page["outcomes"].values()) == 4
    verdicts = admin.get(f"{place}/verdicts").json()["verdicts"]
    schema = json.loads((repository / "docs/schema/verdict.json").read_text())
    for verdict, sha256 in zip(verdicts, shas, strict=True):
        jsonschema.validate(verdict, schema)
        assert verdict["sha256"] == sha256
    # The fourth was looked at in a later step than the first, and is its near twin all the same.
    (likeness,) = [each for each in verdicts[3]["findings"] if each["analyzer"] == "near-twins"]
    assert [each["path"] for each in likeness["detail"]["twins"]] == ["holiday.jpg"]

    assert admin.get(f"{place}/report.json").json()["language"] == "zh-Hant"
    assert admin.get(f"{place}/report.pdf").content.startswith(b"%PDF")
    html = admin.get(f"{place}/report.html")
    assert "sandbox" in html.headers["content-security-policy"]
    drawn = [each["picture"] for verdict in verdicts for each in verdict["findings"] if each["picture"]]
    picture = admin.get(f"{place}/{drawn[0]}")
    assert picture.status_code == 200 and picture.headers["content-type"].startswith("image/")
    archive = admin.get(f"{place}/report.zip")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        files.extractall(tmp_path / "sealed")
        # Where the service works is nobody's business.
        assert [name for name in files.namelist() if bytes(room.settings.home) in files.read(name)] == []
    seal = subprocess.run(
        [sys.executable, "-m", "assay", "evidence", "verify", str(tmp_path / "sealed")],
        capture_output=True,
        text=True,
    )
    assert seal.returncode == 0, seal.stdout + seal.stderr

    custody = admin.get("/v1/custody", params={"exhibit": shas[0]}).json()["entries"]
    assert [each["what"] for each in custody][:3] == ["received", "asked", "assayed"]
    assert custody[2]["details"]["job"] == page["id"] and custody[2]["artifacts"]
    assert not room.ledger.check().faults
    # What was kept between the steps is gone: only what the job names is there.
    named_files = {bench.results.find(page["id"], name).sha256 for name in bench.results.names(page["id"])}
    assert {blob.sha256 for blob in room.results.blobs()} == named_files


def test_a_worker_that_is_killed_loses_no_job(
    bench: Bench, case: str, put: Put, working: Callable[[], "subprocess.Popen[bytes]"], jpeg: bytes,
    ended: Callable[[str], Job], analysis_request: dict[str, object],
) -> None:  # fmt: skip
    first = working()
    job = bench.jobs.add(case, "analysis", analysis_request, [put(jpeg, "a.jpg")], by="me")
    while bench.jobs.find(job.id).state == "queued":
        assert first.poll() is None
        time.sleep(0.01)
    first.kill()
    first.wait(30)
    assert not bench.jobs.over(job.id)
    working()
    done = ended(job.id)
    assert done.state == "done" and done.answer is not None and sum(done.answer["outcomes"].values()) == 1


def test_a_job_is_cancelled(admin: TestClient, put: Put, jpeg: bytes) -> None:
    place = admin.post("/v1/analyses", json={"evidence": [put(jpeg)]}).headers["location"]
    assert admin.delete(place).json()["state"] == "cancelled"
    assert admin.delete(place).status_code == 409
    assert admin.get(f"{place}/report.json").status_code == 404
    assert list(_events(admin.get(f"{place}/events").text))[-1][0] == "end"
    assert admin.get("/v1/analyses", params={"state": "cancelled"}).json()["analyses"][0]["id"] in place


@pytest.mark.parametrize(
    ("page", "status"),
    [
        ({"evidence": []}, 422),
        ({"evidence": ["0" * 64]}, 404),
        ({"evidence": ["x"]}, 422),
        ({"profile": "thorough"}, 422),
        ({"case": "none"}, 404),
        ({"evidence": None}, 404),
    ],
)
def test_what_cannot_be_analysed_is_refused_at_once(
    admin: TestClient, page: dict[str, Any], status: int
) -> None:
    assert admin.post("/v1/analyses", json=page).status_code == status
    assert admin.get("/v1/analyses").json()["analyses"] == []


def test_an_exhibit_is_named_once(admin: TestClient, put: Put) -> None:
    sha256 = put(b"x")
    sent = admin.post("/v1/analyses", json={"evidence": [sha256, sha256]})
    assert sent.status_code == 422 and sent.json()["code"] == "exhibit-repeated"


def test_an_unfit_cursor_is_refused(admin: TestClient) -> None:
    assert admin.get("/v1/analyses", params={"after": "x~y"}).status_code == 422
