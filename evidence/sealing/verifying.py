"""Checking a sealed folder: the signatures, the log, the manifests, every file; each fault is named exactly."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..custody import LOG, Checked, CustodyUnreadable, Entry, FileStore
from ..custody.chain import check
from ..faults import Fault
from ..limits import DEFAULT
from .comparison import compare
from .contents import Contents
from .layout import NAME, inside, named
from .parts import Part, read_parts
from .refusals import SealMissing
from .room import strangers
from .walk import FOLDER, open_folder

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["Seal", "Verification", "verify"]


@dataclass(frozen=True, slots=True)
class Seal:
    """One checkpoint of a folder.

    Attributes
    ----------
    number : int
        From 1.
    what : str
        ``sealed`` or ``stamped``; empty where the log no longer says it.
    time : str
        UTC, by the clock of the machine that sealed.
    who : str
        As the log says.
    key : str | None
        Fingerprint of the signer; None where the key is damaged.
    words : str
        The same in words.
    holds : bool
        Whether the signature holds.
    pinned : bool | None
        Whether the signer is one of those that are trusted; None: nobody was named.
    stamp : str | None
        Time by a stamp server; None: no stamp.
    stamp_by : str
        Who stamped, by its own words.
    stamp_trusted : bool | None
        Whether the stamp leads to a certificate that is trusted; None: none was named, or no stamp.
    """

    number: int
    what: str
    time: str
    who: str
    key: str | None
    words: str
    holds: bool
    pinned: bool | None
    stamp: str | None
    stamp_by: str
    stamp_trusted: bool | None


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found.

    Attributes
    ----------
    folder : Path
        What was checked.
    faults : tuple of Fault
        Everything that is wrong, in the order of the seal's parts, then of the files. Empty: nothing is.
    more : int
        Faults beyond ``wrong``, which are not told one by one.
    seals : tuple of Seal
        By number.
    files, size : int
        Files that the last manifest lists, and their bytes.
    entries : int
        Entries of the log in their place.
    head : str
        Hash of the last signed entry.
    reproduce : str | None
        The command that makes the content again.
    note : str
        Of the last manifest.
    """

    folder: Path
    faults: tuple[Fault, ...]
    more: int
    seals: tuple[Seal, ...]
    files: int
    size: int
    entries: int
    head: str
    reproduce: str | None
    note: str

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    @property
    def known(self) -> bool | None:
        """Whether the last signer is one of those that are trusted; None: nobody was named."""
        return self.seals[-1].pinned if self.seals else None


def verify(
    folder: str | os.PathLike[str],
    *,
    trusted: Collection[str] = (),
    roots: "Sequence[Certificate]" = (),
    head: str | None = None,
) -> Verification:
    """Check a sealed folder. It is only read, and nothing but the folder is needed.

    Parameters
    ----------
    folder
        The folder that was sealed.
    trusted
        Fingerprints of signers that are trusted (see `assay.evidence.pinned`). Without any, a folder that somebody
        sealed anew with another key is not told from the first.
    roots
        Certificates of stamp servers that are trusted.
    head
        Hash of an entry that the log must hold, as sealing gave it: without it, whether later seals were taken away
        cannot be told.

    Raises
    ------
    SealMissing
        There is no such folder, or no seal in it.
    """
    place = Path(folder)
    room = place / NAME
    try:
        top = open_folder(place)
    except OSError as error:
        raise SealMissing(f"{place}: {error.strerror}; name the folder that was sealed") from None
    try:
        try:
            inner = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
        except FileNotFoundError:
            raise SealMissing(f"{place} was never sealed: there is no folder {NAME} in it") from None
        except OSError as error:
            raise SealMissing(f"{room} cannot be read as a folder: {error.strerror}") from None
        try:
            names = os.listdir(inner)
            numbers = sorted({found[0] for name in names if (found := named(name))})
            parts = [read_parts(inner, number) for number in numbers]
            log, unreadable = _check_log(FileStore(room), parts, trusted)
            if not numbers and not log.announced:
                raise SealMissing(f"{place} holds no seal: nothing is signed in its folder {NAME}")
            faults = [*strangers(inner, names), *unreadable, *_absent(log, numbers)]
            if not unreadable:
                faults += _log_faults(log, names, parts)
            stamped = _stamped(log)
            for part in parts:
                faults += part.faults(log.announced.get(part.number), roots, stamped.get(part.number))
            faults += _pins(parts, trusted)
            if head is not None and head.lower() not in log.hashes:
                text = f"the log holds no entry with the hash {head[:80]}: a later seal was taken away, or all anew"
                faults.append(Fault("head-missing", inside(LOG), text))
            contents = Contents.of(inner, parts, log)
            compared = compare(top, contents)
            if contents.name is None and not faults and not compared.faults:
                raise SealMissing(f"{place} holds a signed log, and no files were sealed with it")
        finally:
            os.close(inner)
    finally:
        os.close(top)
    faults += compared.faults
    seals = tuple(_seal(part, log.announced.get(part.number), trusted, roots) for part in parts)
    return Verification(
        folder=place,
        faults=tuple(faults[: DEFAULT.wrong]),
        more=max(len(faults) - DEFAULT.wrong, 0) + compared.more,
        seals=seals,
        files=compared.files,
        size=compared.size,
        entries=log.count,
        head=log.head,
        reproduce=contents.reproduce,
        note=contents.note,
    )


def _check_log(
    store: FileStore, parts: Sequence[Part], trusted: Collection[str]
) -> tuple[Checked, list[Fault]]:
    """Check the log by what was signed; where signers were named, by what they signed, if they did."""
    signed = [part for part in parts if part.holds]
    ours = [part for part in signed if part.key is not None and part.key.fingerprint in trusted]
    statements = [part.statement for part in ours or signed]
    try:
        return check(store.lines(), statements, whole=store.whole()), []
    except CustodyUnreadable as error:
        return check((), statements), [Fault("file-unreadable", inside(LOG), str(error))]


def _log_faults(log: Checked, names: Collection[str], parts: Sequence[Part]) -> list[Fault]:
    if LOG not in names:
        return [Fault("seal-missing-part", inside(LOG), "is missing")]
    # Of entries that a damaged checkpoint was to cover only the checkpoint is named.
    damaged = [
        log.announced[part.number].number for part in parts if not part.holds and part.number in log.announced
    ]
    damaged += [
        entry.number for number, entry in log.announced.items() if number not in {p.number for p in parts}
    ]
    covered = max(damaged, default=-1)
    return [
        replace(each, file=inside(each.file))
        for each in log.faults
        if each.code != "entry-unsigned" or (each.entry or 0) > covered
    ]


def _stamped(log: Checked) -> dict[int, str]:
    """SHA-256 of each time stamp by the log, to the number of the checkpoint that it is of."""
    entries = [entry for entry in log.announced.values() if entry.what == "stamped"]
    pairs = ((entry.details.get("of"), entry.details.get("sha256")) for entry in entries)
    return {of: sha256 for of, sha256 in pairs if isinstance(of, int) and isinstance(sha256, str)}


def _absent(log: Checked, numbers: Collection[int]) -> list[Fault]:
    """Checkpoints that the log announces and of which nothing is there."""
    found = []
    for number in sorted(set(log.announced) - set(numbers)):
        text = f"everything of checkpoint {number} is missing, which entry {log.announced[number].number} announces"
        found.append(Fault("seal-missing-part", inside(f"{number:04d}.checkpoint.json"), text))
    return found


def _pins(parts: Sequence[Part], trusted: Collection[str]) -> list[Fault]:
    """The last signer must be one of those that are trusted: the last checkpoint covers everything before it."""
    if not trusted or not parts or parts[-1].key is None or parts[-1].key.fingerprint in trusted:
        return []
    last = parts[-1]
    assert last.key is not None
    text = (
        f"signed with the key {last.key.fingerprint} ({last.key.words}), which is none of those that were named: "
        "whoever has that key may have changed anything and sealed it again"
    )
    return [Fault("key-unknown", inside(f"{last.number:04d}.key.pem"), text)]


def _seal(part: Part, entry: Entry | None, trusted: Collection[str], roots: "Sequence[Certificate]") -> Seal:
    key = part.key
    token = part.token
    return Seal(
        number=part.number,
        what="" if entry is None else entry.what,
        time=part.time,
        who="" if entry is None else entry.who,
        key=None if key is None else key.fingerprint,
        words="" if key is None else key.words,
        holds=part.holds,
        pinned=None if not trusted else key is not None and key.fingerprint in trusted,
        stamp=None if token is None else token.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        stamp_by="" if token is None else token.signer,
        stamp_trusted=None if token is None or not roots else part.stamp_trusted(roots),
    )
