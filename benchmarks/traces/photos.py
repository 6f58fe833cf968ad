"""Photos whose truth is known: without a JPEG past, saved as one likes, with squares of others laid in."""

import io
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

QUALITIES = (30, 40, 50, 60, 70, 75, 80, 85, 90, 95, 98, 100)
KERNELS = (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.BOX)
FOUND = 0.3
"""Least overlap (intersection over union) of what was found with what was changed."""


@dataclass(frozen=True, slots=True)
class Photos:
    """The photos of a benchmark.

    Attributes
    ----------
    paths : list of Path
        In random order.
    media : Path
        The folder `media/` of the development data.
    """

    paths: list[Path]
    media: Path

    @classmethod
    def of(cls, data: Path, number: int) -> "Photos":
        """At most `number` photos of the development data."""
        media = data / "media"
        paths = sorted([*(media / "dev" / "real").rglob("*.jpg"), *(media / "train" / "real").rglob("*.jpg")])
        random.Random(1).shuffle(paths)
        return cls(paths[:number], media)

    @property
    def originals(self) -> list[Path]:
        """Camera files as the camera wrote them."""
        return sorted((self.media / "originals").iterdir())

    def sets(self) -> dict[str, list[Path]]:
        """The photos by where they come from, and the originals: what thresholds were chosen on stands apart."""
        return {
            "photos of the training sources": [path for path in self.paths if "train" in path.parts],
            "photos of other sources": [path for path in self.paths if "dev" in path.parts],
            "camera originals": self.originals,
        }


def shrunk(path: Path, draw: random.Random) -> Image.Image:
    """A photo without the grid of its past."""
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    factor = draw.uniform(0.5, 0.8)
    size = tuple(max(64, round(side * factor)) for side in picture.size)
    return picture.resize(size, draw.choice(KERNELS))


def coded(picture: Image.Image, quality: int, subsampling: int = 2) -> bytes:
    """The picture as a JPEG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return buffer.getvalue()


def saved(picture: Image.Image, quality: int, subsampling: int = 2) -> Pixels:
    """Pixels after one save as JPEG."""
    with Image.open(io.BytesIO(coded(picture, quality, subsampling))) as opened:
        return np.asarray(opened.convert("RGB"))


def laid_in(
    ground: Pixels, other: Pixels, side: int, draw: random.Random
) -> tuple[Pixels, NDArray[np.bool_]] | None:
    """A square of another picture at a random place off its grid, and where; None when there is no room."""
    if min(*ground.shape[:2], *other.shape[:2]) <= side + 8:
        return None
    top, left = (draw.randrange(length - side) for length in ground.shape[:2])
    y, x = (draw.randrange(length - side) for length in other.shape[:2])
    if (y - top) % 8 == (x - left) % 8 == 0:
        return None
    made, truth = ground.copy(), np.zeros(ground.shape[:2], bool)
    made[top : top + side, left : left + side] = other[y : y + side, x : x + side]
    truth[top : top + side, left : left + side] = True
    return made, truth


def overlaps(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> bool:
    """Whether what was found lies where the truth is."""
    return bool((mask & truth).sum() >= FOUND * (mask | truth).sum())
