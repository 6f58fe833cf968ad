"""The values that a walk through a file's parts gives."""

from dataclasses import dataclass, field

__all__ = ["Foreign", "JpegStructure", "Structure", "follow"]


@dataclass(slots=True)
class JpegStructure:
    """Coding facts of a JPEG.

    Attributes
    ----------
    tables : dict of int to list of int
        Quantisation tables by number, 64 steps each in row order (not zigzag).
    components : list of [h, v, table]
        Sampling factors and table number of each colour component.
    progressive, arithmetic : bool
        Kind of coding.
    precision : int
        Bits a sample.
    scans : int
        Scans seen.
    markers : list of str
        Segment names in file order, e.g. ``APP0``, ``DQT``; at most 64.
    """

    tables: dict[int, list[int]] = field(default_factory=dict)
    components: list[list[int]] = field(default_factory=list)
    progressive: bool = False
    arithmetic: bool = False
    precision: int = 8
    scans: int = 0
    markers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Foreign:
    """Another kind of file that the same bytes are, or hold.

    Attributes
    ----------
    kind : str
        ``zip``, ``pdf``, ``markup``, ``php``, ``executable``, ``rar``, ``7z``, ``ole``, ``jpeg``, ``png``, ``video``.
    at : int
        Where it begins, in bytes from the beginning of the file.
    """

    kind: str
    at: int


@dataclass(slots=True)
class Structure:
    """What the container of a picture shows.

    Attributes
    ----------
    ends : bool | None
        Whether the format's end mark was found; None where the format has none.
    trailing_bytes : int
        Bytes after the end of the picture.
    trailing_head : bytes
        The first 16 of them.
    manifest : bytes
        Content Credentials (JUMBF boxes), joined, not parsed.
    jpeg : JpegStructure | None
        For JPEG only.
    pictures : int | None
        Pictures, pages or frames in the file; None when they could not be counted. Never more than the limit.
    bits : int
        Bits a channel as stored, 8 where the file does not say otherwise.
    raw : bool
        The file is a camera's raw data; what can be shown is a preview.
    transfer : int | None
        Transfer characteristics as a code point of ITU-T H.273, where the container states one.
    primaries : int | None
        Colour primaries, likewise.
    turned : bool
        The container itself has its decoder turn or mirror the picture.
    foreign : list of Foreign
        What else the bytes are or hold.
    """

    ends: bool | None = None
    trailing_bytes: int = 0
    trailing_head: bytes = b""
    manifest: bytes = b""
    jpeg: JpegStructure | None = None
    pictures: int | None = None
    bits: int = 8
    raw: bool = False
    transfer: int | None = None
    primaries: int | None = None
    turned: bool = False
    foreign: list[Foreign] = field(default_factory=list)


def follow(found: Structure, data: bytes, end: int) -> None:
    """Note what follows the end of the picture."""
    found.trailing_bytes = max(0, len(data) - end)
    found.trailing_head = data[end : end + 16]
