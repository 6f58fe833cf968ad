"""Rounds go on until they are ended, and end between two steps."""

import asyncio
import threading
from contextlib import suppress

import pytest
from starlette.testclient import TestClient

from assay.service.app import create_app
from assay.service.operation import upkeep
from assay.service.operation.rounds import Stop, go_round
from assay.service.room import Room


def test_a_round_that_fails_is_followed_by_another() -> None:
    rounds = 0
    third = threading.Event()

    def work(stop: Stop) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            third.set()
        raise RuntimeError("no")

    async def run() -> None:
        task = asyncio.create_task(go_round(work, every=0.0, name="work"))
        assert await asyncio.to_thread(third.wait, 60)
        await _ended(task)

    asyncio.run(run())
    assert rounds >= 3


def test_what_is_being_done_is_told_to_stop_and_waited_for() -> None:
    begun, steps = threading.Event(), []

    def work(stop: Stop) -> None:
        begun.set()
        while not stop():
            steps.append("step")
            threading.Event().wait(0.01)
        steps.append("ended")

    async def run() -> None:
        task = asyncio.create_task(go_round(work, every=0.0, name="work"))
        assert await asyncio.to_thread(begun.wait, 60)
        await _ended(task)
        assert steps[-1] == "ended"

    asyncio.run(run())
    assert steps.count("ended") == 1


def test_an_application_that_has_ended_leaves_no_thread_in_its_room(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upkeep is in the middle of a transaction when the application ends."""
    begun = threading.Event()
    happened: list[str] = []

    def keep_up(room: Room, stop: Stop) -> None:
        with room.database.reading():
            begun.set()
            while not stop():
                threading.Event().wait(0.01)
        happened.append("left the room")

    monkeypatch.setattr(upkeep, "keep_up", keep_up)
    with TestClient(create_app(room)):
        assert begun.wait(60)
    assert happened == ["left the room"]


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
