"""Many fingerprints, searched by distance.

A plain scan of two arrays of 64-bit numbers: a million pictures are compared in milliseconds and 17 bytes each, nothing
has to be balanced, and the answer is exact at any distance (see the entry in docs/decisions.md).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fingerprint import Fingerprint

__all__ = ["ALONE", "TOGETHER", "Near", "Table"]

TOGETHER = (10, 10)
"""Most differing bits of pHash and of dHash at which two pictures with both are near twins."""

ALONE = (8, 6)
"""Most differing bits where a list gives only a pHash, or only a dHash."""

_PHASH, _DHASH = 1, 2
_ANY = 64
# By what an entry has: nothing, a pHash, a dHash, both.
_MOST_PHASH = np.array([0, ALONE[0], _ANY, TOGETHER[0]], np.uint8)
_MOST_DHASH = np.array([0, _ANY, ALONE[1], TOGETHER[1]], np.uint8)
_FIRST_ROOM = 1024


@dataclass(frozen=True, slots=True)
class Near:
    """An entry near a fingerprint.

    Attributes
    ----------
    entry : int
        Number of the entry, in the order in which they were added.
    phash, dhash : int | None
        Differing bits, 0..64; None where the entry has no such hash.
    pose : str
        How the picture has to be turned or mirrored for it.
    """

    entry: int
    phash: int | None
    dhash: int | None
    pose: str

    @property
    def distance(self) -> int:
        """Differing bits of all hashes that the entry has."""
        return (self.phash or 0) + (self.dhash or 0)


class Table:
    """Fingerprints in the order in which they came."""

    def __init__(self) -> None:
        self._phash = np.zeros(_FIRST_ROOM, np.uint64)
        self._dhash = np.zeros(_FIRST_ROOM, np.uint64)
        self._has = np.zeros(_FIRST_ROOM, np.uint8)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, phash: int | None, dhash: int | None) -> int:
        """Add an entry; returns its number."""
        if self._size == len(self._has):
            self._phash, self._dhash, self._has = (
                np.concatenate([each, np.zeros_like(each)]) for each in (self._phash, self._dhash, self._has)
            )
        at = self._size
        self._phash[at], self._dhash[at] = phash or 0, dhash or 0
        self._has[at] = (_PHASH if phash is not None else 0) | (_DHASH if dhash is not None else 0)
        self._size += 1
        return at

    def near(self, found: Fingerprint) -> list[Near]:
        """Entries near a picture in any pose, the nearest first, each once in its best pose."""
        best: dict[int, Near] = {}
        for pose, phash, dhash in (("as it is", found.phash, found.dhash), *found.poses):
            for one in self._in_pose(pose, phash, dhash):
                if one.entry not in best or one.distance < best[one.entry].distance:
                    best[one.entry] = one
        return sorted(best.values(), key=lambda one: (one.distance, one.entry))

    def _in_pose(self, pose: str, phash: int, dhash: int) -> list[Near]:
        has = self._has[: self._size]
        of_p: NDArray[np.uint8] = np.bitwise_count(self._phash[: self._size] ^ np.uint64(phash))
        likely = np.flatnonzero(of_p <= _MOST_PHASH[has])
        of_d: NDArray[np.uint8] = np.bitwise_count(self._dhash[likely] ^ np.uint64(dhash))
        kept = of_d <= _MOST_DHASH[has[likely]]
        return [
            Near(
                int(entry),
                int(of_p[entry]) if has[entry] & _PHASH else None,
                int(bits) if has[entry] & _DHASH else None,
                pose,
            )
            for entry, bits in zip(likely[kept], of_d[kept], strict=True)
            if has[entry]
        ]
