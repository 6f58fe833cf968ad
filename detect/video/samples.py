"""What the network must see of a video: native crops of the frames that were chosen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ..crops import SIDE, Crop
from ..crops import crops as taken
from ..media import Pixels
from ..tiers import TierEstimate
from ..values import Applicability, Reason
from .clip import Frame
from .reel import Reel
from .strip import shrunk_to

__all__ = ["Budget", "ClipSamples", "Moment", "applicable", "moment"]


@dataclass(frozen=True, slots=True)
class Budget:
    """How closely a video is looked at: `frames` of it, `crops` of each."""

    frames: int
    crops: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Crops of one frame.

    Attributes
    ----------
    t : float
        Seconds from the first frame.
    kind : str
        ``I``, ``P``, ``B`` or ``?``.
    crops : tuple of Crop
        At their native size.
    shown : numpy.ndarray | None
        A small copy of the frame, uint8 (height, width, 3), when a picture of the finding is asked for.
    """

    t: float
    kind: str
    crops: tuple[Crop, ...]
    shown: Pixels | None = None


@dataclass(frozen=True, slots=True)
class ClipSamples:
    """Everything of a video that the network must see; its frames are let go of as soon as crops are taken.

    Attributes
    ----------
    applicability : Applicability
        When it does not apply there are no moments.
    tier : TierEstimate
        ``hard``, always: a video codec damages frames more than the tiers of pictures know.
    moments : tuple of Moment
        In order of time.
    sha256 : str
        Of the exhibit; stands on the picture.
    """

    applicability: Applicability
    tier: TierEstimate
    moments: tuple[Moment, ...] = ()
    sha256: str = ""

    def rows(self) -> Iterator[Mapping[str, NDArray[Any]]]:
        """Rows for the engine, moment by moment."""
        for moment in self.moments:
            for crop in moment.crops:
                yield {"pixels": crop.pixels}

    @property
    def size(self) -> int:
        """Number of rows."""
        return sum(len(moment.crops) for moment in self.moments)


def applicable(reel: Reel) -> Applicability:
    """Whether a frame has room for one crop."""
    if min(reel.width, reel.height) >= SIDE:
        return Applicability(True)
    words = (
        f"frames are {reel.width} x {reel.height} pixels; crops of {SIDE} are looked at without enlarging: give the "
        "original in full size"
    )
    return Applicability(False, Reason("picture-too-small", words))


def moment(frame: Frame, count: int, *, shown: bool = False) -> Moment | None:
    """Up to `count` crops of a frame, and a small copy if asked for; None when it has no room for a crop."""
    if min(frame.rgb.shape[:2]) < SIDE:
        return None
    small = shrunk_to(frame.rgb) if shown else None
    return Moment(frame.t, frame.kind, tuple(taken(frame.rgb, count)), small)
