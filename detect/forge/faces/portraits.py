"""The faces that swaps are made of: found in the training pictures, cut out with room, with their landmarks."""

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...faces.alignment import NEAR, aligned
from ...faces.finder import FaceFinder
from ...faces.quality import Quality, quality
from ..launder import Pixels
from ..pool import Picture
from ..settings import SettingsError
from .mesh import Mesh, Points

LARGEST = 130.0
"""Distance of the eyes to which larger faces are shrunk, in pixels."""

LEAST_EYES = 36.0
_LEAST_CONFIDENCE = 0.7
_LEAST_INSIDE = 0.8
_LEAST_COVERED = 0.5
_MOST_TURNED = 45.0
_ROOM = 2.2


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """One face with what is round it.

    Attributes
    ----------
    picture
        Where it comes from.
    group
        Age, sex and group code where the data carry them, else empty.
    pixels
        uint8 (height, width, 3): the face and about as much again.
    marks, mesh
        float32 (5, 2) and (468, 2), in pixels of that.
    quality
        In the whole picture.
    held
        Never trained on.
    """

    picture: Picture
    group: str
    pixels: Pixels
    marks: NDArray[np.float32]
    mesh: Points
    quality: Quality
    held: bool

    @property
    def eyes(self) -> float:
        """Distance of the eyes, in pixels."""
        return float(np.hypot(*(self.marks[1] - self.marks[0])))


def people(manifest: Path, sources: Sequence[str]) -> list[tuple[Picture, str]]:
    """Pictures of the training split that show faces, and their groups.

    Parameters
    ----------
    manifest
        CSV file, see `pool`; its column `group`, if it has one, holds age, sex and group codes.
    sources
        Those to take; of people, dolls and animals pass for faces. Generated portraits may be among them: nobody's
        face was replaced there.

    Raises
    ------
    SettingsError
        It is not there, or lists none.
    """
    if not manifest.is_file():
        raise SettingsError(
            f"there is no manifest at {manifest}: give the path of a CSV file that lists pictures"
        )
    with manifest.open(newline="", encoding="utf-8") as stream:
        found = [
            (
                Picture(
                    manifest.parent / row["path"], row["path"], row["label"] == "fake", row["source"],
                    row["generator"], row["licence"] or "none stated",
                ),
                row.get("group") or "",
            )
            for row in csv.DictReader(stream)
            if row["split"] == "train" and row["kind"] in ("image", "face") and row["source"] in sources
        ]  # fmt: skip
    if not found:
        raise SettingsError(f"{manifest} lists no pictures of these sources in the split 'train'")
    return found


def gather(
    pictures: Sequence[tuple[Picture, str]],
    finder: FaceFinder,
    mesh: Mesh,
    held: Callable[[Picture], bool],
) -> list[Portrait]:
    """The largest usable face of each picture that has one."""
    found = []
    for picture, group in pictures:
        with Image.open(picture.path) as opened:
            rgb = np.asarray(opened.convert("RGB"))
        for face in finder.find(rgb)[:1]:
            seen = quality(face, rgb)
            if not _usable(seen) or _covered(rgb, face.marks) < _LEAST_COVERED:
                continue
            pixels, marks = _cut(rgb, face.marks)
            found.append(
                Portrait(picture, group, pixels, marks, mesh.points(pixels, marks), seen, held(picture))
            )
    return found


def holder(sources: Sequence[str], share: float) -> Callable[[Picture], bool]:
    """Which pictures are held back: all of some sources, and a share of the others, by name."""

    def held(picture: Picture) -> bool:
        if picture.source in sources:
            return True
        digest = hashlib.blake2b(picture.name.encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") < share * 2**32

    return held


def _usable(seen: Quality) -> bool:
    return (
        seen.eyes >= LEAST_EYES
        and seen.confidence >= _LEAST_CONFIDENCE
        and seen.inside >= _LEAST_INSIDE
        and max(abs(seen.yaw), abs(seen.pitch)) <= _MOST_TURNED
    )


def _covered(rgb: Pixels, marks: NDArray[np.float32]) -> float:
    """Share of the crop that lies within the picture, 0..1."""
    white = np.full(rgb.shape, 255, np.uint8)
    return float(aligned(white, marks, 48, NEAR).mean()) / 255


def _cut(rgb: Pixels, marks: NDArray[np.float32]) -> tuple[Pixels, NDArray[np.float32]]:
    eyes = float(np.hypot(*(marks[1] - marks[0])))
    x, y = marks.mean(axis=0)
    reach = _ROOM * eyes
    left, top = max(0, int(x - reach)), max(0, int(y - reach))
    part = rgb[top : int(y + reach) + 1, left : int(x + reach) + 1]
    marks = marks - np.array([left, top], np.float32)
    if eyes > LARGEST:
        factor = LARGEST / eyes
        size = (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor)))
        marks = (marks * (np.array(size) / np.array([part.shape[1], part.shape[0]]))).astype(np.float32)
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return np.ascontiguousarray(part), np.asarray(marks, dtype=np.float32)
