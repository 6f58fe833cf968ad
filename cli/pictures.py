"""The folder of ``--pictures``: one PNG for each finding that has a picture, and the overlay of a video."""

import errno
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ..detect.media import Pixels
    from ..detect.values import Verdict

__all__ = ["Kept", "Pictures"]

OVERLAY = "overlay"
"""What the overlay of a video is called beside the names of analyzers."""

_OPTION = "--pictures"
_NUMBERS = 1000
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the pictures of one verdict.

    Attributes
    ----------
    verdict : Verdict
        As it was, or with the reason ``picture-not-written`` at its end.
    paths : Mapping[str, str]
        Analyzer to the file that holds its picture; ``overlay`` to that of a video.
    """

    verdict: "Verdict"
    paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether every picture was written."""
        return not any(reason.code == "picture-not-written" for reason in self.verdict.reasons)


class Pictures:
    """Writes pictures into one folder. A context manager; make one by `Pictures.open`.

    A file is only ever made, never replaced, and a link in the folder is never followed: an exhibit in the same folder
    cannot be written over, and no name leads out of it. The folder is held open, so that it cannot be swapped either.
    """

    def __init__(self, folder: Path, descriptor: int) -> None:
        self._folder = folder
        self._descriptor = descriptor

    @classmethod
    def open(cls, folder: Path, exhibits: Iterable[Path] = ()) -> "Pictures":
        """Make the folder if it is absent, and try whether it can be written to.

        Parameters
        ----------
        folder : Path
            Where to.
        exhibits : iterable of Path
            What will be assayed: a folder there must not hold `folder`, or pictures would become exhibits themselves.

        Raises
        ------
        typer.BadParameter
            It lies in a folder that is assayed, or cannot be made or written to.
        """
        where = Path(os.path.realpath(folder))
        for path in exhibits:
            if os.path.isdir(path) and where.is_relative_to(os.path.realpath(path)):
                raise typer.BadParameter(
                    f"{folder} lies in {path}, so that its pictures would be assayed as well: name a folder elsewhere",
                    param_hint=_OPTION,
                )
        try:
            where.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(where, _FOLDER)
            try:
                _try(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as error:
            raise typer.BadParameter(
                f"{folder} cannot be written to ({error.strerror}): name a folder that you may write to",
                param_hint=_OPTION,
            ) from None
        return cls(folder, descriptor)

    def __enter__(self) -> "Pictures":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def keep(self, verdict: "Verdict") -> Kept:
        """Write the pictures of a verdict; what cannot be written becomes a reason of the verdict, never an error."""
        from ..detect.values import Reason

        paths: dict[str, str] = {}
        for what, ending, data in _drawn(verdict):
            try:
                name = self._written(f"{(verdict.sha256 or '')[:16]}-{what}", ending, data)
            except OSError as error:
                words = f"the picture of {what} could not be written ({error.strerror})"
                trouble = Reason("picture-not-written", words)
                verdict = replace(verdict, reasons=(*verdict.reasons, trouble))
            else:
                paths[what] = os.path.join(self._folder, name)
        return Kept(verdict, paths)

    def _written(self, stem: str, ending: str, data: bytes) -> str:
        """Name of the file that holds the data: one that was there already, for equal exhibits, or a new one."""
        for number in range(1, _NUMBERS):
            name = f"{stem}.{ending}" if number == 1 else f"{stem}-{number}.{ending}"
            try:
                file = os.open(name, _NEW, 0o666, dir_fd=self._descriptor)
            except FileExistsError:
                if self._holds(name, data):
                    return name
                continue
            try:
                with os.fdopen(file, "wb") as stream:
                    stream.write(data)
            except OSError:
                # Half a picture would look like evidence.
                os.unlink(name, dir_fd=self._descriptor)
                raise
            return name
        raise OSError(errno.EEXIST, f"{_NUMBERS - 1} files of this name are there already")

    def _holds(self, name: str, data: bytes) -> bool:
        """Whether a file, and nothing else of this name, holds exactly the data."""
        try:
            file = os.open(name, _OLD, dir_fd=self._descriptor)
        except OSError:
            return False
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode) or status.st_size != len(data):
                return False
            with os.fdopen(file, "rb", closefd=False) as stream:
                return stream.read() == data
        except OSError:
            return False
        finally:
            os.close(file)


def _try(folder: int) -> None:
    """Make a file and remove it: permission bits alone do not tell, least of all to a superuser."""
    name = f".assay-{os.getpid()}-{os.urandom(8).hex()}"
    os.close(os.open(name, _NEW, 0o600, dir_fd=folder))
    os.unlink(name, dir_fd=folder)


def _drawn(verdict: "Verdict") -> "Iterator[tuple[str, str, bytes]]":
    """Name, ending and bytes of everything that was drawn of an exhibit."""
    if verdict.sha256 is None:
        return
    for finding in verdict.findings:
        if finding.picture is not None:
            yield finding.analyzer, "png", _png(finding.picture)
    if verdict.overlay is not None:
        yield OVERLAY, verdict.overlay.ending, verdict.overlay.data


def _png(picture: "Pixels") -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", compress_level=4)
    return stream.getvalue()
