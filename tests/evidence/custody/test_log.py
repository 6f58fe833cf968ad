"""The log in a file and in a table: one code, one spelling, whoever appends and however it ends."""

import errno
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.evidence import Event, FileStore, Log, SigningKey, TableStore
from assay.evidence.canonical import NotCanonical, canonical
from assay.evidence.custody import GENESIS, CustodyDamaged, CustodyUnwritable, Entry, check
from assay.evidence.custody.store import Store

WHERE = ("file", "table")


def _store(kind: str, folder: Path) -> Store:
    if kind == "file":
        return FileStore(folder / "log")
    return TableStore(lambda: sqlite3.connect(folder / "log.db", timeout=60))


@pytest.fixture(params=WHERE)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return _store(request.param, tmp_path)


def test_entries_hang_on_one_another(store: Store) -> None:
    log = Log(store, who="expert")
    assert log.append(Event("received", details={"name": "a.jpg"}), Event("hashed", exhibit="ab" * 32)) == 2
    assert log.append(Event("assayed", artifacts=("m@1.0.0 sha256:00",), who="machine")) == 3
    entries = [Entry.read(line) for line in store.lines()]
    assert [entry.previous for entry in entries] == [GENESIS, entries[0].hash, entries[1].hash]
    assert [entry.number for entry in entries] == [0, 1, 2]
    assert [entry.who for entry in entries] == ["expert", "expert", "machine"]
    assert log.check().faults == () and log.check().count == 3


def test_file_and_table_hold_the_same_lines(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 31, 23, 59, 59, 7, tzinfo=UTC)
    events = [Event("received", details={"n": n, "name": "x\udcff\u202e"}, when=moment) for n in range(5)]
    written = []
    for kind in WHERE:
        store = _store(kind, tmp_path)
        Log(store, who="e").append(*events)
        written.append(list(store.lines()))
    assert written[0] == written[1]
    assert Entry.read(written[0][0]).when == "2026-01-31T23:59:59.000007Z"


def test_checkpoints_sign_how_far_the_log_went(store: Store, signer: SigningKey) -> None:
    log = Log(store)
    log.append(Event("received"))
    first = log.checkpoint(signer)
    second = log.checkpoint(signer, events=[Event("assayed")])
    assert [kept.number for kept in store.kept()] == [1, 2] == [first.number, second.number]
    assert all(kept.holds() for kept in store.kept())
    page = json.loads(second.statement)
    assert page["count"] == 4 and page["head"] == Entry.read(list(store.lines())[-1]).hash
    assert page["stamp"] == "absent" and page["key"] == signer.public.fingerprint
    assert log.check().faults == () and log.check().signed == 4
    log.append(Event("more"))
    assert [fault.code for fault in log.check().faults] == ["entry-unsigned"]


def _append(kind: str, folder: Path, who: str, times: int) -> None:
    log = Log(_store(kind, folder), who=who)
    key = SigningKey.temporary()
    for number in range(times):
        log.append(Event("received", details={"n": number}), Event("hashed", details={"n": number}))
        if number % 6 == 5:
            log.checkpoint(key)


@pytest.mark.parametrize("kind", WHERE)
def test_several_processes_append_at_a_time(kind: str, tmp_path: Path) -> None:
    _store(kind, tmp_path)
    start = multiprocessing.get_context("spawn")
    workers = [start.Process(target=_append, args=(kind, tmp_path, f"p{n}", 12)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    store = _store(kind, tmp_path)
    assert Log(store).check().faults == ()
    entries = [Entry.read(line) for line in store.lines()]
    assert len(entries) == 3 * 12 * 2 + 6
    assert [kept.number for kept in store.kept()] == [1, 2, 3, 4, 5, 6]
    for who in ("p0", "p1", "p2"):
        own = [entry.details["n"] for entry in entries if entry.who == who and "n" in entry.details]
        assert own == [n for n in range(12) for _ in range(2)]  # nobody's two entries were parted


def test_an_append_that_was_cut_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    """Every length to which a crash may cut the last append."""
    store = FileStore(tmp_path / "log")
    log = Log(store, who="e")
    log.append(Event("one"), Event("two"))
    before = store.path.read_bytes()
    log.append(Event("three"))
    whole = store.path.read_bytes()
    for length in {*range(len(before) + 1, len(whole), 7), len(whole) - 2, len(whole) - 1}:
        store.path.write_bytes(whole[:length])
        checked = log.check()
        (fault,) = checked.faults
        assert fault.code == "entry-torn"
        assert (fault.entry, checked.count) == ((2, 2) if length < len(whole) - 1 else (2, 3))
        log.append(Event("four"))
        assert log.check().faults == ()
        assert store.path.read_bytes().startswith(whole[:length])  # nothing is ever taken away
        kinds = [kind for line in store.lines() if (kind := _what(line))]
        want = ["recovered", "four"] if length < len(whole) - 1 else ["three", "four"]
        assert kinds == ["one", "two", *want]


def _what(line: bytes) -> str | None:
    try:
        return Entry.read(line).what
    except NotCanonical:
        return None


def test_a_repair_that_was_cut_is_repaired(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "log")
    log = Log(store)
    log.append(Event("one"))
    torn = store.path.read_bytes() + b'{"entry":{"arti'
    store.path.write_bytes(torn)
    log.append(Event("two"))
    whole = store.path.read_bytes()
    for length in (len(torn) + 1, len(torn) + 9, len(torn) + 300):
        store.path.write_bytes(whole[:length])
        log.append(Event("three"))
        assert log.check().faults == ()


def test_what_was_cut_cannot_be_changed_later(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "log")
    log = Log(store)
    log.append(Event("one"))
    store.path.write_bytes(store.path.read_bytes() + b'{"entry":{"arti')
    log.append(Event("two"))
    store.path.write_bytes(store.path.read_bytes().replace(b'{"entry":{"arti\n', b'{"entry":{"arto\n'))
    assert [fault.code for fault in log.check().faults] == ["entry-inserted"]


def test_a_process_killed_while_it_appends_leaves_a_log_that_goes_on(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom assay.evidence import Event, FileStore, Log\n"
        "log = Log(FileStore(Path(sys.argv[1])))\n"
        "print('ready', flush=True)\n"
        "while True:\n    log.append(*[Event('received', details={'name': 'x' * 5000})] * 50)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        store = FileStore(tmp_path / "log")
        while not (store.path.exists() and store.path.stat().st_size > 600_000):
            assert child.poll() is None
        os.kill(child.pid, signal.SIGKILL)
    count = Log(store).append(Event("after"))
    checked = Log(store).check()
    assert checked.faults == () and checked.count == count > 100


@pytest.mark.parametrize("spoil", [b'garbage"}\n', b'{"entry":{},"hash":"00"}\n'])
def test_nothing_is_added_after_what_is_no_entry(tmp_path: Path, spoil: bytes) -> None:
    store = FileStore(tmp_path / "log")
    Log(store).append(Event("one"))
    store.path.write_bytes(store.path.read_bytes() + spoil)
    before = store.path.read_bytes()
    with pytest.raises(CustodyDamaged):
        Log(store).append(Event("two"))
    assert store.path.read_bytes() == before


def test_a_last_entry_that_was_changed_is_not_covered_up(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "log")
    Log(store).append(Event("one"), Event("two", details={"name": "evidence"}))
    store.path.write_bytes(store.path.read_bytes().replace(b"evidence", b"evidency"))
    with pytest.raises(CustodyDamaged, match="entry 1 "):
        Log(store).append(Event("three"))


def test_a_disk_that_is_full_is_an_error_of_its_own_and_the_log_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(tmp_path / "log")
    Log(store).append(Event("one"))
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) > 100:
            return real(descriptor, data[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(CustodyUnwritable, match="No space"):
            Log(store).append(Event("two"))
    assert [fault.code for fault in Log(store).check().faults] == ["entry-torn"]
    Log(store).append(Event("three"))
    assert Log(store).check().faults == ()


def test_a_table_refuses_to_forget(tmp_path: Path) -> None:
    store = _store("table", tmp_path)
    Log(store).append(Event("one"))
    with sqlite3.connect(tmp_path / "log.db") as connection:
        for statement in ("DELETE FROM custody", "UPDATE custody SET line = x'00'"):
            with pytest.raises(sqlite3.IntegrityError, match="only ever appended"):
                connection.execute(statement)
    connection.close()


def test_a_transaction_that_fails_adds_nothing(tmp_path: Path, signer: SigningKey) -> None:
    store = _store("table", tmp_path)
    log = Log(store)
    log.append(Event("one"))

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log.checkpoint(signer, before=stop, events=[Event("two")])
    assert len(list(store.lines())) == 1 and store.kept() == []


def test_a_table_that_others_hold_is_an_error_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    store = TableStore(lambda: sqlite3.connect(path, timeout=0.05))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CustodyUnwritable):
        Log(store).append(Event("one"))
    other.close()


def test_logs_of_several_cases_share_a_table(tmp_path: Path) -> None:
    stores = [TableStore(lambda: sqlite3.connect(tmp_path / "log.db"), name) for name in ("a", "b")]
    for store in stores:
        Log(store).append(Event("one"))
    assert [len(list(store.lines())) for store in stores] == [1, 1]


def test_a_log_without_end_of_line_or_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "custody.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CustodyUnwritable):
        Log(FileStore(tmp_path / "log")).append(Event("one"))
    assert not (tmp_path / "elsewhere").exists()


TEXTS = st.text() | st.text(alphabet='\x00\x1b\x7f\u202e\ud800\U0001f600\\"/\n')
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40)
@given(st.dictionaries(TEXTS, VALUES, max_size=3), TEXTS)
def test_every_entry_reads_back_and_has_one_spelling(details: dict[str, object], who: str) -> None:
    entry = Entry.of(Event("received", details=details), 3, GENESIS, who=who, tool="t")
    line = entry.line
    assert line.isascii() and b"\n" not in line
    again = Entry.read(line)
    assert again == entry and again.hash == entry.hash
    with pytest.raises(NotCanonical):
        Entry.read(line.replace(b'"entry":', b'"entry": '))


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_foreign_bytes_are_no_entries(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        Entry.read(data)
    assert check([data], ()).count == 0


@pytest.mark.parametrize("value", [{"a": 0.5}, {"a": [float("nan")]}, {1: "a"}, {"a": b"bytes"}])
def test_what_has_no_one_spelling_is_refused(value: dict[object, object]) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_a_head_that_promises_a_billion_entries_costs_nothing() -> None:
    entry = Entry.of(Event("one"), 10**15, GENESIS, who="", tool="")
    statement = canonical({"count": 10**16, "head": entry.hash}) + b"\n"
    checked = check([entry.line, b"junk", entry.line], [statement])
    assert [fault.code for fault in checked.faults if fault.code == "entry-missing"]


@pytest.fixture(scope="module")
def jq() -> str:
    found = shutil.which("jq")
    if found is None or shutil.which("sha256sum") is None:
        pytest.skip("needs jq and sha256sum")
    return found


@settings(max_examples=8)
@given(details=st.dictionaries(TEXTS, VALUES, max_size=3))
def test_jq_and_sha256sum_give_the_same_hash(
    jq: str, tmp_path_factory: pytest.TempPathFactory, details: dict[str, object]
) -> None:
    entry = Entry.of(Event("received", details=details), 0, GENESIS, who="名\u202e\x7f", tool="assay 1")
    path = tmp_path_factory.mktemp("jq") / "custody.jsonl"
    path.write_bytes(entry.line + b"\n")
    command = f"sed -n 1p '{path}' | '{jq}' -jcSa .entry | sha256sum | cut -d' ' -f1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == entry.hash
