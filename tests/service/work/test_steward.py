"""Who lives, who is dead, and that the jobs of the dead go to others."""

import io
import os
import subprocess
import time
from collections.abc import Callable

import pytest
from PIL import Image
from sqlalchemy import insert, select, text, update

from assay.service.database.tables import worker
from assay.service.room import Room
from assay.service.work import steward as module
from assay.service.work.bench import Bench
from assay.service.work.job import Job
from assay.service.work.steward import Steward

Put = Callable[..., str]


@pytest.fixture
def steward(room: Room, bench: Bench) -> Steward:
    made = Steward(room.database, bench.jobs, lambda name: None, lost=lambda: lost.append(True))
    made.enlist()
    return made


lost: list[bool] = []


def _enlist(room: Room, name: str, **values: object) -> None:
    row = {"id": name, "host": "elsewhere", "pid": 1, "begun": "1", "beat": 0, "seen": "x", **values}
    with room.database.writing() as connection:
        connection.execute(insert(worker).values(row))


def test_one_elsewhere_is_dead_when_its_beat_stands_still(
    room: Room, steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    _enlist(room, "still")
    _enlist(room, "beating")
    assert steward._muster() == ({steward.name, "still", "beating"}, set())
    monkeypatch.setattr(module, "LEASE_SECONDS", 0.2)
    time.sleep(0.3)
    with room.database.writing() as connection:
        connection.execute(update(worker).where(worker.c.id == "beating").values(beat=1))
    assert steward._muster() == ({steward.name, "beating"}, {"still"})


def test_one_of_this_machine_is_dead_when_its_process_is_gone(room: Room, steward: Steward) -> None:
    with room.database.reading() as connection:
        row = connection.execute(select(worker.c.host, worker.c.begun)).one()
    _enlist(room, "here", host=row.host, pid=os.getpid(), begun=row.begun)
    # The number was given to another process meanwhile.
    _enlist(room, "gone", host=row.host, pid=os.getpid(), begun="5")
    _enlist(room, "ended", beat=-1)
    assert steward._muster() == ({steward.name, "here"}, {"gone", "ended"})


def test_one_that_was_taken_for_dead_ends(room: Room, steward: Steward) -> None:
    lost.clear()
    steward.beat()
    assert lost == []
    with room.database.writing() as connection:
        connection.execute(worker.delete())
    steward.beat()
    assert lost == [True]


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_another_worker_goes_on_with_what_a_killed_one_had_begun(
    bench: Bench, room: Room, case: str, put: Put, analysis_request: dict[str, object],
    working: Callable[[], "subprocess.Popen[bytes]"], ended: Callable[[str], Job],
) -> None:  # fmt: skip
    workers = {each.pid: each for each in (working(), working())}
    stream = io.BytesIO()
    Image.radial_gradient("L").resize((300, 300)).convert("RGB").save(stream, "JPEG")
    # Three steps of eight: the kill comes in the second.
    shas = [put(stream.getvalue() + bytes([number]), f"{number}.jpg") for number in range(24)]
    job = bench.jobs.add(case, "analysis", analysis_request, shas, by="me")
    query = text("SELECT executor_id FROM dbos.workflow_status WHERE workflow_uuid = :name")
    began = time.monotonic()
    while bench.jobs.find(job.id).done < 8:
        assert time.monotonic() - began < 240
        time.sleep(0.05)
    with room.database.reading() as connection:
        first = connection.execute(query, {"name": f"{job.id}.1"}).scalar()
        pid = connection.execute(select(worker.c.pid).where(worker.c.id == first)).scalar()
    killed = workers.pop(int(pid or 0))
    killed.kill()
    killed.wait(30)
    done = ended(job.id)
    assert done.state == "done" and done.answer is not None and sum(done.answer["outcomes"].values()) == 24
    with room.database.reading() as connection:
        assert connection.execute(query, {"name": f"{job.id}.1"}).scalar() != first
        assert connection.execute(select(worker.c.id).where(worker.c.id == first)).scalar() is None
    (left,) = workers.values()
    assert left.poll() is None
