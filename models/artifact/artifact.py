"""An artifact: one model on disk, opened only if every byte is the one its card states.

What is promised, and what is not
---------------------------------
`Artifact.open` reads each file once through a descriptor that was opened without following links, hashes all
of it, and looks at its format through the same descriptor. `Artifact.data`, `Artifact.tensors` and
`Artifact.json` read again and hash again what they hand out, so a file swapped after opening is refused.
`Artifact.path` and `Artifact.calibrators` go by path: who can write to the store between the check and the
reader's own open can still swap the file. Readers that can take bytes should take `data`.
"""

import hashlib
import json
import mmap
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..card import Card, File
from ..filenames import CARD_NAME, CARD_SUM_NAME, SHARED_NAME
from .contents import check_contents
from .reading import check_sum, opened, read_card
from .refusals import (
    ArtifactCardPinned,
    ArtifactFileChanged,
    ArtifactFileUnlisted,
    ArtifactRoleUnclear,
)
from .tensors import unpack_tensors

if TYPE_CHECKING:
    from ..calibration import Calibrator

__all__ = ["Artifact"]

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Artifact:
    """A verified artifact.

    Attributes
    ----------
    folder : Path
        Where card.json and the files that are not shared lie.
    shared : Path
        Where shared files lie, under their sha256.
    card : Card
        The card as read.
    sha256 : str
        Of the bytes of card.json; since the card holds the hash of every file, it stands for the whole artifact.
    """

    folder: Path
    shared: Path
    card: Card
    sha256: str

    @property
    def id(self) -> str:
        """``name@version``."""
        return self.card.id

    @classmethod
    def open(
        cls, folder: Path | str, *, shared: Path | str | None = None, expect: str | None = None
    ) -> "Artifact":
        """Verify every byte of the artifact in `folder` and return it.

        Parameters
        ----------
        folder : path
            Holds card.json, card.sha256 and exactly the files that the card lists.
        shared : path, optional
            Folder of shared files; the sibling named ``shared`` when not given.
        expect : str, optional
            Pinned sha256 of card.json, 64 hexadecimal digits.

        Raises
        ------
        CardError, CardPathRefused
            By what is wrong with the card.
        ArtifactError
            One subclass for each way in which the files are refused.
        """
        folder = Path(folder)
        store = Path(shared) if shared is not None else folder.absolute().parent / SHARED_NAME
        page = read_card(folder)
        digest = hashlib.sha256(page).hexdigest()
        if expect is not None and digest != expect.lower():
            raise ArtifactCardPinned(
                f"{folder.name}/{CARD_NAME} has the sha256 {digest}, pinned is {expect}: this is another "
                "artifact; install the pinned one, or pin this one after reading its card"
            )
        check_sum(folder, digest)
        card = Card.from_bytes(page)
        _check_listing(folder, card)
        artifact = cls(folder, store, card, digest)
        for file in card.files:
            with artifact._verified(file) as data:
                check_contents(file.path, data)
        return artifact

    @classmethod
    def write(
        cls,
        folder: Path | str,
        card: Card,
        files: Mapping[str, tuple[str, bytes | Path]],
        *,
        shared: Collection[str] = (),
        shared_folder: Path | str | None = None,
        replace: bool = False,
    ) -> "Artifact":
        """Write an artifact, so that it is there whole and verified or not at all: see `writing.write`."""
        from .writing import write

        return write(folder, card, files, shared=shared, shared_folder=shared_folder, replace=replace)

    def paths(self, role: str) -> tuple[Path, ...]:
        """Paths of the files of `role`, in card order; empty when there is none."""
        return tuple(self._path(file) for file in self.card.files if file.role == role)

    def path(self, role_or_name: str) -> Path:
        """Path of the one file with this name or role.

        Raises
        ------
        ArtifactRoleUnclear
            None, or more than one.
        """
        return self._path(self.file(role_or_name))

    def file(self, role_or_name: str) -> File:
        """Card entry of the one file with this name or role.

        Raises
        ------
        ArtifactRoleUnclear
            None, or more than one.
        """
        found = [file for file in self.card.files if file.path == role_or_name]
        found = found or [file for file in self.card.files if file.role == role_or_name]
        if len(found) != 1:
            names = ", ".join(f"{file.path} ({file.role})" for file in self.card.files)
            raise ArtifactRoleUnclear(
                f"{self.id} has {len(found)} files named or with the role {role_or_name!r}; it has {names}: "
                "ask for one of these by name"
            )
        return found[0]

    def data(self, role_or_name: str) -> NDArray[np.uint8]:
        """All bytes of one file, shape [size], read and hashed anew: these are the bytes that were verified.

        Raises
        ------
        ArtifactRoleUnclear, ArtifactFileChanged, ArtifactFileMissing, ArtifactSymlink, ArtifactNotFile
            See each class.
        """
        file = self.file(role_or_name)
        with opened(self._path(file), file.path) as handle:
            data = np.empty(file.size, np.uint8)
            view = data.data
            reached = 0
            while reached < file.size and (count := os.readv(handle, [view[reached:]])):
                reached += count
            if reached < file.size or os.read(handle, 1) or hashlib.sha256(view).hexdigest() != file.sha256:
                raise _changed(self.id, file)
        return data

    def tensors(self, role_or_name: str) -> dict[str, NDArray[Any]]:
        """Arrays of one safetensors file, writable and owned by the caller."""
        file = self.file(role_or_name)
        return unpack_tensors(self.data(file.path), file.path)

    def json(self, role_or_name: str) -> Any:
        """Value of one JSON file."""
        return json.loads(self.data(role_or_name).tobytes())

    def calibrators(self) -> "dict[str, Calibrator]":
        """Calibrators by name, from the file that the card names; empty when it names none."""
        if self.card.calibration is None:
            return {}
        from ..calibration import load_calibrators

        self.data(self.card.calibration)
        calibrators: dict[str, Calibrator] = load_calibrators(self.path(self.card.calibration))
        return calibrators

    def _path(self, file: File) -> Path:
        return self.shared / file.sha256 if file.shared else self.folder / file.path

    @contextmanager
    def _verified(self, file: File) -> Iterator[Any]:
        """The file's bytes as a memory map, after size and hash were found right."""
        with opened(self._path(file), file.path) as handle:
            if os.fstat(handle).st_size != file.size:
                raise _changed(self.id, file)
            if file.size == 0:
                yield (
                    b"" if hashlib.sha256(b"").hexdigest() == file.sha256 else _raise(_changed(self.id, file))
                )
                return
            digest = hashlib.sha256()
            while chunk := os.read(handle, CHUNK_BYTES):
                digest.update(chunk)
            if digest.hexdigest() != file.sha256:
                raise _changed(self.id, file)
            with mmap.mmap(handle, file.size, access=mmap.ACCESS_READ) as data:
                yield data


def _check_listing(folder: Path, card: Card) -> None:
    listed = {CARD_NAME, CARD_SUM_NAME} | {file.path for file in card.files if not file.shared}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name not in listed:
                raise ArtifactFileUnlisted(
                    f"{folder / entry.name} is not listed in {CARD_NAME}; remove it if it is not part of "
                    f"{card.id}, else write the artifact again with it"
                )


def _changed(artifact: str, file: File) -> ArtifactFileChanged:
    return ArtifactFileChanged(
        f"{file.path} of {artifact} is not the file that its card was written for (size or sha256 differs "
        f"from {file.size} bytes, {file.sha256[:16]}...); do not use it, install the artifact again"
    )


def _raise(error: Exception) -> bytes:
    raise error
