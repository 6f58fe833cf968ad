"""The zip archive of ``torch.save``, taken strictly: every entry stored as it is, once, within the file, apart.

Since nothing is compressed, no entry can be longer than the file: there is no bomb to unpack. Readers of zip files
differ in what they make of two entries of one name, or of headers that contradict one another: such files are refused.
"""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from .limits import TorchFileLimits
from .refusals import (
    TorchFileError,
    TorchFileLegacy,
    TorchFileMalformed,
    TorchFileScript,
    TorchFileTooLarge,
)

__all__ = ["Entry", "entries", "read_entry"]

_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_CHUNK = 1 << 20
_SCRIPT = ("code/", "constants.pkl")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: where its bytes lie in the file, and the CRC-32 that the archive states."""

    begin: int
    size: int
    crc: int


def entries(stream: IO[bytes], size: int, limits: TorchFileLimits) -> Mapping[str, Entry]:
    """Entries of the archive by name, without the folder that all of them lie in.

    Parameters
    ----------
    stream : file
        Open for reading, seekable.
    size : int
        Of the file, in bytes.

    Raises
    ------
    TorchFileLegacy, TorchFileScript, TorchFileMalformed, TorchFileTooLarge
        See each class.
    """
    if size > limits.weights_bytes:
        raise TorchFileTooLarge(
            f"the file has {size} bytes, at most {limits.weights_bytes} are read; take a smaller one"
        )
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":
        raise TorchFileLegacy(
            "the file is no zip archive: it is of the layout before torch 1.6, or no file of torch.save at all. Where "
            "you trust it, save it again apart from your evidence: "
            "torch.save(torch.load('old.pth', weights_only=True), 'new.pth'), or write safetensors"
        )
    try:
        with zipfile.ZipFile(stream) as packed:
            found = packed.infolist()
            start = packed.start_dir
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, UnicodeError) as error:
        raise _malformed(f"its list of entries cannot be read ({error or type(error).__name__})") from error
    except (struct.error, OverflowError, IndexError) as error:
        raise _malformed(f"its list of entries cannot be read ({error})") from error
    if len(found) > limits.archive_entries:
        raise TorchFileTooLarge(
            f"the archive has {len(found)} entries, at most {limits.archive_entries} are read"
        )
    named: dict[str, Entry] = {}
    folders: set[str] = set()
    for info in found:
        folder, slash, name = info.orig_filename.partition("/")
        folders.add(folder)
        if not slash or not name or not info.orig_filename.isprintable() or ".." in name.split("/"):
            raise _malformed(f"the entry {info.orig_filename[:100]!r} has a name that torch does not write")
        if name in named:
            raise _malformed(f"the entry {name[:100]!r} is there twice")
        if name.startswith(_SCRIPT):
            raise TorchFileScript(
                "the file is a TorchScript archive, which carries a program: nothing of it is loaded. Ask for the "
                "state dict or safetensors of the same network"
            )
        named[name] = _entry(stream, info, start)
    if len(folders) != 1:
        raise _malformed("its entries do not lie in one folder")
    _apart(named)
    return named


def read_entry(stream: IO[bytes], entry: Entry, most: int, *, name: str) -> bytes:
    """Bytes of a short entry.

    Raises
    ------
    TorchFileTooLarge, TorchFileMalformed
        It is longer than `most`, or its bytes are not those that the archive was written with.
    """
    if entry.size > most:
        raise TorchFileTooLarge(f"{name} has {entry.size} bytes, at most {most} are read")
    stream.seek(entry.begin)
    data = stream.read(entry.size)
    if len(data) != entry.size or zlib.crc32(data) != entry.crc:
        raise damaged(name)
    return data


def check_sum(stream: IO[bytes], entry: Entry, *, name: str) -> None:
    """Compare the bytes of an entry with its CRC-32.

    Raises
    ------
    TorchFileMalformed
        They differ.
    """
    stream.seek(entry.begin)
    left, found = entry.size, 0
    while left and (chunk := stream.read(min(left, _CHUNK))):
        left -= len(chunk)
        found = zlib.crc32(chunk, found)
    if left or found != entry.crc:
        raise damaged(name)


def damaged(name: str) -> TorchFileError:
    """What a wrong check sum means."""
    return _malformed(f"the bytes of {name} are not those that it was written with")


def _entry(stream: IO[bytes], info: zipfile.ZipInfo, directory: int) -> Entry:
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise _malformed(f"the entry {info.orig_filename[:100]!r} is compressed, which torch never does")
    if info.flag_bits & _ENCRYPTED:
        raise _malformed(f"the entry {info.orig_filename[:100]!r} is encrypted")
    if not 0 <= info.header_offset < directory:
        raise _malformed("an entry begins outside of the file")
    stream.seek(info.header_offset)
    head = stream.read(_LOCAL.size)
    if len(head) < _LOCAL.size:
        raise _malformed("it ends within an entry")
    mark, _, flags, method, _, _, _, _, _, name, extra = _LOCAL.unpack(head)
    if mark != b"PK\x03\x04" or method != zipfile.ZIP_STORED or flags & _ENCRYPTED:
        raise _malformed("an entry begins otherwise than the list of entries says")
    if stream.read(name) != info.orig_filename.encode("utf-8"):
        raise _malformed("an entry has another name than the list of entries says")
    begin = info.header_offset + _LOCAL.size + name + extra
    if begin + info.file_size > directory:
        raise _malformed(f"the entry {info.orig_filename[:100]!r} runs past its place")
    return Entry(begin, info.file_size, info.CRC)


def _apart(named: Mapping[str, Entry]) -> None:
    reached = 0
    for entry in sorted(named.values(), key=lambda one: (one.begin, one.size)):
        if entry.begin < reached:
            raise _malformed("two of its entries overlap")
        reached = entry.begin + entry.size


def _malformed(why: str) -> TorchFileMalformed:
    return TorchFileMalformed(
        f"the file is no sound archive of torch.save: {why}; get it again from its maker"
    )
