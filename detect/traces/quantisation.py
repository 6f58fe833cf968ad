"""Quantisation tables: those of the JPEG standard at a quality, and the quality that a table is nearest to."""

from collections.abc import Sequence
from functools import cache

import numpy as np

__all__ = ["STANDARD", "nearest_quality", "scaled", "standard_tables"]

STANDARD = (
    (
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
        14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
        49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
    ),
    (
        17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
        47, 66, 99, 99, 99, 99, 99, 99, *(99,) * 32,
    ),
)  # fmt: skip
"""Luminance and chrominance of ITU-T T.81 (1992), annex K, tables K.1 and K.2, in row order."""


def scaled(table: Sequence[int], quality: int) -> list[int]:
    """A table at a quality of 1..100 as the Independent JPEG Group's library scales it, bounded to 1..255."""
    factor = 5000 // quality if quality < 50 else 200 - 2 * quality
    steps = np.clip((np.asarray(table) * factor + 50) // 100, 1, 255)
    return [int(step) for step in steps]


@cache
def standard_tables(quality: int) -> tuple[list[int], list[int]]:
    """Luminance and chrominance table of the Independent JPEG Group's library at a quality of 1..100, in row order."""
    return scaled(STANDARD[0], quality), scaled(STANDARD[1], quality)


def nearest_quality(table: Sequence[int], component: int) -> tuple[int, bool]:
    """The quality, 1..100, whose standard table is nearest to this one, and whether it is that one exactly.

    Parameters
    ----------
    table : sequence of int
        64 steps in row order.
    component : int
        0: compared with luminance tables, else with chrominance.
    """
    wanted = np.log(np.maximum(np.asarray(table, dtype=np.float64), 1.0))
    best, distance = 100, np.inf
    for quality in range(100, 0, -1):
        standard = standard_tables(quality)[min(component, 1)]
        if list(table) == standard:
            return quality, True
        far = float(np.abs(wanted - np.log(standard)).mean())
        if far < distance:
            best, distance = quality, far
    return best, False
