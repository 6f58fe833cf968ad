"""The regions that a map of edits marks where it can be read."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_SURE", "Spot", "spots_of"]

LEAST_SURE = 0.5
"""Reliability below which a cell is not read: there the map is as likely wrong as right."""

_LEAST_CELLS = 6


@dataclass(frozen=True, slots=True)
class Spot:
    """A region of cells that are marked and can be read.

    Attributes
    ----------
    x, y, width, height : int
        Its box, in pixels of the exhibit.
    cells : int
        How many.
    heat : float
        Mean probability of its cells, as the network states it, 0..1.
    reliability : float
        Mean of its cells, 0..1.
    """

    x: int
    y: int
    width: int
    height: int
    cells: int
    heat: float
    reliability: float


def spots_of(maps: Mapping[str, NDArray[np.float32]], cell: int) -> tuple[Spot, ...]:
    """Connected regions of cells that are marked and readable, the most telling first.

    Parameters
    ----------
    maps : Mapping[str, numpy.ndarray]
        ``heat`` (logits) and ``reliability`` (0..1), both float32 (rows, columns).
    cell : int
        Side of a cell, in pixels of the exhibit.
    """
    heat, trust = maps["heat"], maps["reliability"]
    marked: NDArray[np.uint8] = ((heat > 0) & (trust >= LEAST_SURE)).astype(np.uint8)
    number, labels, figures, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    share = 1 / (1 + np.exp(-heat.astype(np.float64)))
    spots = []
    for label in range(1, number):
        x, y, width, height, cells = (int(value) for value in figures[label])
        if cells < _LEAST_CELLS:
            continue
        inside = labels == label
        spots.append(
            Spot(
                x * cell, y * cell, width * cell, height * cell, cells,
                float(share[inside].mean()), float(trust[inside].mean()),
            )
        )  # fmt: skip
    return tuple(
        sorted(
            spots, key=lambda spot: (-spot.heat * spot.reliability * math.sqrt(spot.cells), spot.y, spot.x)
        )
    )
