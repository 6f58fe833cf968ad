"""Edited pictures with masks, their originals, and photos that nobody edited."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

ORIGINALS = "camera originals"


@dataclass(frozen=True, slots=True)
class Pair:
    """One edited picture.

    Attributes
    ----------
    name, group
        File and set.
    forged, authentic
        uint8 (height, width, 3); the second is the picture that was edited, or the donor's.
    mask
        bool (height, width): pixels that were edited.
    paths
        Of the two files.
    """

    name: str
    group: str
    forged: Pixels
    authentic: Pixels
    mask: NDArray[np.bool_]
    paths: tuple[Path, Path]


def pairs(media: Path) -> Iterator[Pair]:
    """Every edited picture with a mask; masks whose picture is not there are left out."""
    for path in sorted((media / "edited" / "forged").iterdir()):
        mask, authentic = (media / "edited" / kind / path.name for kind in ("mask", "authentic"))
        if not mask.is_file():
            continue
        with Image.open(mask) as opened:
            region = np.asarray(opened.convert("L")) > 127
        yield Pair(path.name, group_of(path.name), _rgb(path), _rgb(authentic), region, (path, authentic))


def group_of(name: str) -> str:
    """The set that a file belongs to: CASIA names its splices and copy-moves."""
    if name.startswith("casia1_Sp_D"):
        return "CASIA 1, splices"
    if name.startswith("casia1_Sp_S"):
        return "CASIA 1, copy-moves"
    return "NoSo, copy-moves" if name.startswith("noso") else "SIDA, repainted"


def masks_without_pictures(media: Path) -> int:
    """Masks that cannot be used."""
    have = {path.name for path in (media / "edited" / "forged").iterdir()}
    return sum(path.name not in have for path in (media / "edited" / "mask").iterdir())


def photos(media: Path) -> dict[str, list[Path]]:
    """Files that nobody edited in part, by source: camera originals and the photos of the development split."""
    found: dict[str, list[Path]] = {ORIGINALS: sorted((media / "originals").iterdir())}
    with (media / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["split"] == "dev" and row["label"] == "real" and row["path"].startswith("dev/real/"):
                found.setdefault(row["source"], []).append(media / row["path"])
    return found


def _rgb(path: Path) -> Pixels:
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))
