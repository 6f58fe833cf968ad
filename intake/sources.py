"""From what was named on the command line to a stream of files, in a stable order, with nothing silently dropped."""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .limits import DEFAULT, Limits
from .refusals import (
    EmptyExhibit,
    EmptyFolder,
    ExhibitRefused,
    FolderTooDeep,
    FolderTooLarge,
    NotAFile,
    TooManyBytes,
    UnreadableExhibit,
)

__all__ = ["Refused", "Source", "Sources", "expand"]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be opened as an exhibit: where its bytes are, and what the submitter calls it."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Something named or found that cannot become an exhibit."""

    name: str
    error: ExhibitRefused


def expand(
    paths: Iterable[str | os.PathLike[str] | Source], limits: Limits = DEFAULT, *, spool: Path | None = None
) -> Iterator[Source | Refused]:
    """Files behind paths: a file stands for itself, a folder for all files below it, ``-`` for standard input.

    Parameters
    ----------
    paths : iterable of path-like or Source
        As given by the user; their order is kept. Files of a folder come sorted by name, its sub-folders after
        them. Links to files are followed, links to folders are not (they could lead round in circles).
    limits : Limits
        ``folder_depth``, ``folder_entries`` and, for standard input, ``file_bytes``.
    spool : pathlib.Path | None
        Folder for the copy of standard input; ``-`` is refused when None.

    Yields
    ------
    Source | Refused
        Lazily: a folder of a million files costs no more memory than its largest single folder.
    """
    for given in paths:
        if isinstance(given, Source):
            yield given
            continue
        name = os.fspath(given)
        if name == "-":
            yield _standard_input(limits, spool)
        elif os.path.isdir(name):
            yield from _walk(Path(name), limits)
        else:
            yield Source(Path(name), name)


def _walk(top: Path, limits: Limits) -> Iterator[Source | Refused]:
    found = 0
    pending: list[tuple[Path, int]] = [(top, 0)]
    while pending:
        folder, depth = pending.pop()
        if depth > limits.folder_depth:
            yield Refused(
                str(folder),
                FolderTooDeep(
                    f"nested deeper than folder_depth = {limits.folder_depth}: name this folder itself"
                ),
            )
            continue
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            yield Refused(
                str(folder),
                UnreadableExhibit(f"the folder cannot be listed ({error.strerror}): check its permissions"),
            )
            found += 1
            continue
        below: list[tuple[Path, int]] = []
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                below.append((Path(entry.path), depth + 1))
                continue
            if entry.is_symlink() and os.path.isdir(entry.path):
                found += 1
                yield Refused(
                    entry.path, NotAFile("a link to a folder: name that folder itself to have it assayed")
                )
                continue
            if found >= limits.folder_entries:
                yield Refused(
                    str(top),
                    FolderTooLarge(
                        f"holds more than folder_entries = {limits.folder_entries:,} files: split it"
                    ),
                )
                return
            found += 1
            yield Source(Path(entry.path), entry.path)
        pending.extend(reversed(below))
    if not found:
        yield Refused(str(top), EmptyFolder("the folder holds no file: check that it is the right one"))


def _standard_input(limits: Limits, spool: Path | None, stream: BinaryIO | None = None) -> Source | Refused:
    if spool is None:
        return Refused("-", UnreadableExhibit("standard input cannot be used here: name a file instead"))
    source = sys.stdin.buffer if stream is None else stream
    size = 0
    with tempfile.NamedTemporaryFile(dir=spool, delete=False) as copy:
        while chunk := source.read(1024 * 1024):
            size += len(chunk)
            if size > limits.file_bytes:
                copy.truncate(0)
                return Refused(
                    "-", TooManyBytes(f"standard input goes on beyond file_bytes = {limits.file_bytes:,}")
                )
            copy.write(chunk)
    if not size:
        return Refused("-", EmptyExhibit("standard input was empty: pipe a picture into the command"))
    return Source(Path(copy.name), "-")


class Sources:
    """A context in which ``-`` can be read: its copy is deleted at the end."""

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self._limits = limits
        self._stack = ExitStack()

    def __enter__(self) -> "Sources":
        self._spool = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="assay-")))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def expand(self, paths: Iterable[str | os.PathLike[str] | Source]) -> Iterator[Source | Refused]:
        """See :func:`expand`."""
        return expand(paths, self._limits, spool=self._spool)
