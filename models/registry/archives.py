"""Unpacking an artifact out of an archive that nobody vouches for.

Taken are ``.zip``, ``.tar``, ``.tar.gz`` and ``.tar.zst`` with a card and files at the top or in one folder, and
shared files in ``shared/`` beside that folder or at the top. What is unpacked is counted as it is written, whatever
the archive's own headers claim. Nothing here verifies the artifact: `Artifact.open` does, before anything shows.
"""

import gzip
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import zstandard

from ...errors import AssayError
from ..card import MAX_FILES
from ..filenames import CARD_NAME, CARD_SUM_NAME, SHARED_NAME, CardPathRefused, check_file_name

__all__ = [
    "MAX_MEMBERS",
    "MAX_UNPACKED_BYTES",
    "ArchiveEntryRefused",
    "ArchiveError",
    "ArchiveMalformed",
    "ArchivePathRefused",
    "ArchiveTooLarge",
    "ArchiveUnknown",
    "ArchiveWithoutCard",
    "unpack",
]

MAX_UNPACKED_BYTES = 4 << 30
"""Most bytes that one archive may unpack to, all members together."""
MAX_MEMBERS = 2 * MAX_FILES + 8
"""Most members of one archive: an artifact's files, shared ones, and a few folders."""
MAX_READ_BYTES = 1 << 20
"""Most bytes taken at once, tar headers included."""

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DAMAGE = (
    zstandard.ZstdError, tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, gzip.BadGzipFile,
    EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError, ValueError, OSError,
)  # fmt: skip


class ArchiveError(AssayError):
    """An archive is refused; nothing was installed."""

    code = "archive"


class ArchiveUnknown(ArchiveError):
    """Not an archive of a known kind."""

    code = "archive-unknown"


class ArchiveMalformed(ArchiveError):
    """Damaged, truncated or encrypted."""

    code = "archive-malformed"


class ArchiveTooLarge(ArchiveError):
    """More bytes or members than the limits allow."""

    code = "archive-too-large"


class ArchivePathRefused(ArchiveError):
    """A member's name could point elsewhere, lies too deep, or occurs twice."""

    code = "archive-path-refused"


class ArchiveEntryRefused(ArchiveError):
    """A member is a link, device or pipe."""

    code = "archive-entry-refused"


class ArchiveWithoutCard(ArchiveError):
    """No card.json where one is looked for, or several."""

    code = "archive-without-card"


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    folder: bool
    plain: bool
    entry: Any


def unpack(archive: Path, folder: Path, shared: Path) -> None:
    """Unpack the one artifact in `archive` into `folder` and its shared files into `shared`, both new and empty.

    Raises
    ------
    ArchiveError
        One subclass for each reason.
    """
    try:
        with _members(archive) as (members, opened):
            top = _top(members, archive.name)
            rest = MAX_UNPACKED_BYTES
            for member in members:
                if member.folder:
                    continue
                target = _target(member.name, top, folder, shared)
                rest = _pour(opened(member), target, rest, archive.name)
    except AssayError:
        raise
    except _DAMAGE as error:
        raise ArchiveMalformed(
            f"{archive.name} cannot be unpacked ({error or type(error).__name__}); get it again from its maker"
        ) from error


def _top(members: list[_Member], archive: str) -> str:
    """Folder of the card inside the archive: "" or "name/"."""
    seen: set[str] = set()
    for member in members:
        if not member.plain and not member.folder:
            raise ArchiveEntryRefused(
                f"{member.name[:200]!r} in {archive} is a link or device; pack plain files only"
            )
        _check_name(member, archive)
        if member.name.lower() in seen:
            raise ArchivePathRefused(f"{member.name!r} occurs twice in {archive}; pack each file once")
        seen.add(member.name.lower())
    cards = [
        member.name for member in members if member.name.split("/")[-1] == CARD_NAME and not member.folder
    ]
    if len(cards) != 1:
        raise ArchiveWithoutCard(
            f"{archive} has {len(cards)} {CARD_NAME}, at the top or in one folder there must be exactly one; "
            "pack the folder of one artifact"
        )
    return cards[0].removesuffix(CARD_NAME)


def _check_name(member: _Member, archive: str) -> None:
    *folders, last = member.name.rstrip("/").split("/")
    shared_file = folders[-1:] == [SHARED_NAME] and _SHA256.fullmatch(last) is not None
    try:
        # "name/shared/<sha256>" is the deepest that occurs: a folder zipped whole with its shared files inside.
        if len(folders) > 1 + shared_file:
            raise CardPathRefused("it lies too deep")
        for folder in folders:
            if folder != SHARED_NAME:
                check_file_name(folder.replace("@", "-"))
        if last not in (CARD_NAME, CARD_SUM_NAME) and not (member.folder and last == SHARED_NAME):
            check_file_name(last.replace("@", "-") if member.folder else last)
    except CardPathRefused as error:
        raise ArchivePathRefused(
            f"the member {member.name[:200]!r} of {archive} is refused: pack one flat folder of plain file names "
            f"with {CARD_NAME} in it"
        ) from error


def _target(name: str, top: str, folder: Path, shared: Path) -> Path:
    *folders, last = name.split("/")
    if folders[-1:] == [SHARED_NAME] and _SHA256.fullmatch(last):
        return shared / last
    if name != top + last:
        raise ArchivePathRefused(
            f"the member {name!r} lies outside the artifact's folder {top!r}; leave it out"
        )
    return folder / last


def _pour(source: IO[bytes], target: Path, rest: int, archive: str) -> int:
    with source, target.open("xb") as sink:
        while chunk := source.read(min(MAX_READ_BYTES, rest + 1)):
            rest -= len(chunk)
            if rest < 0:
                raise ArchiveTooLarge(
                    f"{archive} unpacks to more than {MAX_UNPACKED_BYTES} bytes; install a smaller artifact"
                )
            sink.write(chunk)
    return rest


@contextmanager
def _members(archive: Path) -> Iterator[tuple[list[_Member], Any]]:
    with ExitStack() as stack:
        file = stack.enter_context(archive.open("rb"))
        start = file.read(4)
        file.seek(0)
        if start.startswith(b"PK"):
            packed = stack.enter_context(zipfile.ZipFile(file))
            members = [_zip_member(entry) for entry in _counted(iter(packed.infolist()), archive.name)]
            yield members, lambda member: packed.open(member.entry)
            return
        plain: Any = file
        if start.startswith(b"\x1f\x8b"):
            plain = stack.enter_context(_inflated(gzip.GzipFile(fileobj=file), archive.name))
        elif start == b"\x28\xb5\x2f\xfd":
            reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
                file, read_across_frames=True
            )
            plain = stack.enter_context(_inflated(reader, archive.name))
        try:
            tape = stack.enter_context(tarfile.open(fileobj=_Sips(plain), mode="r:", errorlevel=2))  # type: ignore[call-overload]
        except tarfile.ReadError as error:
            raise ArchiveUnknown(
                f"{archive.name} is no .zip, .tar, .tar.gz or .tar.zst; name an artifact's folder or one of these"
            ) from error
        members = [_tar_member(entry) for entry in _counted(iter(tape), archive.name)]
        yield members, lambda member: tape.extractfile(member.entry)


def _zip_member(entry: zipfile.ZipInfo) -> _Member:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    # filename has its separators and NUL rewritten by zipfile; the name as stored is what is judged.
    return _Member(entry.orig_filename, entry.is_dir(), kind in (0, stat.S_IFREG), entry)


def _tar_member(entry: tarfile.TarInfo) -> _Member:
    name = entry.name.removeprefix("./") + ("/" if entry.isdir() and entry.name != "." else "")
    return _Member(name, entry.isdir(), entry.isreg(), entry)


def _counted(entries: Iterator[Any], archive: str) -> Iterator[Any]:
    for count, entry in enumerate(entries, 1):
        if count > MAX_MEMBERS:
            raise ArchiveTooLarge(f"{archive} has more than {MAX_MEMBERS} members; pack one artifact only")
        if getattr(entry, "name", "") == ".":  # the folder itself, as `tar -C folder .` writes it
            continue
        yield entry


@contextmanager
def _inflated(reader: Any, archive: str) -> Iterator[IO[bytes]]:
    """`reader` poured into a temporary file, so that the tape can be read twice without decompressing twice."""
    with TemporaryFile() as file, reader:
        rest = MAX_UNPACKED_BYTES
        while chunk := reader.read(MAX_READ_BYTES):
            rest -= len(chunk)
            if rest < 0:
                raise ArchiveTooLarge(
                    f"{archive} unpacks to more than {MAX_UNPACKED_BYTES} bytes; install a smaller artifact"
                )
            file.write(chunk)
        file.seek(0)
        yield file


class _Sips:
    """A file that gives at most `MAX_READ_BYTES` at once: tar headers of a claimed gigabyte end here."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > MAX_READ_BYTES:
            raise ArchiveMalformed(
                f"a header of the archive claims {size} bytes; get it again from its maker"
            )
        return bytes(self._file.read(size))
