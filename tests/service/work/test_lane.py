"""A real work process: shared by tasks, ended when one runs away, and never the worse for its neighbours."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from assay.service.work.lane import Lane
from assay.service.work.refusals import JobOver, WorkCrashed, WorkFailed, WorkMemory, WorkTimeout

TRIAGE: dict[str, Any] = {
    "do": "triage", "format": "auto", "baseline": None, "budget": 5, "marks": [], "report": False, "lang": "en",
    "redact": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lane]:
    lane = Lane("cpu", tmp_path_factory.mktemp("scratch"), 4 << 30)
    yield lane
    lane.close()


@pytest.fixture
def logs(tmp_path: Path, batch: bytes) -> dict[str, str]:
    (tmp_path / "stored").write_bytes(batch)
    return {"path": str(tmp_path / "stored"), "name": "../night.jsonl"}


@pytest.fixture
def many(logs: dict[str, str]) -> dict[str, str]:
    """A batch that takes a while."""
    path = Path(logs["path"] + "-many")
    path.write_bytes(Path(logs["path"]).read_bytes() * 4000)
    return {"path": str(path), "name": "many.jsonl"}


def _triage(lane: Lane, logs: dict[str, str], **more: Any) -> Any:
    with lane.folder() as folder:
        return lane.do({**TRIAGE, "sources": [logs], "folder": str(folder)}, **{"seconds": 120.0, **more})


def test_a_batch_is_ranked_under_the_name_of_its_sender(lane: Lane, logs: dict[str, str]) -> None:
    told: list[tuple[str, int]] = []
    made = _triage(lane, logs, told=lambda stage, done: told.append((stage, done)))
    assert made["answer"]["records"] == 126 and len(made["incidents"]) == len(made["records"]) > 0
    assert [each["source"] for each in made["answer"]["sources"]] == ["_night.jsonl"]
    assert told and list(lane._scratch.iterdir()) == []


def test_a_task_that_cannot_be_done_says_why_and_costs_nothing(
    lane: Lane, logs: dict[str, str], tmp_path: Path
) -> None:
    starts = lane.starts
    with pytest.raises(WorkFailed) as failed:
        lane.do({**TRIAGE, "sources": [logs], "folder": str(tmp_path), "baseline": "/nowhere"}, seconds=60.0)
    assert failed.value.code.startswith("artifact")
    assert _triage(lane, logs)["answer"]["records"] == 126 and lane.starts == max(starts, 1)


def test_a_task_that_takes_too_long_is_ended_and_the_next_one_is_done(
    lane: Lane, logs: dict[str, str], many: dict[str, str]
) -> None:
    _triage(lane, logs)
    starts = lane.starts
    with pytest.raises(WorkTimeout):
        _triage(lane, many, seconds=0.0)
    assert _triage(lane, logs)["answer"]["records"] == 126 and lane.starts == starts + 1


def test_a_task_that_takes_too_much_memory_is_ended(tmp_path: Path, many: dict[str, str]) -> None:
    lane = Lane("cpu", tmp_path, 1 << 20)
    try:
        with pytest.raises(WorkMemory):
            _triage(lane, many)
    finally:
        lane.close()


def test_a_process_that_dies_of_a_task_twice_is_not_given_it_again(
    lane: Lane, logs: dict[str, str], many: dict[str, str]
) -> None:
    stop = threading.Event()
    killed: set[int] = set()

    def kill_once_begun() -> None:
        while not stop.wait(0.002):
            pid = lane.pid
            begun = any(ticket.begun is not None for ticket in list(lane._open.values()))
            if pid is not None and pid not in killed and begun:
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_once_begun)
    killer.start()
    try:
        with pytest.raises(WorkCrashed):
            _triage(lane, many)
    finally:
        stop.set()
        killer.join()
    assert len(killed) == 2
    assert _triage(lane, logs)["answer"]["records"] == 126


def test_what_nobody_wants_any_more_is_ended(lane: Lane, logs: dict[str, str], many: dict[str, str]) -> None:
    _triage(lane, logs)
    starts = lane.starts
    with pytest.raises(JobOver):
        _triage(lane, many, stop=lambda: True)
    assert _triage(lane, logs)["answer"]["records"] == 126 and lane.starts == starts + 1


def test_exhibits_of_two_jobs_share_the_network_and_not_their_twins(lane: Lane, tmp_path: Path) -> None:
    import hashlib

    path = tmp_path / "stored.jpg"
    Image.radial_gradient("L").resize((300, 300)).convert("RGB").save(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    begun: list[int] = []
    answers: dict[str, Any] = {}

    def assay(name: str) -> None:
        with lane.folder() as folder:
            exhibit = {"place": 1, "path": str(path), "name": name, "sha256": sha256, "reel": None}
            task = {
                "do": "assay", "profile": "fast", "pictures": False, "of": name, "exhibits": [exhibit], "before": [],
                "folder": str(folder),
            }  # fmt: skip
            answers[name] = lane.do(
                task,
                seconds=120.0,
                told=lambda *_: begun.append(max(len(t.together) for t in lane._open.values())),
            )

    # A first task keeps the process busy, so that both of the others wait when it looks for more.
    warm = threading.Thread(target=lane.warm, args=("media",))
    warm.start()
    while not lane.waiting:
        time.sleep(0.01)
    threads = [threading.Thread(target=assay, args=(name,)) for name in ("mine", "yours")]
    for thread in threads:
        thread.start()
    for thread in (warm, *threads):
        thread.join(120)
    assert {name: len(answer["exhibits"]) for name, answer in answers.items()} == {"mine": 1, "yours": 1}
    assert max(begun) == 2
    changed = dict(answers["mine"]["exhibits"][0])
    assert changed["phash"] == answers["yours"]["exhibits"][0]["phash"]
    assert changed["outcome"] != "failed"
