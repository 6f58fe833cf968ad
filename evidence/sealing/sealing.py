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
from itertools import chain
from pathlib import Path
from typing import Final

from ..canonical import canonical, sound
from ..custody import Event, FileStore, Log, Signed
from ..custody.chain import check
from ..custody.entry import utc
from ..custody.file import place as place_file
from ..custody.log import tool
from ..keys import PublicKey, SigningKey
from ..limits import DEFAULT
from ..stamps import Server, Token
from .inventory import take
from .layout import MOST, STALE, known, part
from .letter import LETTER
from .letter import NAME as LETTER_NAME
from .record import block_length, hashed
from .refusals import (
    SealBroken,
    SealBusy,
    SealForeign,
    SealMissing,
    SealUnwritable,
    SigningKeyInside,
)
from .walk import FOLDER, open_folder

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
                files, size, notes = take(top, draft)
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
    """The folder and the folder of its seal, for this process alone; what cannot be written is an error of ours."""
    try:
        with _entered(place) as found:
            yield found
    except OSError as error:
        what = place if error.filename is None else os.fsdecode(error.filename)
        raise SealUnwritable(f"{place} cannot be sealed: {what}: {error.strerror}") from error


@contextmanager
def _entered(place: Path) -> Iterator[tuple[int, Path]]:
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


def _command(reproduce: Sequence[str] | str | None) -> str | None:
    import shlex

    if reproduce is None:
        return None
    return sound(reproduce if isinstance(reproduce, str) else shlex.join(reproduce))
