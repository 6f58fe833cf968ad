"""One line of a manifest: a file with its hashes, as a whole and block by block; a link; a folder."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ..canonical import NotCanonical, canonical, exact
from ..limits import DEFAULT

__all__ = ["Record", "block_length", "hashed", "path_of", "text_of"]

_READ: Final = 1 << 20
_HEX: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Record:
    """What a manifest says of one thing.

    Attributes
    ----------
    path : bytes
        From the top of the folder, with ``/`` between names.
    kind : str
        ``file``, ``folder`` or ``link``.
    size : int
        Bytes of a file.
    sha256, sha512 : str
        Of a file, in hexadecimal digits.
    block : int
        Bytes of a block; 0 where the file has but one.
    blocks : tuple of str
        SHA-256 of each block.
    target : bytes
        Where a link leads.
    """

    path: bytes
    kind: Literal["file", "folder", "link"]
    size: int = 0
    sha256: str = ""
    sha512: str = ""
    block: int = 0
    blocks: tuple[str, ...] = ()
    target: bytes = b""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        page: dict[str, Any] = {"kind": self.kind, **_named("path", self.path)}
        if self.kind == "link":
            page |= _named("target", self.target)
        elif self.kind == "file":
            page |= {"size": self.size, "sha256": self.sha256, "sha512": self.sha512}
            if self.blocks:
                page |= {"block": self.block, "blocks": list(self.blocks)}
        return page

    @property
    def line(self) -> bytes:
        """As a line of a manifest, without the newline."""
        return canonical(self.to_json())

    @classmethod
    def read(cls, line: bytes) -> "Record":
        """Read a line of a manifest.

        Raises
        ------
        NotCanonical
            It is none.
        """
        return cls.of(exact(line, "the line"))

    @classmethod
    def of(cls, page: Mapping[str, Any]) -> "Record":
        """Read a JSON object.

        Raises
        ------
        NotCanonical
            It is no record.
        """
        try:
            kind = page["kind"]
            path = _bytes("path", page)
            if kind == "folder":
                return cls(path, "folder")
            if kind == "link":
                return cls(path, "link", target=_bytes("target", page))
            size, block, blocks = page["size"], page.get("block", 0), tuple(page.get("blocks", ()))
            digests = (page["sha256"], page["sha512"], *blocks)
            sound = (
                kind == "file"
                and type(size) is int
                and type(block) is int
                and size >= 0
                and [len(digest) for digest in digests] == [64, 128] + [64] * len(blocks)
                and all(_HEX.issuperset(digest) for digest in digests)
                and block in (0, block_length(size), block_length(size, DEFAULT.manifest_block_bytes))
                and len(blocks) == (-(-size // block) if block else 0)
            )
        except (KeyError, TypeError, ValueError):
            sound = False
        if not sound:
            raise NotCanonical("this is no record of a file")
        return cls(path, "file", size, digests[0], digests[1], block, blocks)

    def wrong(self, other: "Record") -> Iterator[tuple[int, int]]:
        """Bytes, from the first to before the last, in which a file differs from what was sealed.

        Parameters
        ----------
        other
            The file as it is now, hashed with the blocks of this one.
        """
        common = min(self.size, other.size)
        if not self.block:
            if self.sha256 != other.sha256 or self.sha512 != other.sha512 or self.size != other.size:
                yield 0, max(self.size, other.size)
            return
        first, found = None, False
        for place in range(max(len(self.blocks), len(other.blocks))):
            same = (
                place < min(len(self.blocks), len(other.blocks)) and self.blocks[place] == other.blocks[place]
            )
            at = place * self.block
            if same and first is not None:
                yield first, at
                first, found = None, True
            elif not same and first is None:
                first = min(at, common)
        if first is not None:
            yield first, max(self.size, other.size)
        elif not found and (self.sha256, self.sha512) != (other.sha256, other.sha512):
            yield 0, self.size  # two blocks of one hash: nobody has ever seen that


def block_length(size: int, least: int = DEFAULT.file_block_bytes) -> int:
    """Bytes of a block of a file of that size, at least `least`; 0 where it is not parted."""
    if size <= least:
        return 0
    length = least
    while -(-size // length) > DEFAULT.blocks:
        length *= 2
    return length


def hashed(path: bytes, descriptor: int, block: int, copy: Callable[[bytes], object] | None = None) -> Record:
    """Hash an open file from its first byte to its last, in flat memory.

    Parameters
    ----------
    path
        What to call it.
    descriptor
        Of the file; it is read with its own offset.
    block
        Bytes of a block, as `block_length` gives them for the size that it has, or had.
    copy
        Is given every piece that is read.

    Raises
    ------
    OSError
        It cannot be read.
    """
    long, longer = hashlib.sha256(), hashlib.sha512()
    blocks: list[str] = []
    size = 0
    reach = max(_READ, block)
    offset = 0
    while data := _piece(descriptor, reach, offset):
        offset += len(data)
        size += len(data)
        long.update(data)
        longer.update(data)
        if copy is not None:
            copy(data)
        if block:
            view = memoryview(data)
            blocks.extend(
                hashlib.sha256(view[at : at + block]).hexdigest() for at in range(0, len(data), block)
            )
    return Record(path, "file", size, long.hexdigest(), longer.hexdigest(), block, tuple(blocks))


def text_of(path: bytes) -> str:
    """A path as text; bytes that are no UTF-8 are lone surrogates."""
    return os.fsdecode(path)


def path_of(names: tuple[bytes, ...]) -> bytes:
    """A path of names."""
    return b"/".join(names)


def _piece(descriptor: int, length: int, offset: int) -> bytes:
    """As many bytes as there are, so that blocks always start where a piece does."""
    data = os.pread(descriptor, length, offset)
    if not data or len(data) == length:
        return data
    pieces = [data]
    done = len(data)
    while done < length and (data := os.pread(descriptor, length - done, offset + done)):
        pieces.append(data)
        done += len(data)
    return b"".join(pieces)


def _named(name: str, data: bytes) -> dict[str, str]:
    """A name as text, or, where it is no UTF-8, its bytes in hexadecimal digits."""
    try:
        return {name: data.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{name}_hex": data.hex()}


def _bytes(name: str, page: Mapping[str, Any]) -> bytes:
    if name in page:
        return str(page[name]).encode("utf-8")
    return bytes.fromhex(page[f"{name}_hex"])
