"""From bytes to their structure, by media type."""

from .boxes import read_boxes
from .foreign import foreign_in
from .gif import read_gif
from .jpeg import read_jpeg
from .png import read_png
from .rasters import read_bmp, read_webp
from .structure import Structure
from .tiff import read_tiff

__all__ = ["read_structure"]


def read_structure(data: bytes, media: str, frames: int = 100_000) -> Structure:
    """Structure of a picture file.

    Parameters
    ----------
    data : bytes
        The whole file.
    media : str
        Name of its media type, as sniffed.
    frames : int
        Most pictures that are counted, see :class:`assay.intake.limits.Limits`.
    """
    if media == "jpeg":
        found = read_jpeg(data, frames)
    elif media == "png":
        found = read_png(data, frames)
    elif media == "webp":
        found = read_webp(data, frames)
    elif media == "gif":
        found = read_gif(data, frames)
    elif media == "bmp":
        found = read_bmp(data)
    elif media == "tiff":
        found = read_tiff(data, frames)
    elif media in ("heic", "avif"):
        found = read_boxes(data, frames)
    else:
        return Structure()
    found.foreign = foreign_in(data, len(data) - found.trailing_bytes)
    return found
