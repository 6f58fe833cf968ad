"""Sealing a folder: every file hashed into a manifest, the manifest and the custody log under one signature.

Sealing again adds to what is there: a further manifest, further entries, a further checkpoint. The log counts: a seal
holds from the moment at which its entry is on the disk. A checkpoint without its entry is what a crash leaves, or what
is left when somebody takes the last entry away: the next seal says so in the log, and takes its place.
"""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest
from pathlib import Path
from typing import IO, Any, Final

from ..canonical import canonical, sound
from ..custody import Event, FileStore, Log, Signed
from ..custody.chain import check
from ..custody.entry import utc
from ..custody.file import place as place_file
from ..custody.log import tool
from ..keys import PublicKey, SigningKey
from ..limits import DEFAULT
from ..stamps import Server, Token
from .layout import MOST, STALE, known, part
from .letter import LETTER
from .letter import NAME as LETTER_NAME
from .record import Record, block_length, hashed, path_of, text_of
from .refusals import (
    ChangedWhileSealing,
    SealBroken,
    SealBusy,
    SealForeign,
    SealMissing,
    SealUnreadable,
    SealUnwritable,
    SigningKeyInside,
)
from .twins import twins
from .walk import FOLDER, Found, open_folder, walk

__all__ = ["FORMAT", "Sealed", "seal"]

FORMAT: Final = "assay-manifest-1"

_ABANDONED: Final = (
    "checkpoint {number} was there without its entry in the log: an earlier sealing was cut off, or somebody took the "
    "entry away; the log says so, and the new checkpoint has its number"
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was done.

    Attributes
    ----------
    folder : Path
        The folder that is sealed.
    number : int
        Of the seal, from 1.
    head : str
        Hash of the last entry of the log: whoever keeps it can tell later that no seal was taken away.
    count : int
        Entries of the log.
    key : PublicKey
        Of the signer.
    new_key : bool
        Whether the key was made for this seal; to be said aloud.
    files, size : int
        Files that are sealed, and their bytes.
    stamped : datetime | None
        Time by the stamp server; None: absent.
    notes : tuple of str
        What a copy of the folder could lose: names that differ in case or Unicode form only.
    """

    folder: Path
    number: int
    head: str
    count: int
    key: PublicKey
    new_key: bool
    files: int
    size: int
    stamped: datetime | None
    notes: tuple[str, ...]


def seal(
    folder: str | os.PathLike[str],
    *,
    key: SigningKey | None = None,
    who: str | None = None,
    events: Iterable[Event] = (),
    reproduce: Sequence[str] | str | None = None,
    note: str = "",
    stamp: Server | None = None,
) -> Sealed:
    """Seal a folder.

    Parameters
    ----------
    folder
        Nothing in it is changed; the seal lies in its sub-folder ``assay-seal``.
    key
        Signs; None: the user's, which is made on first use (see `Sealed.new_key`).
    who
        Whose act this is; None: the name of the user.
    events
        What happened to the exhibits before, for the custody log.
    reproduce
        The command that makes the content again, as words or as a line.
    note
        Kept in the manifest.
    stamp
        Server that is asked for a time stamp of the signature.

    Raises
    ------
    SealRefused
        Of the kind that says why; see each class.
    CustodyDamaged, CustodyUnwritable, KeyLocked, KeyOpen, StampFailed
        See each class; then, too, nothing was sealed.
    """
    place = Path(folder)
    new_key = False
    tokens: list[Token] = []
    with _opened(place) as (top, room):
        abandoned = _history(room, place)
        if key is None:
            key, new_key = SigningKey.default()
        if key.path is not None and key.path.resolve().is_relative_to(place.resolve()):
            raise SigningKeyInside(
                f"the signing key {key.path} lies in the folder that is sealed: move it, whoever gets the folder has it"
            )
        log = Log(FileStore(room), who=who)
        with tempfile.NamedTemporaryFile(dir=room, prefix=STALE, delete=False) as draft:
            try:
                header = {
                    "folder": sound(place.absolute().name),
                    "format": FORMAT,
                    "note": sound(note),
                    "reproduce": _command(reproduce),
                    "time": utc(),
                    "tool": tool(),
                }
                draft.write(canonical(header) + b"\n")
                files, size, notes = _write_manifest(top, draft)
                draft.flush()
                os.fchmod(draft.fileno(), room.stat().st_mode & 0o666)
                os.fsync(draft.fileno())
                length = os.fstat(draft.fileno()).st_size

                def publish(signed: Signed) -> None:
                    if stamp is not None:
                        tokens.append(stamp.stamp(signed.signature))
                        place_file(room, part(signed.number, "stamp"), tokens[0].data)
                    os.replace(draft.name, room / part(signed.number, "manifest"))

                manifest = hashed(b"", draft.fileno(), block_length(length, DEFAULT.manifest_block_bytes))
                page = manifest.to_json()
                del page["kind"], page["path"]
                done = log.checkpoint(
                    key,
                    what="sealed",
                    manifest=page,
                    stamp=None if stamp is None else stamp.address,
                    details={"bytes": size, "files": files},
                    events=chain(abandoned, events),
                    before=publish,
                )
            except BaseException:
                Path(draft.name).unlink(missing_ok=True)
                raise
        for token in tokens:
            details = {"of": done.number, "sha256": token.sha256, "time": utc(token.time)}
            log.checkpoint(key, what="stamped", details=details)
        with log.store.writing() as writer:
            head, count = writer.head, writer.count
    notes += [_ABANDONED.format(number=event.details["number"]) for event in abandoned]
    return Sealed(
        place,
        done.number,
        head,
        count,
        key.public,
        new_key,
        files,
        size,
        tokens[0].time if tokens else None,
        tuple(notes),
    )


@contextmanager
def _opened(place: Path) -> Iterator[tuple[int, Path]]:
    """The folder and the folder of its seal, for this process alone."""
    try:
        top = open_folder(place)
    except OSError as error:
        raise SealMissing(f"{place}: {error.strerror}; name a folder to be sealed") from None
    try:
        room = place / os.fsdecode(FOLDER)
        made = _make(top, place)
        inner = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
        try:
            try:
                fcntl.flock(inner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SealBusy(f"{place} is being sealed by another process; wait for it") from None
            for name in os.listdir(inner):
                if name.startswith(STALE):
                    os.unlink(name, dir_fd=inner)
                elif not known(name):
                    raise SealForeign(f"{room} holds {sound(name)}, which is no part of a seal: move it away")
            if LETTER_NAME not in os.listdir(inner):
                place_file(room, LETTER_NAME, LETTER.encode("ascii"))
            try:
                yield top, room
            except BaseException:
                if made and os.listdir(inner) == [LETTER_NAME]:
                    os.unlink(LETTER_NAME, dir_fd=inner)
                    os.rmdir(FOLDER, dir_fd=top)
                raise
        finally:
            os.close(inner)
    finally:
        os.close(top)


def _make(top: int, place: Path) -> bool:
    try:
        os.mkdir(FOLDER, dir_fd=top)
    except FileExistsError:
        facts = os.stat(FOLDER, dir_fd=top, follow_symlinks=False)
        if not stat.S_ISDIR(facts.st_mode):
            raise SealForeign(
                f"{place / os.fsdecode(FOLDER)} is no folder: move it away, a seal must lie there"
            ) from None
        return False
    except OSError as error:
        raise SealUnwritable(f"{place} cannot be written: {error.strerror}; seal a copy of it") from None
    return True


def _history(room: Path, place: Path) -> list[Event]:
    """What must be said of the seals before; refuses to add to a history that is no longer what it was."""
    store = FileStore(room)
    announced = check(store.lines(), ()).announced
    free = max(announced, default=0) + 1
    kept = {each.number: each for each in store.kept()}
    left = kept.pop(free, None)
    broken = [number for number, each in kept.items() if number > free or not each.holds()]
    checked = check(store.lines(), [each.statement for each in kept.values()], whole=store.whole())
    # Entries that no checkpoint covers yet are what this seal will cover, and what an append left is named by it.
    wrong = [fault for fault in checked.faults if fault.code not in ("entry-unsigned", "entry-torn")]
    broken += sorted(set(announced) - set(kept))
    if wrong or broken or free > MOST:
        why = (
            wrong[0].message
            if wrong
            else f"checkpoint {broken[0]} is damaged"
            if broken
            else "no number is free"
        )
        raise SealBroken(
            f"{place} was sealed before, and its history is damaged ({why}): see `assay evidence verify`"
        )
    if left is None:
        return []
    return [Event("abandoned", details={"number": free, "sha256": left.sha256, "signed": left.holds()})]


def _write_manifest(top: int, draft: IO[bytes]) -> tuple[int, int, list[str]]:
    """Hash everything; then look again whether it is still what it was."""
    files = size = 0
    notes: list[str] = []
    with tempfile.TemporaryFile() as seen:
        for found in walk(top):
            record = _record(found)
            if found.path[0] != FOLDER:  # the letter is ours
                files += record.kind == "file"
                size += record.size
            draft.write(record.line + b"\n")
            seen.write(_facts(found))
        seen.seek(0)
        for before, found in zip_longest(seen, walk(top)):
            if found is None or before is None or before != _facts(found):
                _changed(before, found)

        def paths() -> Iterator[bytes]:
            seen.seek(0)
            return (bytes.fromhex(line.split(b" ", 1)[0].decode("ascii")) for line in seen)

        notes.extend(twins(paths))
    return files, size, notes


def _record(found: Found) -> Record:
    path = path_of(found.path)
    if found.kind == "folder":
        return Record(path, "folder")
    if found.kind == "link":
        return Record(path, "link", target=found.target())
    if found.kind != "file":
        why = found.why or "a pipe, a socket or a device"
        raise SealUnreadable(f"{text_of(path)} cannot be sealed ({why}): move it away, or copy it as a file")
    try:
        descriptor = found.open()
    except FileNotFoundError:
        raise ChangedWhileSealing(f"{text_of(path)} went away while the folder was sealed") from None
    except OSError as error:
        raise SealUnreadable(f"{text_of(path)} cannot be read ({error.strerror})") from None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise ChangedWhileSealing(f"{text_of(path)} was replaced while the folder was sealed")
        record = hashed(path, descriptor, block_length(facts.st_size))
    except OSError as error:
        raise SealUnreadable(f"{text_of(path)} cannot be read ({error.strerror})") from None
    finally:
        os.close(descriptor)
    if record.size != facts.st_size:
        raise ChangedWhileSealing(
            f"{text_of(path)} changed while it was hashed: seal when nobody writes there"
        )
    return record


def _facts(found: Found) -> bytes:
    """What is compared: path, kind and stamp. Of a folder the stamp changes with the seal itself, and is left out."""
    s = found.stamp
    stamp: Any = "" if found.kind == "folder" else (s.device, s.inode, s.size, s.modified_ns, s.changed_ns)
    return f"{path_of(found.path).hex()} {found.kind} {stamp}\n".encode("ascii")


def _changed(before: bytes | None, found: Found | None) -> None:
    old = None if before is None else bytes.fromhex(before.split(b" ", 1)[0].decode("ascii"))
    new = None if found is None else path_of(found.path)
    if old == new and old is not None:
        raise ChangedWhileSealing(
            f"{text_of(old)} changed while the folder was sealed: seal when nobody writes there"
        )
    if new is not None and (old is None or new.split(b"/") < old.split(b"/")):
        raise ChangedWhileSealing(
            f"{text_of(new)} came while the folder was sealed: seal when nobody writes there"
        )
    assert old is not None
    raise ChangedWhileSealing(f"{text_of(old)} went away while the folder was sealed")


def _command(reproduce: Sequence[str] | str | None) -> str | None:
    import shlex

    if reproduce is None:
        return None
    return sound(reproduce if isinstance(reproduce, str) else shlex.join(reproduce))
