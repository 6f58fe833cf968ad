"""What is sealed, what is refused, and how sealing goes on after anything."""

import errno
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.evidence import Event, FileStore, Log, SigningKey, TableStore, seal, verify
from assay.evidence.canonical import NotCanonical
from assay.evidence.custody import LOG, CustodyDamaged, CustodyUnwritable, Entry, copy
from assay.evidence.limits import DEFAULT
from assay.evidence.sealing import (
    ChangedWhileSealing,
    SealBroken,
    SealBusy,
    SealForeign,
    SealMissing,
    SealUnreadable,
    SealUnwritable,
    SigningKeyInside,
    inventory,
)
from assay.evidence.sealing.record import Record, block_length, hashed
from assay.evidence.sealing.walk import open_folder, walk

ROOT = os.geteuid() == 0


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    (folder / "b.txt").write_text("b" * 70_000)
    return folder


def _history(folder: Path) -> list[str]:
    return [Entry.read(line).what for line in (folder / "assay-seal" / LOG).read_bytes().splitlines()]


def test_sealing_again_only_adds(case: Path, signer: SigningKey) -> None:
    seal(case, key=signer, events=[Event("received")], note="first", reproduce="assay detect a.txt")
    room = case / "assay-seal"
    before = {path.name: path.read_bytes() for path in room.iterdir()}
    (case / "a.txt").write_text("a later version")
    done = seal(case, key=SigningKey.temporary(), note="second")
    after = {path.name: path.read_bytes() for path in room.iterdir()}
    assert after[LOG].startswith(before[LOG])
    assert all(after[name] == data for name, data in before.items() if name != LOG)
    assert done.number == 2 and done.count == 3
    result = verify(case, head=done.head)
    assert result.intact and result.note == "second" and result.reproduce is None
    assert len({each.key for each in result.seals}) == 2
    assert _history(case) == ["received", "sealed", "sealed"]


def test_a_broken_history_is_not_added_to(case: Path, signer: SigningKey) -> None:
    seal(case, key=signer, events=[Event("received"), Event("hashed")])
    log = case / "assay-seal" / LOG
    whole = log.read_bytes()
    log.write_bytes(b"".join(whole.splitlines(keepends=True)[1:]))
    with pytest.raises(SealBroken, match="entry 0 is missing"):
        seal(case, key=signer)
    log.write_bytes(whole)
    signature = case / "assay-seal" / "0001.signature"
    signature.write_bytes(bytes(64))
    with pytest.raises(SealBroken, match="checkpoint 1"):
        seal(case, key=signer)
    signature.unlink()
    with pytest.raises(SealBroken, match="checkpoint 1"):
        seal(case, key=signer)


def test_a_last_entry_that_was_changed_is_not_added_to(case: Path, signer: SigningKey) -> None:
    seal(case, key=signer, events=[Event("received")])
    log = case / "assay-seal" / LOG
    log.write_bytes(log.read_bytes().replace(b'"what":"sealed"', b'"what":"seaLed"'))
    with pytest.raises((SealBroken, CustodyDamaged)):
        seal(case, key=signer)


def test_a_checkpoint_without_its_entry_is_told_in_the_log(case: Path, signer: SigningKey) -> None:
    """A crash between the two leaves it; so does whoever takes the last entry away."""
    seal(case, key=signer, events=[Event("received")])
    log = case / "assay-seal" / LOG
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    assert [(fault.code, fault.entry) for fault in verify(case).faults] == [("entry-missing", 1)]
    done = seal(case, key=signer)
    assert done.number == 1 and "without its entry" in " ".join(done.notes)
    assert _history(case) == ["received", "abandoned", "sealed"]
    assert verify(case).intact


STEPS = (
    ("write", "assay.evidence.custody.file", "FileWriter.write"),
    ("keep", "assay.evidence.custody.file", "FileWriter.keep"),
    ("place", "assay.evidence.custody.file", "place"),
    ("manifest", "assay.evidence.sealing.inventory", "hashed"),
)


@pytest.mark.parametrize(("step", "module", "name"), STEPS, ids=[step[0] for step in STEPS])
def test_a_process_that_dies_at_any_step_leaves_what_the_next_seal_goes_on_from(
    case: Path, step: str, module: str, name: str, signer: SigningKey
) -> None:
    seal(case, key=signer)
    code = (
        "import importlib, os, sys\n"
        f"module = importlib.import_module({module!r})\n"
        f"holder, _, name = {name!r}.rpartition('.')\n"
        "place = getattr(module, holder) if holder else module\n"
        "setattr(place, name, lambda *args, **options: os._exit(9))\n"
        "from assay.evidence import Event, SigningKey, seal\n"
        "seal(sys.argv[1], key=SigningKey.temporary(), events=[Event('received')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(case)])
    assert done.returncode == 9
    again = seal(case, key=signer)
    assert again.number == 2 and verify(case, trusted=[signer.public.fingerprint]).intact
    assert not [path for path in (case / "assay-seal").iterdir() if path.name.startswith(".")]


def test_what_cannot_be_hashed_is_refused_by_name(case: Path, signer: SigningKey) -> None:
    os.mkfifo(case / "pipe")
    with pytest.raises(SealUnreadable, match="pipe"):
        seal(case, key=signer)
    (case / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(case)
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
        with pytest.raises(SealUnreadable, match="socket"):
            seal(case, key=signer)
    (case / "socket").unlink()
    assert not (case / "assay-seal").exists()  # nothing was begun


@pytest.mark.skipif(ROOT, reason="root may read everything")
def test_what_may_not_be_read_is_refused_by_name(case: Path, signer: SigningKey) -> None:
    (case / "a.txt").chmod(0)
    with pytest.raises(SealUnreadable, match=r"a\.txt"):
        seal(case, key=signer)


def test_links_are_sealed_as_links_and_never_followed(case: Path, signer: SigningKey, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (case / "folder").symlink_to(outside)
    (case / "file").symlink_to(outside / "secret.txt")
    (case / "round").symlink_to(case)
    (case / "nowhere").symlink_to("no such thing")
    seal(case, key=signer)
    manifest = (case / "assay-seal" / "0001.manifest.jsonl").read_text()
    assert "folder/secret.txt" not in manifest and manifest.count('"kind":"link"') == 4
    (outside / "secret.txt").write_text("changed outside")
    assert verify(case).intact
    (case / "a.txt").unlink()
    (case / "a.txt").symlink_to(outside / "secret.txt")
    assert [fault.code for fault in verify(case).faults] == ["kind-changed"]


def test_a_folder_that_becomes_a_link_while_it_is_walked_leads_nowhere(case: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret")
    (case / "sub").mkdir()
    top = open_folder(case)
    try:
        steps = walk(top)
        seen = [next(steps).path, next(steps).path]
        (case / "sub").rmdir()
        (case / "sub").symlink_to(tmp_path / "outside")
        seen += [found.path for found in steps]
    finally:
        os.close(top)
    assert seen == [(b"a.txt",), (b"b.txt",), (b"sub",)]


def test_names_that_other_systems_fold_are_told(case: Path, signer: SigningKey) -> None:
    for name in ("Photo.JPG", "photo.jpg", "B\u00fcro", "Bu\u0308ro", "stra\u00dfe", "STRASSE"):
        (case / name).write_text(name)
    done = seal(case, key=signer)
    assert len(done.notes) == 3 and all("keeps one of them" in note for note in done.notes)
    assert verify(case).intact


def _while_hashing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen once the last file was hashed, before the folder is looked at again."""

    def first(*arguments: object) -> Record:
        record = real(*arguments)  # type: ignore[arg-type]
        if record.path == b"b.txt":
            act()
        return record

    real = inventory.hashed
    monkeypatch.setattr(inventory, "hashed", first)


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (lambda case: (case / "a.txt").write_text("A"), r"a\.txt changed"),
        (lambda case: (case / "b.txt").write_text("short"), r"b\.txt changed"),
        (lambda case: (case / "new.txt").write_text("new"), r"new\.txt came"),
        (lambda case: (case / "a.txt").unlink(), r"a\.txt went away"),
        (lambda case: (case / "a.txt").rename(case / "z.txt"), r"a\.txt went away|z\.txt came"),
        (lambda case: os.utime(case / "a.txt", ns=(0, 0)), r"a\.txt changed"),
    ],
    ids=["written", "cut", "added", "removed", "renamed", "touched"],
)
def test_a_folder_that_changes_while_it_is_sealed_is_not_sealed(
    case: Path, signer: SigningKey, monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], object], name: str
) -> None:
    _while_hashing(monkeypatch, lambda: act(case))
    with pytest.raises(ChangedWhileSealing, match=name):
        seal(case, key=signer)
    assert not (case / "assay-seal").exists()


def test_a_file_that_grows_under_the_hand_is_not_sealed(case: Path, signer: SigningKey) -> None:
    stop = threading.Event()
    large = case / "growing.bin"
    large.write_bytes(bytes(8 << 20))

    def grow() -> None:
        with large.open("ab") as file:
            while not stop.is_set():
                file.write(b"x")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(ChangedWhileSealing, match="growing"):
            seal(case, key=signer)
    finally:
        stop.set()
        writer.join()


def test_only_one_process_seals_at_a_time(
    case: Path, signer: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def inner() -> None:
        with pytest.raises(SealBusy):
            seal(case, key=SigningKey.temporary())

    _while_hashing(monkeypatch, inner)
    assert seal(case, key=signer).number == 1


def test_a_folder_of_that_name_that_is_no_seal_is_left_alone(case: Path, signer: SigningKey) -> None:
    (case / "assay-seal").write_text("mine")
    with pytest.raises(SealForeign):
        seal(case, key=signer)
    (case / "assay-seal").unlink()
    (case / "assay-seal").symlink_to("/tmp")
    with pytest.raises(SealForeign):
        seal(case, key=signer)
    (case / "assay-seal").unlink()
    (case / "assay-seal").mkdir()
    (case / "assay-seal" / "holiday.jpg").write_text("mine")
    with pytest.raises(SealForeign, match=r"holiday\.jpg"):
        seal(case, key=signer)
    assert (case / "assay-seal" / "holiday.jpg").read_text() == "mine"


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir, lambda path: path.write_text("x")])
def test_what_was_never_sealed_is_said_to_be_so(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "case")
    with pytest.raises(SealMissing):
        verify(tmp_path / "case")


def test_an_emptied_seal_is_no_seal(case: Path, signer: SigningKey) -> None:
    seal(case, key=signer)
    for path in (case / "assay-seal").iterdir():
        path.unlink()
    (case / "assay-seal" / LOG).touch()
    with pytest.raises(SealMissing):
        verify(case)


def test_the_private_key_is_not_sealed_into_what_is_given_away(case: Path) -> None:
    (case / "sub").mkdir()
    key = SigningKey.create(case / "sub" / "seal.key")
    with pytest.raises(SigningKeyInside, match=r"seal\.key"):
        seal(case, key=key)
    assert not (case / "assay-seal").exists()


def test_a_disk_that_is_full_leaves_the_earlier_seal_as_it_was(
    case: Path, signer: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(case, key=signer)
    room = case / "assay-seal"
    before = {path.name: path.read_bytes() for path in room.iterdir()}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("assay.evidence.sealing.sealing.os.fsync", full)
        with pytest.raises(SealUnwritable, match="No space"):
            seal(case, key=signer)
    assert {path.name: path.read_bytes() for path in room.iterdir()} == before
    assert verify(case).intact and seal(case, key=signer).number == 2


@pytest.mark.skipif(ROOT, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said_to_be_so(case: Path, signer: SigningKey) -> None:
    case.chmod(0o500)
    try:
        with pytest.raises(SealUnwritable):
            seal(case, key=signer)
    finally:
        case.chmod(0o700)


def test_a_log_of_a_service_is_copied_into_the_folder(case: Path, signer: SigningKey, tmp_path: Path) -> None:
    table = TableStore(lambda: sqlite3.connect(tmp_path / "assay.db"), "case 7")
    log = Log(table, who="service")
    log.append(Event("received"), Event("assayed"))
    log.checkpoint(signer)
    store = FileStore(case / "assay-seal")
    assert copy(table, store) == 3 and list(store.lines()) == list(table.lines())
    with pytest.raises(CustodyUnwritable):
        copy(table, store)
    done = seal(case, key=signer, who="service")
    result = verify(case, trusted=[signer.public.fingerprint])
    assert done.number == 2 and result.intact
    assert [each.what for each in result.seals] == ["checkpoint", "sealed"]


def test_an_empty_folder_can_be_sealed(tmp_path: Path, signer: SigningKey) -> None:
    seal(tmp_path, key=signer)
    assert verify(tmp_path).intact
    (tmp_path / "new").touch()
    assert [fault.code for fault in verify(tmp_path).faults] == ["file-added"]


def test_a_folder_deeper_than_the_bound_is_refused(tmp_path: Path, signer: SigningKey) -> None:
    path = tmp_path
    for _ in range(DEFAULT.seal_depth + 1):
        path = path / "d"
    path.mkdir(parents=True)
    with pytest.raises(SealUnreadable, match="seal_depth"):
        seal(tmp_path, key=signer)


@given(size=st.integers(0, 1 << 44))
def test_blocks_are_small_and_few(size: int) -> None:
    length = block_length(size)
    if size <= DEFAULT.file_block_bytes:
        assert length == 0
    else:
        assert -(-size // length) <= DEFAULT.blocks
        assert length == DEFAULT.file_block_bytes or -(-size // (length // 2)) > DEFAULT.blocks


@settings(max_examples=30)
@given(size=st.integers(0, 400_000), at=st.floats(0, 1, exclude_max=True), grown=st.integers(-5_000, 5_000))
def test_the_range_that_is_named_holds_every_difference(
    tmp_path_factory: pytest.TempPathFactory, size: int, at: float, grown: int
) -> None:
    path = tmp_path_factory.mktemp("range") / "file"
    before = bytes(range(256)) * (size // 256) + bytes(size % 256)
    after = bytearray(before)
    if after:
        after[int(at * len(after))] ^= 0xFF
    after = after[: len(after) + grown] if grown < 0 else after + b"x" * grown
    records = []
    for data in (before, bytes(after)):
        path.write_bytes(data)
        with path.open("rb") as file:
            records.append(hashed(b"file", file.fileno(), block_length(size)))
    named = list(records[0].wrong(records[1]))
    differ = [n for n in range(min(len(before), len(after))) if before[n] != after[n]]
    differ += range(min(len(before), len(after)), max(len(before), len(after)))
    assert bool(named) == bool(differ)
    assert all(any(first <= n < last for first, last in named) for n in differ)
    assert Record.read(records[0].line) == records[0]


@given(
    st.dictionaries(
        st.sampled_from(["kind", "path", "size", "sha256", "block", "blocks"]), st.integers() | st.text()
    )
)
def test_what_is_no_record_is_refused(page: dict[str, object]) -> None:
    with pytest.raises(NotCanonical):
        Record.read(json.dumps(page, sort_keys=True, separators=(",", ":")).encode())
