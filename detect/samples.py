"""What the network must see of a picture: crops of the exhibit, of its launderings, and tiles for the map."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .crops import Crop
from .forge.launder import Tier
from .media import Pixels
from .tiers import TierEstimate
from .values import Applicability

__all__ = ["MOST_SHOWN", "Samples", "View", "shrunk"]

MOST_SHOWN = 1280
"""Longer side of the copy that is kept of an exhibit whose picture is asked for, in pixels."""


@dataclass(frozen=True, slots=True)
class View:
    """Crops of the exhibit as it is, or after one laundering.

    Attributes
    ----------
    laundering : str | None
        None for the exhibit as it is.
    tier : "clean" | "web" | "hard"
        Whose calibrator fits.
    crops : tuple of Crop
        In the order in which they were chosen.
    height, width : int
        Of the picture that they were taken from, in pixels.
    """

    laundering: str | None
    tier: Tier
    crops: tuple[Crop, ...]
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Samples:
    """Everything of a picture that the network must see; the picture itself is not needed any more.

    Attributes
    ----------
    applicability : Applicability
        When it does not apply there are no views.
    tier : TierEstimate | None
        Of the exhibit.
    views : tuple of View
        The exhibit first, then its launderings. Their crops are scored.
    tiles : tuple of Crop
        Of the exhibit, for the map alone.
    shown : numpy.ndarray | None
        A small copy of the exhibit, uint8 (height, width, 3), when a picture of the finding is asked for.
    sha256 : str
        Of the exhibit; stands on that picture.
    """

    applicability: Applicability
    tier: TierEstimate | None = None
    views: tuple[View, ...] = ()
    tiles: tuple[Crop, ...] = ()
    shown: Pixels | None = None
    sha256: str = ""

    def rows(self) -> Iterator[Mapping[str, NDArray[Any]]]:
        """Rows for the engine: the views in order, then the tiles."""
        for view in self.views:
            for crop in view.crops:
                yield {"pixels": crop.pixels}
        for tile in self.tiles:
            yield {"pixels": tile.pixels}

    @property
    def size(self) -> int:
        """Number of rows."""
        return sum(len(view.crops) for view in self.views) + len(self.tiles)


def shrunk(rgb: Pixels) -> Pixels:
    """A copy of a picture, its longer side at most 1,280 pixels."""
    height, width = rgb.shape[:2]
    factor = min(1.0, MOST_SHOWN / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
