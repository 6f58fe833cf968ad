"""The bounded child: whatever runs in it, the parent gets an answer or a coded refusal, and goes on."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assay.intake.child import Child
from assay.intake.limits import DEFAULT
from assay.intake.refusals import (
    DamagedExhibit,
    DecoderCrashed,
    DecoderMemory,
    DecoderMisbehaved,
    DecoderTimeout,
    ExhibitRefused,
)

HOSTILE = """
import gc, json, os, resource, socket, struct, time
import numpy as np
from assay.intake.frames import Blob
from assay.intake.refusals import DamagedExhibit

def echo(**params): return {"got": params}, {}
def array(rows): return {}, {"a": Blob.of(np.arange(rows, dtype=np.int32))}
def read(descriptor): return {"text": os.pread(descriptor, 100, 0).decode()}, {}
def spin():
    while True: pass
def sleep(): time.sleep(60)
def die(): os._exit(3)
def refuse(): raise DamagedExhibit("it is damaged")
def invent(): return {"refused": "no-such-code", "words": "x\\x1b[31m" * 900}, {}
def eat():
    blocks = []
    while True: blocks.append(bytearray(50_000_000))
def fault(): raise ValueError("not foreseen")
def write(path):
    with open(path, "wb") as file: file.write(b"x" * 100)
    return {}, {}
def files():
    kept = []
    try:
        while True: kept.append(open("/dev/null"))
    except OSError: return {"open": len(kept)}, {}
def limits():
    names = ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE")
    return {name: list(resource.getrlimit(getattr(resource, name))) for name in names}, {}
def privileges():
    status = open("/proc/self/status").read()
    return {"no_new": "NoNewPrivs:\\t1" in status}, {}
def secrets(): return {"names": sorted(os.environ)}, {}
def link():
    found = [o for o in gc.get_objects() if isinstance(o, socket.socket)]
    return found[0]
def raw(hexadecimal):
    link().sendall(bytes.fromhex(hexadecimal)); time.sleep(60)
def short():
    return {}, {"a": Blob("uint8", [1000], [b"x" * 10])}
def huge(): return {}, {"a": Blob("uint8", [1 << 40], [])}
def deep():
    text = b'{"meta":' + b"[" * 100000 + b"]" * 100000 + b"}"
    link().sendall(struct.pack("!Q", len(text)) + text); time.sleep(60)
"""

MEETING = """
def meet(descriptor):
    with socket.socket(fileno=os.dup(descriptor)) as other:
        other.settimeout(20)
        other.sendall(b"here")
        return {"met": other.recv(4) == b"here"}, {}
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Child]:
    """One with small bounds; as a parameter, the seconds that a call may take."""
    (tmp_path / "hostile.py").write_text(HOSTILE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    limits = replace(
        DEFAULT,
        child_wall_seconds=getattr(request, "param", DEFAULT.child_wall_seconds),
        child_memory_bytes=400 << 20,
        child_open_files=64,
        reply_array_bytes=10 << 20,
        reply_header_bytes=1 << 20,
    )
    with Child(limits, preload=["hostile:echo"]) as one:
        yield one


def test_json_and_arrays_come_back(child: Child) -> None:
    assert child.call("hostile:echo", a=[1, {"b": None}], c="ü").meta == {
        "got": {"a": [1, {"b": None}], "c": "ü"}
    }
    reply = child.call("hostile:array", rows=100_000)
    np.testing.assert_array_equal(reply.arrays["a"], np.arange(100_000))
    assert child.call("hostile:array", rows=0).arrays["a"].shape == (0,)


def test_an_open_file_is_handed_over(child: Child, tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_text("read through the descriptor")
    with path.open("rb") as file:
        assert (
            child.call("hostile:read", descriptor=file.fileno()).meta["text"] == "read through the descriptor"
        )


def test_one_process_serves_many_calls(child: Child) -> None:
    first = (child.call("hostile:echo"), child.pid)[1]
    for _ in range(100):
        child.call("hostile:echo")
    assert child.pid == first and child.starts == 1


@pytest.mark.parametrize("child", [2.0], indirect=True, ids=["hasty"])
@pytest.mark.parametrize(
    ("function", "kind"),
    [
        ("spin", DecoderTimeout),
        ("sleep", DecoderTimeout),
        ("die", DecoderCrashed),
        ("fault", DecoderCrashed),
        ("eat", DecoderMemory),
        ("refuse", DamagedExhibit),
        ("invent", DecoderMisbehaved),
        ("huge", DecoderMisbehaved),
        ("deep", DecoderMisbehaved),
        ("short", DecoderTimeout),
        ("no_such_function", DecoderCrashed),
    ],
)
def test_each_failure_has_its_code_and_the_next_call_works(
    child: Child, function: str, kind: type[ExhibitRefused]
) -> None:
    begun = time.perf_counter()
    with pytest.raises(kind) as caught:
        child.call(f"hostile:{function}")
    # Its sleep is 60 seconds long.
    assert time.perf_counter() - begun < 30
    assert str(caught.value).isprintable() and len(str(caught.value)) < 600
    assert child.call("hostile:echo", still="here").meta == {"got": {"still": "here"}}


@pytest.mark.parametrize(
    "hexadecimal",
    [
        "ff" * 8,
        "0000000000000004" + b"nope".hex(),
        "0000000000000002" + b"[]".hex(),
        "000000000000000b" + b'{"meta": 1}'.hex(),
        "0000000000000019" + b'{"meta": {}, "arrays": 5}'.hex(),
        "0000000000000021" + b'{"meta": {}, "arrays": [[1,2,3]]}'.hex(),
        (len(b'{"meta":{},"arrays":[{"name":"a","dtype":"object","shape":[1]}]}')).to_bytes(8, "big").hex()
        + b'{"meta":{},"arrays":[{"name":"a","dtype":"object","shape":[1]}]}'.hex(),
        (len(b'{"meta":{},"arrays":[{"name":"a","dtype":"uint8","shape":[-5]}]}')).to_bytes(8, "big").hex()
        + b'{"meta":{},"arrays":[{"name":"a","dtype":"uint8","shape":[-5]}]}'.hex(),
        (len(b'{"meta":{},"arrays":[{"name":"a","dtype":"uint8","shape":[true]}]}')).to_bytes(8, "big").hex()
        + b'{"meta":{},"arrays":[{"name":"a","dtype":"uint8","shape":[true]}]}'.hex(),
    ],
)  # fmt: skip
def test_bytes_that_are_no_reply_are_refused(child: Child, hexadecimal: str) -> None:
    with pytest.raises(DecoderMisbehaved):
        child.call("hostile:raw", hexadecimal=hexadecimal)


def test_the_limits_of_the_process_are_set(child: Child) -> None:
    found = child.call("hostile:limits").meta
    assert found == {
        "RLIMIT_AS": [400 << 20, 400 << 20], "RLIMIT_CPU": [120, 120], "RLIMIT_NOFILE": [64, 64],
        "RLIMIT_FSIZE": [0, 0], "RLIMIT_CORE": [0, 0],
    }  # fmt: skip
    assert child.call("hostile:files").meta["open"] < 64
    assert child.call("hostile:privileges").meta["no_new"]


def test_it_cannot_write(child: Child, tmp_path: Path) -> None:
    path = tmp_path / "written"
    with pytest.raises(DecoderCrashed):
        child.call("hostile:write", path=str(path))
    assert not path.exists() or path.stat().st_size == 0


def test_it_does_not_see_the_environment(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_TEST_SECRET", "hush")
    assert "ASSAY_TEST_SECRET" not in child.call("hostile:secrets").meta["names"]


def test_used_up_processor_time_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hostile.py").write_text(HOSTILE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with (
        Child(replace(DEFAULT, child_cpu_seconds=1, child_wall_seconds=20)) as one,
        pytest.raises(DecoderTimeout),
    ):
        one.call("hostile:spin")


def test_it_is_replaced_when_half_of_its_time_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hostile.py").write_text(HOSTILE + "\ndef nap(): time.sleep(0.6); return {}, {}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Child(replace(DEFAULT, child_cpu_seconds=1)) as one:
        for _ in range(3):
            one.call("hostile:nap")
        assert one.starts == 3


def test_one_that_cannot_start_says_so() -> None:
    with (
        Child(replace(DEFAULT, child_start_seconds=0.01)) as one,
        pytest.raises(DecoderCrashed, match="did not start"),
    ):
        one.call("hostile:echo")


def test_closing_leaves_no_process(child: Child) -> None:
    child.call("hostile:echo")
    pid = child.pid
    assert pid is not None
    child.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_two_children_work_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hostile.py").write_text(HOSTILE + MEETING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    here, there = socket.socketpair()
    met: list[bool] = []

    def meet(child: Child, own: socket.socket) -> None:
        met.append(child.call("hostile:meet", descriptor=own.fileno()).meta["met"])

    with Child() as one, Child() as two, here, there:
        threads = [threading.Thread(target=meet, args=pair) for pair in ((one, here), (two, there))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    # Each waited for the other within its call.
    assert met == [True, True]


def test_closing_does_not_wait_for_a_call(child: Child) -> None:
    refused: list[ExhibitRefused] = []

    def call() -> None:
        try:
            child.call("hostile:sleep")
        except ExhibitRefused as error:
            refused.append(error)

    thread = threading.Thread(target=call)
    child.start()
    thread.start()
    time.sleep(0.2)
    begun = time.perf_counter()
    child.close()
    thread.join()
    assert time.perf_counter() - begun < DEFAULT.child_wall_seconds / 2 and len(refused) == 1
    with pytest.raises(DecoderCrashed, match="closed"):
        child.call("hostile:echo")


def test_the_working_folder_lends_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # An examiner stands in the evidence folder, and somebody has put a json.py there.
    evidence, tools = tmp_path / "evidence", tmp_path / "tools"
    evidence.mkdir()
    tools.mkdir()
    (tools / "hostile.py").write_text(HOSTILE)
    for name in ("json", "copy", "numpy", "PIL", "socket"):
        code = f"open({str(tmp_path / 'ran')!r}, 'w').close(); raise SystemExit(9)"
        (evidence / f"{name}.py").write_text(code)
    monkeypatch.chdir(evidence)
    monkeypatch.setenv("PYTHONPATH", str(tools))
    with Child(DEFAULT) as child:
        assert child.call("hostile:echo", a=1).meta == {"got": {"a": 1}}
    assert not (tmp_path / "ran").exists()
