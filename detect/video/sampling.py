"""Which frames of a video are looked at: every shot, evenly in time, key frames where there is a choice."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["choose", "cuts"]

CUT = 18.0
"""A change of shot changes a small grey copy by at least this much on average, 0..255."""

CUT_AGAINST = 4.0
"""And by this many times what its neighbours change."""

_AROUND = 6


def cuts(changes: NDArray[np.float32]) -> list[int]:
    """Where shots change: indices i such that frame i begins a new one.

    Parameters
    ----------
    changes : numpy.ndarray
        float32 (n,), mean absolute difference of frame i from frame i - 1; the first is 0.
    """
    found = []
    for i in np.flatnonzero(changes >= CUT):
        near = np.concatenate([changes[max(1, i - _AROUND) : i], changes[i + 1 : i + 1 + _AROUND]])
        usual = float(np.median(near)) if len(near) else 0.0
        if changes[i] >= CUT_AGAINST * (usual + 1.0):
            found.append(int(i))
    return found


def choose(
    pts: NDArray[np.int64], keys: NDArray[np.int64], shots: Sequence[int], count: int
) -> list[tuple[int, int]]:
    """Frames to look at within a budget.

    Each shot gets one, the longest first, and what is left goes where most time has no frame yet. Within its share of a
    shot a key frame is taken where there is one, since it is coded best and costs least; else the frame in the middle.

    Parameters
    ----------
    pts, keys : numpy.ndarray
        int64, times of all frames and of key frames, ascending.
    shots : sequence of int
        Times at which a new shot begins.
    count : int
        Most frames.

    Returns
    -------
    list of (int, int)
        Time of the key frame to start at and time of the frame, ascending; each frame once.
    """
    if not len(pts) or count < 1:
        return []
    first, end = int(pts[0]), int(pts[-1]) + 1
    if len(pts) <= count:
        return [(_key(keys, int(at), first), int(at)) for at in np.unique(pts)]
    edges = [first, *sorted({int(t) for t in shots if first < t < end}), end]
    spans = sorted(pairwise(edges), key=lambda span: span[0] - span[1])[:count]
    given = [1] * len(spans)
    for _ in range(min(count, len(pts)) - len(spans)):
        thirst = [(stop - start) / (share + 1) for (start, stop), share in zip(spans, given, strict=True)]
        given[thirst.index(max(thirst))] += 1
    taken: set[int] = set()
    for (start, stop), shares in zip(spans, given, strict=True):
        for share in range(shares):
            low, high = (start + (stop - start) * (share + step) // shares for step in (0, 1))
            taken.add(_one(pts, keys, low, high))
    return [(_key(keys, at, first), at) for at in sorted(taken)]


def _one(pts: NDArray[np.int64], keys: NDArray[np.int64], low: int, high: int) -> int:
    middle = (low + high) // 2
    for times in (keys, pts):
        begin, end = np.searchsorted(times, [low, high])
        near = times[int(begin) : int(end)]
        if len(near):
            return int(near[np.argmin(np.abs(near - middle))])
    return int(pts[min(int(np.searchsorted(pts, middle)), len(pts) - 1)])


def _key(keys: NDArray[np.int64], at: int, first: int) -> int:
    place = int(np.searchsorted(keys, at, side="right")) - 1
    return int(keys[place]) if place >= 0 else first
