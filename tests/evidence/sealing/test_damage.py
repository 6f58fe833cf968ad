"""Whatever is done to a sealed folder is found, and named exactly."""

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assay.evidence import Event, SigningKey, Verification, seal, verify
from assay.evidence.custody import LOG, Entry
from assay.evidence.sealing import SealMissing

TRIALS = 500
Copy = Callable[[], Path]


def _said(result: Verification) -> list[tuple[str, str, int | None]]:
    return [(fault.code, fault.file, fault.entry) for fault in result.faults]


def test_a_sealed_folder_is_intact_wherever_it_lies(original: Path, copy: Copy) -> None:
    for folder in (original, copy()):
        result = verify(folder)
        assert result.intact and result.known is None
        assert [each.what for each in result.seals] == ["sealed", "sealed"]
        assert [each.who for each in result.seals] == ["expert", "colleague"]
        assert result.files == 47 and result.entries == 27


def test_one_bit_anywhere_is_found_and_named(copy: Copy) -> None:
    """500 trials over content, log, manifests, checkpoints, signatures and keys, each file as likely as any other."""
    folder = copy()
    chance = random.Random(500)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    files = [path for path in files if path.stat().st_size]
    seen: set[str] = set()
    for _ in range(TRIALS):
        path = chance.choice(files)
        whole = path.read_bytes()
        at = chance.randrange(len(whole))
        spoilt = bytearray(whole)
        spoilt[at] ^= 1 << chance.randrange(8)
        path.write_bytes(spoilt)
        result = verify(folder)
        path.write_bytes(whole)
        name = str(path.relative_to(folder))
        seen.add(path.suffixes[-1] if path.suffixes else path.name)
        assert {fault.file for fault in result.faults} == {name}, (name, at, result.faults)
        if path.name == LOG:
            entry = whole[:at].count(b"\n")
            named = {fault.entry for fault in result.faults}
            # The end of a line belongs to two entries.
            assert entry in named and named <= {entry, entry + 1}, (at, result.faults)
        elif result.faults[0].first is not None:
            (fault,) = result.faults
            assert fault.first is not None and fault.last is not None
            assert fault.first <= at < fault.last
            assert fault.last - fault.first <= (4_096 if path.suffix == ".jsonl" else 65_536)
    assert {".jsonl", ".json", ".pem", ".signature", ".bin", ".jpg"} <= seen
    assert verify(folder).intact


def test_whatever_is_done_to_a_seal_is_answered(copy: Copy) -> None:
    """Files of the seal cut, emptied, filled with noise or with one another: an answer or a coded error, no crash."""
    folder = copy()
    chance = random.Random(60)
    room = folder / "assay-seal"
    before = {path: path.read_bytes() for path in sorted(room.iterdir())}
    for _ in range(150):
        for path in chance.sample(list(before), chance.randint(1, 4)):
            data = before[path]
            act = chance.choice(["cut", "noise", "other", "splice", "gone", "lines"])
            if act == "cut":
                path.write_bytes(data[: chance.randrange(len(data))])
            elif act == "noise":
                path.write_bytes(chance.randbytes(chance.randrange(2_000)))
            elif act == "other":
                path.write_bytes(before[chance.choice(list(before))])
            elif act == "splice":
                at = chance.randrange(len(data))
                path.write_bytes(data[:at] + chance.randbytes(9) + data[at + chance.randrange(40) :])
            elif act == "gone":
                path.unlink(missing_ok=True)
            else:
                lines = data.splitlines(keepends=True)
                chance.shuffle(lines)
                path.write_bytes(b"".join(lines))
        changed = [path for path, data in before.items() if not path.exists() or path.read_bytes() != data]
        try:
            assert verify(folder).intact is not bool(changed)
        except SealMissing:
            assert changed
        for path, data in before.items():
            path.write_bytes(data)


@pytest.mark.parametrize("name", [LOG, "0002.manifest.jsonl", "0002.checkpoint.json", "0001.key.pem"])
@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_stands_in_the_place_of_a_part_is_named_and_not_followed(
    copy: Copy, name: str, kind: str
) -> None:
    folder = copy()
    part = folder / "assay-seal" / name
    aside = folder.parent / "aside"
    part.rename(aside)
    if kind == "link":
        part.symlink_to(aside)
    elif kind == "folder":
        part.mkdir()
    else:
        os.mkfifo(part)
    said = verify(folder).faults
    assert ("kind-changed", f"assay-seal/{name}") in {(fault.code, fault.file) for fault in said}
    assert {fault.file for fault in said} == {f"assay-seal/{name}"}


@pytest.mark.parametrize("entry", [0, 1, 12, 24, 25, 26])
def test_an_entry_removed_is_missing(copy: Copy, entry: int) -> None:
    folder = copy()
    log = folder / "assay-seal" / LOG
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:entry] + lines[entry + 1 :]))
    assert ("entry-missing", f"assay-seal/{LOG}", entry) in _said(verify(folder))
    assert {fault.entry for fault in verify(folder).faults} == {entry}


@pytest.mark.parametrize(("one", "other"), [(0, 1), (3, 9), (10, 26), (24, 25)])
def test_entries_that_change_places_are_named(copy: Copy, one: int, other: int) -> None:
    folder = copy()
    log = folder / "assay-seal" / LOG
    lines = log.read_bytes().splitlines(keepends=True)
    lines[one], lines[other] = lines[other], lines[one]
    log.write_bytes(b"".join(lines))
    result = verify(folder)
    assert {fault.code for fault in result.faults} == {"entry-moved"}
    named = {fault.entry for fault in result.faults}
    assert named and named <= {one, other}


def _forged(line: bytes) -> bytes:
    return replace(Entry.read(line.rstrip(b"\n")), who="somebody else").line + b"\n"


@pytest.mark.parametrize("entry", [0, 7, 24, 25, 26])
def test_an_entry_rewritten_with_a_hash_of_its_own_is_named(copy: Copy, entry: int) -> None:
    folder = copy()
    log = folder / "assay-seal" / LOG
    lines = log.read_bytes().splitlines(keepends=True)
    lines[entry] = _forged(lines[entry])
    log.write_bytes(b"".join(lines))
    assert ("entry-altered", f"assay-seal/{LOG}", entry) in _said(verify(folder))
    assert {fault.entry for fault in verify(folder).faults} == {entry}


@pytest.mark.parametrize("place", [0, 5, 25, 27])
def test_an_entry_put_in_is_named(copy: Copy, place: int) -> None:
    folder = copy()
    log = folder / "assay-seal" / LOG
    lines = log.read_bytes().splitlines(keepends=True)
    lines.insert(place, _forged(lines[max(place - 1, 0)]))
    log.write_bytes(b"".join(lines))
    (fault,) = verify(folder).faults
    assert fault.code == "entry-inserted"
    assert f"line {place + 1} " in fault.message


def test_entries_that_hang_on_the_last_one_are_not_vouched_for(copy: Copy) -> None:
    folder = copy()
    log = folder / "assay-seal" / LOG
    last = Entry.read(log.read_bytes().splitlines()[-1])
    more = Entry.of(Event("released"), 27, last.hash, who="somebody else", tool="assay 0")
    with log.open("ab") as file:
        file.write(more.line + b"\n")
    assert _said(verify(folder)) == [("entry-unsigned", f"assay-seal/{LOG}", 27)]


def test_a_log_rewritten_from_an_entry_on_breaks_at_the_signed_heads(copy: Copy) -> None:
    """Whoever rewrites the rest of the chain as well cannot sign it."""
    folder = copy()
    log = folder / "assay-seal" / LOG
    lines = log.read_bytes().splitlines()
    entries = [Entry.read(line) for line in lines]
    made = entries[:5]
    for entry in entries[5:]:
        made.append(replace(entry, previous=made[-1].hash, who="somebody else"))
    log.write_bytes(b"".join(entry.line + b"\n" for entry in made))
    named = {fault.entry for fault in verify(folder).faults if fault.code == "entry-altered"}
    assert 24 in named and 26 in named


def test_files_added_renamed_removed_and_cut(copy: Copy) -> None:
    folder = copy()
    (folder / "new.txt").write_text("new")
    (folder / "sub" / "new folder").mkdir()
    (folder / "a.jpg").rename(folder / "b.jpg")
    (folder / "f07.txt").unlink()
    os.truncate(folder / "sub" / "large.bin", 200_001)
    with (folder / "f08.txt").open("a") as file:
        file.write("more")
    (folder / "link").unlink()
    (folder / "link").symlink_to("/etc/shadow")
    (folder / "nothing").unlink()
    (folder / "nothing").mkdir()
    said = {(fault.code, fault.file): fault for fault in verify(folder).faults}
    assert set(said) == {
        ("file-added", "new.txt"),
        ("file-added", "sub/new folder"),
        ("file-renamed", "a.jpg"),
        ("file-missing", "f07.txt"),
        ("file-changed", "sub/large.bin"),
        ("file-changed", "f08.txt"),
        ("link-changed", "link"),
        ("kind-changed", "nothing"),
    }
    assert "is now called b.jpg" in said["file-renamed", "a.jpg"].message
    cut = said["file-changed", "sub/large.bin"]
    assert (cut.first, cut.last) == (196_608, 300_000)
    assert "had 300,000 bytes and has 200,001" in cut.message


def test_a_name_in_another_unicode_form_is_told_as_such(tmp_path: Path, signer: SigningKey) -> None:
    (tmp_path / "Bu\u0308ro.txt").write_text("decomposed")
    seal(tmp_path, key=signer)
    (tmp_path / "Bu\u0308ro.txt").rename(tmp_path / "B\u00fcro.txt")
    (fault,) = verify(tmp_path).faults
    assert fault.code == "file-renamed" and "Unicode form" in fault.message


@pytest.mark.parametrize("part", ["checkpoint.json", "signature", "key.pem", "manifest.jsonl"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_part_of_the_seal_that_is_missing_is_named(copy: Copy, number: int, part: str) -> None:
    folder = copy()
    name = f"assay-seal/000{number}.{part}"
    (folder / name).unlink()
    assert _said(verify(folder)) == [("seal-missing-part", name, None)]


def test_a_log_that_is_missing_is_named(copy: Copy) -> None:
    folder = copy()
    (folder / "assay-seal" / LOG).unlink()
    assert _said(verify(folder)) == [("seal-missing-part", f"assay-seal/{LOG}", None)]


def test_what_lies_beside_the_seal_is_named(copy: Copy) -> None:
    folder = copy()
    (folder / "assay-seal" / "0003.key.pem.bak").write_text("x")
    (folder / "assay-seal" / "0001.stamp.tsr").write_bytes(b"x")
    os.mkfifo(folder / "assay-seal" / "0007.signature")
    codes = {(fault.code, fault.file) for fault in verify(folder).faults}
    assert ("file-added", "assay-seal/0003.key.pem.bak") in codes
    assert ("file-added", "assay-seal/0001.stamp.tsr") in codes
    assert ("kind-changed", "assay-seal/0007.signature") in codes


def test_a_second_seal_taken_away_is_found_by_whoever_kept_its_head(
    copy: Copy, original: Path, tmp_path: Path
) -> None:
    head = verify(original).head
    folder = copy()
    room = folder / "assay-seal"
    for path in room.glob("0002.*"):
        path.unlink()
    lines = (room / LOG).read_bytes().splitlines(keepends=True)
    (room / LOG).write_bytes(b"".join(lines[:25]))
    (folder / "later.txt").unlink()
    assert verify(folder).intact  # it is what the first seal was: nothing in the folder tells
    assert [fault.code for fault in verify(folder, head=head).faults] == ["head-missing"]
    assert verify(original, head=head).intact


def test_who_seals_anew_with_another_key_is_caught_by_a_pinned_one(copy: Copy, signer: SigningKey) -> None:
    pin = signer.public.fingerprint
    folder = copy()
    shutil.rmtree(folder / "assay-seal")
    (folder / "a.jpg").write_bytes(b"another picture")
    attacker = SigningKey.temporary()
    seal(folder, key=attacker, who="expert")
    anybody = verify(folder)
    assert anybody.intact and anybody.known is None
    (fault,) = verify(folder, trusted=[pin]).faults
    assert fault.code == "key-unknown" and attacker.public.fingerprint in fault.message
    assert verify(folder, trusted=[pin, attacker.public.fingerprint]).known is True


def test_who_seals_on_top_with_another_key_is_caught_by_a_pinned_one(copy: Copy, signer: SigningKey) -> None:
    folder = copy()
    (folder / "a.jpg").write_bytes(b"another picture")
    seal(folder, key=SigningKey.temporary())
    result = verify(folder, trusted=[signer.public.fingerprint])
    assert {fault.code for fault in result.faults} == {"key-unknown", "entry-unsigned"}
    assert [each.pinned for each in result.seals] == [True, True, False]
