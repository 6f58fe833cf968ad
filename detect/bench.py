"""The forensic bench: which analyzers look at a picture in which profile, beside the network."""

from .analyzers import Analyzer
from .analyzers.cfa import ColourFilters
from .analyzers.container import Container
from .analyzers.copymove import CopyMove
from .analyzers.credentials import ContentCredentials
from .analyzers.doubled import DoubleJpeg
from .analyzers.errorlevel import ErrorLevel
from .analyzers.ghosts import JpegGhosts
from .analyzers.grid import JpegGrid
from .analyzers.jpeg import Jpeg
from .analyzers.metadata import Metadata
from .analyzers.noise import NoiseLevel
from .analyzers.resampling import Resizing
from .analyzers.watermark import InvisibleWatermark
from .values import Profile

__all__ = ["bench"]


def bench(profile: Profile, *, pictures: bool = False) -> tuple[Analyzer, ...]:
    """Analyzers of a profile, in the order in which their findings are told.

    Parameters
    ----------
    profile : "fast" | "standard" | "full"
        What reads the file is in all of them, and the watermark, which decides and costs little, in all but ``fast``.
        What looks at every pixel costs as much as several crops of the network, and is in ``full`` alone.
    pictures : bool
        Whether they draw what they find.
    """
    reading: tuple[Analyzer, ...] = (
        Container(),
        ContentCredentials(),
        Metadata(),
        Jpeg(),
        DoubleJpeg(whole=profile == "full", pictures=pictures),
    )
    if profile == "fast":
        return reading
    if profile == "standard":
        return (*reading, InvisibleWatermark())
    return (
        *reading,
        InvisibleWatermark(),
        JpegGrid(pictures=pictures),
        JpegGhosts(pictures=pictures),
        CopyMove(pictures=pictures),
        NoiseLevel(pictures=pictures),
        Resizing(pictures=pictures),
        ErrorLevel(pictures=pictures),
        ColourFilters(pictures=pictures),
    )
