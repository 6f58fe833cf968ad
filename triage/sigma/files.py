"""The texts of rules: a file, a folder of files, or an archive of them.

Nothing is unpacked to disk, and what is read is counted as it is read, whatever an archive's headers claim.
"""

import gzip
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import zstandard

from ...errors import AssayError
from ..limits import RULES, RuleLimits

SUFFIXES: Final = (".yml", ".yaml")
"""Names of files that hold rules."""

_DAMAGE: Final = (
    OSError, EOFError, ValueError, RuntimeError, NotImplementedError,
    tarfile.TarError, zipfile.BadZipFile, zlib.error, zstandard.ZstdError,
)  # fmt: skip


class RulesUnreadable(AssayError):
    """What was named as detection rules cannot be read at all."""

    code = "rules-unreadable"


@dataclass(frozen=True, slots=True)
class RuleText:
    """One file of rules.

    Attributes
    ----------
    name
        Its path below what was named.
    text
        Its bytes; empty when it was refused.
    refused
        Code of `assay.triage.limits.RULE_ERRORS`, or None.
    """

    name: str
    text: bytes
    refused: str | None = None


def rule_texts(path: Path, limits: RuleLimits = RULES) -> Iterator[RuleText]:
    """Files of rules, in a stable order.

    Parameters
    ----------
    path
        A ``.yml`` file, a folder (searched through; links to folders are not followed), or a ``.zip``,
        ``.tar``, ``.tar.gz`` or ``.tar.zst``.
    limits
        Bounds on their number and size.

    Yields
    ------
    RuleText
        The last one is refused with ``too-many-rules`` when a bound on all of them is reached.

    Raises
    ------
    RulesUnreadable
        There is nothing there that can be opened.
    """
    if not path.exists():
        raise RulesUnreadable(f"{path}: there is no such file or folder of rules")
    if path.is_dir():
        found = _of_folder(path, limits)
    elif path.suffix.lower() in SUFFIXES:
        found = iter((_of_file(path, path.name, limits),))
    else:
        found = _of_archive(path, limits)
    left = limits.rules_bytes
    for number, text in enumerate(found):
        left -= len(text.text)
        if number >= limits.rule_files or left < 0:
            yield RuleText(text.name, b"", "too-many-rules")
            return
        yield text


def _of_folder(folder: Path, limits: RuleLimits) -> Iterator[RuleText]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES):
                path = Path(place, name)
                yield _of_file(path, path.relative_to(folder).as_posix(), limits)


def _of_file(path: Path, name: str, limits: RuleLimits) -> RuleText:
    try:
        if not path.is_file():
            return RuleText(name, b"", "unreadable")
        with path.open("rb") as file:
            return _bounded(name, file, limits)
    except OSError:
        return RuleText(name, b"", "unreadable")


def _of_archive(path: Path, limits: RuleLimits) -> Iterator[RuleText]:
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start.startswith(b"PK"):
                yield from _of_zip(file, limits)
            elif start.startswith(b"\x1f\x8b"):
                yield from _of_tar(gzip.GzipFile(fileobj=file), limits)
            elif start == b"\x28\xb5\x2f\xfd":
                reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
                    file, read_across_frames=True
                )
                yield from _of_tar(reader, limits)
            else:
                yield from _of_tar(file, limits)
    except _DAMAGE as error:
        raise RulesUnreadable(
            f"{path}: neither .yml nor a readable .zip, .tar, .tar.gz or .tar.zst of rules ({error})"
        ) from error


def _of_zip(file: IO[bytes], limits: RuleLimits) -> Iterator[RuleText]:
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if not entry.is_dir() and entry.filename.lower().endswith(SUFFIXES):
                with archive.open(entry) as member:
                    yield _bounded(entry.filename, member, limits)


class _Counted:
    """A stream that ends with an error once it has given more than an archive of rules may hold."""

    def __init__(self, plain: Any, limits: RuleLimits) -> None:
        self._plain = plain
        # What is no rule (texts, pictures, padding) may be some times as much as the rules.
        self._left = 4 * limits.rules_bytes

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self._plain.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self._left -= len(piece)
        if self._left < 0:
            raise ValueError("it unpacks to more than the limit")
        return piece


def _of_tar(plain: Any, limits: RuleLimits) -> Iterator[RuleText]:
    stream: Any = _Counted(plain, limits)
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for entry in archive:
            if entry.isreg() and entry.name.lower().endswith(SUFFIXES):
                member = archive.extractfile(entry)
                if member is not None:
                    yield _bounded(str(PurePosixPath(entry.name)), member, limits)


def _bounded(name: str, file: IO[bytes], limits: RuleLimits) -> RuleText:
    text = file.read(limits.rule_file_bytes + 1)
    if len(text) > limits.rule_file_bytes:
        return RuleText(name, b"", "too-large")
    return RuleText(name, text)
