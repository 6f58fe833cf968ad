"""A decoded picture: pixels and facts, as they came out of the bounded child and were checked on arrival."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from ..intake.child import Child
from ..intake.exhibit import Exhibit
from ..intake.limits import DEFAULT, Limits
from ..intake.refusals import ChangedWhileReading, DecoderMisbehaved
from .credentials import Credentials

__all__ = ["DECODER", "Facts", "JpegFacts", "Picture", "Pixels", "read_picture"]

Pixels = NDArray[np.uint8]

DECODER = "assay.detect.decoding:decode"
"""The function that a child runs."""

Count = Annotated[int, Field(ge=0)]
Step = Annotated[int, Field(ge=0, le=65535)]


class _Sheet(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class JpegFacts(_Sheet):
    """How a JPEG is coded.

    Attributes
    ----------
    tables : list of lists
        Quantisation tables in order of their numbers, 64 steps each in row order.
    components : list of [h, v, table]
        Sampling factors and table of each component.
    progressive, arithmetic : bool
        Kind of coding.
    precision : int
        Bits a sample.
    scans : int
        Scans in the file.
    markers : list of str
        Segment names in file order, at most 64.
    """

    tables: list[Annotated[list[Step], Field(min_length=64, max_length=64)]]
    components: list[Annotated[list[Step], Field(min_length=3, max_length=3)]]
    progressive: bool
    arithmetic: bool
    precision: Count
    scans: Count
    markers: list[str]

    @property
    def subsampling(self) -> str:
        """Colour subsampling in the usual notation; ``grey`` for one component, ``other`` for a rare one."""
        factors = [(h, v) for h, v, _ in self.components]
        if len(factors) == 1:
            return "grey"
        if len(factors) == 3 and factors[1] == factors[2] == (1, 1):
            names = {
                (1, 1): "4:4:4",
                (2, 1): "4:2:2",
                (2, 2): "4:2:0",
                (1, 2): "4:4:0",
                (4, 1): "4:1:1",
                (4, 2): "4:1:0",
            }
            return names.get(factors[0], "other")
        return "other"


class ForeignFact(_Sheet):
    """Another kind of file that the same bytes are: see :class:`assay.detect.containers.Foreign`."""

    kind: Annotated[str, Field(max_length=20)]
    at: Count


class Facts(_Sheet):
    """What the file says besides its pixels; every value was written by whoever made the file.

    Attributes
    ----------
    sha256 : str
        Of the bytes that were decoded.
    media : str
        Sniffed type.
    width, height : int
        Of the picture as shown, in pixels.
    stored_width, stored_height : int
        Of the picture as stored, before it was turned upright.
    mode : str
        Pixel mode as stored, e.g. ``RGB``, ``CMYK``, ``I;16``.
    orientation : int
        EXIF orientation, 1..8.
    profile : str | None
        Name of the embedded colour profile.
    exif, iptc, text : dict
        Fields by name; ``GPS.`` and ``Thumbnail.`` before the names of these EXIF directories.
    xmp, comment : str
        As text, not parsed.
    notes : list of str
        What was done to show the picture, e.g. ``turned-upright``, ``colours-to-srgb``, ``first-frame-only``.
    metadata_cut : bool
        Whether metadata were left out because of a limit.
    ends : bool | None
        Whether the end mark of the format was found.
    trailing_bytes : int
        Bytes after the end mark; ``trailing_head`` are the first 16 in hexadecimal digits.
    manifest_bytes : int
        Size of Content Credentials; ``manifest_marks`` are words of generators found in their bytes.
    jpeg : JpegFacts | None
        For JPEG only.
    thumbnail_jpeg : JpegFacts | None
        Of the embedded thumbnail, when there is one that can be read.
    pictures : int | None
        Pictures, pages or frames in the file; None when they could not be counted.
    bits : int
        Bits a channel as stored.
    foreign : list of ForeignFact
        What else the bytes are: an archive, a document, a page, a program; at most 16.
    """

    sha256: str
    media: str
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]
    stored_width: Annotated[int, Field(ge=1)]
    stored_height: Annotated[int, Field(ge=1)]
    mode: str
    orientation: Annotated[int, Field(ge=1, le=8)]
    profile: str | None
    exif: dict[str, JsonValue]
    iptc: dict[str, str]
    text: dict[str, str]
    xmp: str
    comment: str
    notes: list[str]
    metadata_cut: bool
    ends: bool | None
    trailing_bytes: Count
    trailing_head: str
    manifest_bytes: Count
    manifest_marks: list[str]
    jpeg: JpegFacts | None
    thumbnail_jpeg: JpegFacts | None
    pictures: Annotated[int, Field(ge=0)] | None = None
    bits: Annotated[int, Field(ge=1, le=64)] = 8
    foreign: Annotated[list[ForeignFact], Field(max_length=16)] = []


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture of an exhibit.

    Attributes
    ----------
    exhibit : Exhibit
        Where it comes from.
    rgb : numpy.ndarray
        uint8 (height, width, 3), 0..255, sRGB, upright.
    facts : Facts
        Everything else the file says.
    luma : numpy.ndarray | None
        JPEG only: the luminance plane as coded, uint8 (h, w), h and w multiples of 8, at most 4,096, from the middle.
    thumbnail : numpy.ndarray | None
        Embedded EXIF thumbnail, uint8 (h, w, 3), as stored.
    credentials : Credentials | None
        Content Credentials, verified; None when they were not looked for.
    """

    exhibit: Exhibit
    rgb: Pixels
    facts: Facts
    luma: Pixels | None = None
    thumbnail: Pixels | None = None
    credentials: Credentials | None = None


def read_picture(exhibit: Exhibit, child: Child, limits: Limits = DEFAULT, *, luma: bool = True) -> Picture:
    """Have a child decode an exhibit.

    Parameters
    ----------
    exhibit : Exhibit
        A picture by content.
    child : Child
        The bounded process that does it.
    limits : Limits
        Pixels and metadata.
    luma : bool
        Also fetch the luminance plane of a JPEG.

    Raises
    ------
    ExhibitRefused
        With the code of what went wrong; the child can be used again.
    """
    media = exhibit.require_media()
    with exhibit.descriptor() as descriptor:
        reply = child.call(
            DECODER, descriptor=descriptor, media=media.name, pixels=limits.pixels, frames=limits.frames,
            metadata_bytes=limits.metadata_bytes,
            metadata_entries=limits.metadata_entries, metadata_value_chars=limits.metadata_value_chars,
            thumbnail_side=limits.thumbnail_side, luma=luma,
        )  # fmt: skip
    try:
        facts = Facts.model_validate(dict(reply.meta))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise DecoderMisbehaved(
            f"the decoder's facts are malformed at {first['loc']}: treat the file as hostile"
        ) from None
    if facts.sha256 != exhibit.sha256:
        raise ChangedWhileReading(
            "the bytes decoded are not the bytes hashed: copy the file first, then assay the copy"
        )
    rgb = reply.arrays.get("rgb")
    if rgb is None or not _is_picture(rgb, 3) or rgb.shape[:2] != (facts.height, facts.width):
        raise DecoderMisbehaved("the decoder's pixels do not fit its facts: treat the file as hostile")
    plane, thumbnail = reply.arrays.get("luma"), reply.arrays.get("thumbnail")
    return Picture(
        exhibit,
        rgb,
        facts,
        plane
        if plane is not None and _is_picture(plane, 2) and plane.shape[0] % 8 == plane.shape[1] % 8 == 0
        else None,
        thumbnail if thumbnail is not None and _is_picture(thumbnail, 3) else None,
    )


def _is_picture(array: NDArray[Any], dimensions: int) -> bool:
    return bool(
        array.dtype == np.uint8
        and array.ndim == dimensions
        and array.size
        and (dimensions == 2 or array.shape[2] == 3)
    )
