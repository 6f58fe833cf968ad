"""Logs that come packed together: the files of a ZIP or tar archive, as if they lay in a folder.

Collectors hand over one archive a machine. Its files are unpacked to a temporary folder, under names of our own, so
that no name in the archive can lead anywhere; what is shown is ``archive/name within``. Links and devices are passed
over, as are archives within archives, and both are told. Growth is bounded while unpacking, whatever the headers claim.
"""

import lzma
import os
import shutil
import tarfile
import tempfile
import time
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from ...intake.refusals import ExhibitRefused, NotAFile, UnreadableExhibit
from ...intake.sources import Refused
from ..limits import LogLimits
from .streams import ByteStream, LogSourceError

_ZIP: Final = b"PK\x03\x04"
_TAR: Final = (b"ustar\x0000", b"ustar  \x00")
_TAR_AT: Final = 257
_HEAD: Final = 512
_DOCUMENT: Final = "[Content_Types].xml"
"""Member by which a document of an office program, which is a ZIP too, is told from an archive."""

_DAMAGE: Final = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, ValueError, NotImplementedError,
    OverflowError, UnicodeError,
)  # fmt: skip
_PIECE: Final = 1 << 20


class DamagedArchive(ExhibitRefused):
    """It cannot be unpacked to its end."""

    code = "damaged-archive"


class NestedArchive(ExhibitRefused):
    """An archive within an archive."""

    code = "nested-archive"


class LockedArchive(ExhibitRefused):
    """A file that only a password opens."""

    code = "locked-archive"


class GrownArchive(ExhibitRefused):
    """It grows beyond the limit while it is unpacked."""

    code = "decompression-limit"


class FullArchive(ExhibitRefused):
    """It holds more files than the limit."""

    code = "too-many-sources"


class Archives:
    """Unpacks archives; the files last as long as the object.

    Parameters
    ----------
    limits
        ``sources`` files of one archive, ``archive_bytes``, and the growth that ``ratio`` allows.
    """

    def __init__(self, limits: LogLimits) -> None:
        self._limits = limits
        self._folder: Path | None = None
        self._origins: dict[Path, tuple[str, Path]] = {}

    def origin(self, path: Path | None) -> tuple[str, Path | None]:
        """What a file is called, and the file that was handed over: for one out of an archive, that archive."""
        if path is None:
            return "-", None
        return self._origins.get(path, (str(path), path))

    def files(self, path: Path) -> Iterator[Path | Refused]:
        """The files of an archive, in its order; a file that is no archive stands for itself."""
        kind = _kind(path, self._limits)
        if kind is None:
            yield path
            return
        try:
            found = self._zip(path) if kind == "zip" else self._tar(path)
            for number, each in enumerate(found):
                if number >= self._limits.sources:
                    words = f"the archive holds more than {self._limits.sources:,} files; these are read"
                    yield Refused(str(path), FullArchive(words))
                    return
                yield each
        except GrownArchive as error:
            yield Refused(str(path), error)
        except LogSourceError as error:
            refuse = GrownArchive if error.reason == GrownArchive.code else DamagedArchive
            yield Refused(str(path), refuse(str(error)))
        except _DAMAGE as error:
            words = f"the archive is damaged ({error}); what came before is read"
            yield Refused(str(path), DamagedArchive(words))
        except OSError as error:
            yield Refused(str(path), UnreadableExhibit(f"unpacking failed: {error.strerror or error}"))

    def _zip(self, path: Path) -> Iterator[Path | Refused]:
        meter = _Meter(path.stat().st_size, self._limits)
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.is_dir():
                    continue
                name = f"{path}/{entry.filename}"
                if entry.flag_bits & 1:
                    yield Refused(name, LockedArchive("it is locked by a password: unpack it yourself"))
                    continue
                with archive.open(entry) as member:
                    stamp = time.mktime((*entry.date_time, 0, 0, -1)) if entry.date_time[0] >= 1980 else None
                    yield self._unpacked(path, name, member, meter, stamp)

    def _tar(self, path: Path) -> Iterator[Path | Refused]:
        with ByteStream(path, self._limits) as stream:
            meter = _Meter(path.stat().st_size, self._limits)
            with tarfile.open(fileobj=_Stream(stream), mode="r|") as archive:  # type: ignore[call-overload]
                for entry in archive:
                    name = f"{path}/{entry.name}"
                    if entry.isdir():
                        continue
                    member = archive.extractfile(entry) if entry.isreg() else None
                    if member is None:
                        yield Refused(name, NotAFile("a link or a device in an archive: it is not followed"))
                        continue
                    yield self._unpacked(path, name, member, meter, entry.mtime)
            if stream.damage is not None:
                raise stream.damage

    def _unpacked(
        self, archive: Path, name: str, member: IO[bytes], meter: "_Meter", stamp: float | None
    ) -> Path | Refused:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="assay-archive-"))
            weakref.finalize(self, shutil.rmtree, self._folder, True)
        path = self._folder / f"{len(self._origins):06d}"
        with path.open("xb") as copy:
            while piece := member.read(_PIECE):
                meter.add(len(piece))
                copy.write(piece)
        if stamp is not None:
            # Years are assumed from the date of the file; a date that the system refuses is none.
            with suppress(OSError, OverflowError, ValueError):
                os.utime(path, (stamp, stamp))
        if _kind(path, self._limits) is not None:
            path.unlink()
            return Refused(name, NestedArchive("an archive in an archive: unpack the outer one"))
        self._origins[path] = (name, archive)
        return path


class _Meter:
    """Counts what comes out of an archive, and stops it."""

    def __init__(self, packed: int, limits: LogLimits) -> None:
        self._packed, self._limits, self._out = max(packed, 1), limits, 0

    def add(self, size: int) -> None:
        self._out += size
        grown = self._out > self._limits.ratio_from and self._out > self._limits.ratio * self._packed
        if grown or self._out > self._limits.archive_bytes:
            words = f"{self._packed:,} bytes have grown to {self._out:,}; unpack it yourself if that is what you expect"
            raise GrownArchive(words)


class _Stream:
    """A source as tarfile reads it; what is damaged is an end here, and told afterwards."""

    def __init__(self, source: ByteStream) -> None:
        self._source = source

    def read(self, size: int) -> bytes:
        return self._source.read(size)


def _kind(path: Path, limits: LogLimits) -> str | None:
    """Whether a file is a ``zip`` or a ``tar`` by its content, packed or not; None for anything else."""
    try:
        with ByteStream(path, limits) as stream:
            start = stream.read(_HEAD)
            while 0 < len(start) < _HEAD and (more := stream.read(_HEAD - len(start))):
                start += more
            if not stream.compressed and start.startswith(_ZIP):
                return None if _is_document(path) else "zip"
    except LogSourceError:
        return None
    return "tar" if start[_TAR_AT : _TAR_AT + 8] in _TAR else None


def _is_document(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _DOCUMENT in archive.namelist()
    except (*_DAMAGE, OSError):
        return False


def unpacked(found: Iterator[Path | Refused | None], archives: Archives) -> Iterator[Path | Refused | None]:
    """Sources with the files of archives in their places."""
    for each in found:
        if isinstance(each, Path):
            yield from archives.files(each)
        else:
            yield each

