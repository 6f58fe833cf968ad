"""One submitted file: what it is called, what it holds, and the SHA-256 that it is known by."""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .limits import DEFAULT, Limits
from .mediatype import MediaType, other_type, sniff
from .refusals import (
    ChangedWhileReading,
    EmptyExhibit,
    ExhibitNotFound,
    NotAFile,
    TextNotMedia,
    TooManyBytes,
    UnknownMediaType,
    UnreadableExhibit,
)

__all__ = ["Exhibit", "Stamp"]

_CHUNK = 1024 * 1024
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system said of the file when it was hashed, to notice that it has changed since."""

    device: int
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, descriptor: int) -> "Stamp":
        """Stamp of an open file."""
        facts = os.fstat(descriptor)
        return cls(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One submitted file, read once, never written to.

    Attributes
    ----------
    path : pathlib.Path
        Where its bytes are.
    name : str
        What the person who submitted it calls it (the path as given; ``-`` for standard input).
    sha256 : str
        SHA-256 of all its bytes, 64 hexadecimal digits.
    size : int
        Bytes.
    media_type : MediaType | None
        By content, never by name; None when it is no picture or video that Assay knows.
    is_text : bool
        Whether the beginning reads as text.
    stamp : Stamp
        The file system's facts at the time of hashing.
    digests : tuple of (str, str)
        Further digests that were asked for, by name, in hexadecimal digits.
    other : str
        What it is when it is no picture, video or text, in words; empty when that does not show.
    """

    path: Path
    name: str
    sha256: str
    size: int
    media_type: MediaType | None
    is_text: bool
    stamp: Stamp
    other: str = ""
    digests: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> Literal["image", "video"] | None:
        """Kind of media by content, None when it is neither."""
        return None if self.media_type is None else self.media_type.kind

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        limits: Limits = DEFAULT,
        *,
        name: str | None = None,
        also: Sequence[str] = (),
    ) -> "Exhibit":
        """Read a file once: sniff its first bytes and hash all of them while they stream by.

        Parameters
        ----------
        path : path-like
            A regular file, or a link to one. Pipes and devices are refused without being read.
        limits : Limits
            ``file_bytes`` is checked before the first byte is read, and again while reading.
        name : str | None
            What to call it in results; the path when None.
        also : sequence of str
            Digests to take beside SHA-256, by their names in `hashlib`: for lists of hashes only, since some of them
            can be forged.

        Raises
        ------
        ExhibitNotFound, NotAFile, UnreadableExhibit, EmptyExhibit, TooManyBytes, ChangedWhileReading
            Each with its code and a message that says what to do.
        """
        place = Path(path)
        descriptor = _open_read_only(place)
        try:
            stamp = Stamp.of(descriptor)
            if stamp.size == 0:
                raise EmptyExhibit("the file is empty: ask for it again from where it came")
            if stamp.size > limits.file_bytes:
                raise TooManyBytes(
                    f"the file has {stamp.size:,} bytes, the limit file_bytes is {limits.file_bytes:,}: raise the "
                    "limit, or assay a smaller copy and say so"
                )
            digest = hashlib.sha256()
            others = {kind: hashlib.new(kind, usedforsecurity=False) for kind in also}
            head = b""
            size = 0
            while chunk := _read(descriptor, place):
                size += len(chunk)
                if size > stamp.size:
                    raise ChangedWhileReading(
                        "the file grew while it was read: copy it first, then assay the copy"
                    )
                if len(head) < _HEAD:
                    head += chunk[: _HEAD - len(head)]
                digest.update(chunk)
                for further in others.values():
                    further.update(chunk)
            if size != stamp.size or Stamp.of(descriptor) != stamp:
                raise ChangedWhileReading(
                    "the file changed while it was read: copy it first, then assay the copy"
                )
        finally:
            os.close(descriptor)
        media = sniff(head)
        text = media is None and _reads_as_text(head)
        return cls(
            place, str(place) if name is None else name, digest.hexdigest(), size, media, text, stamp,
            other_type(head) if media is None and not text else "",
            tuple((kind, further.hexdigest()) for kind, further in others.items()),
        )  # fmt: skip

    def require_media(self) -> MediaType:
        """Its media type.

        Raises
        ------
        TextNotMedia, UnknownMediaType
            When its content is no picture or video.
        """
        if self.media_type is not None:
            return self.media_type
        if self.is_text:
            raise TextNotMedia("the content is text, not a picture or video, whatever the name says")
        if self.other:
            raise UnknownMediaType(
                f"the content is {self.other}, whatever the name says: hand over the pictures in it, or a copy as PNG "
                "or TIFF, and say so"
            )
        raise UnknownMediaType(
            "the first bytes are of no known picture or video format; known are JPEG, PNG, WebP, GIF, BMP, TIFF, "
            "HEIC, AVIF, and as video MP4, MOV, Matroska, WebM, AVI, MPEG, FLV, ASF, Ogg"
        )

    @contextmanager
    def descriptor(self) -> Iterator[int]:
        """An open read-only file descriptor of the same, unchanged file.

        Raises
        ------
        ChangedWhileReading
            When the file is not, before or after the use, the one that was hashed.
        """
        descriptor = _open_read_only(self.path)
        try:
            self._compare(descriptor)
            yield descriptor
            self._compare(descriptor)
        finally:
            os.close(descriptor)

    def _compare(self, descriptor: int) -> None:
        if Stamp.of(descriptor) != self.stamp:
            raise ChangedWhileReading(
                "the file changed after it was hashed: copy it first, then assay the copy"
            )


def _open_read_only(place: Path) -> int:
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to must not hang; it has no effect on regular files.
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except FileNotFoundError:
        raise ExhibitNotFound(
            "nothing is at that path: check the spelling, or where the link points"
        ) from None
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and _is_special(place):
            raise NotAFile("this is a socket or a device: copy its bytes into a file first") from None
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableExhibit(f"the file cannot be opened ({why}): check its permissions") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAFile("this is no regular file (a folder, pipe or device): copy its bytes into a file first")
    return descriptor


def _is_special(place: Path) -> bool:
    try:
        mode = os.stat(place).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _read(descriptor: int, place: Path) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError as error:
        raise UnreadableExhibit(
            f"{place.name} cannot be read ({error.strerror}): the medium may be failing; make an image of it first"
        ) from None


def _reads_as_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\x00" in head:
        return False
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A cut through the last character at the end of the head is no sign of binary content.
        if error.start < len(head) - 3 or len(head) < _HEAD:
            text = head.decode("latin-1")
            printable = sum(c.isprintable() or c in "\r\n\t\f" for c in text)
            return printable >= 0.97 * len(text) and sum(c < 128 for c in head) >= 0.7 * len(head)
        text = head[: error.start].decode("utf-8")
    printable = sum(c.isprintable() or c in "\r\n\t\f\x1b" for c in text)
    return printable >= 0.95 * max(len(text), 1)
