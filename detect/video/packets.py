"""The packets of a video stream: how its frames lie in time and how it was coded, without decoding one of them.

Runs inside the bounded child. Ten hours of video are a million packets of 17 bytes here: memory stays small.
"""

import math
import time
from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .opening import Tape

__all__ = ["Walk", "double", "rhythm", "walk"]

_LAGS = range(5, 61)
_LEAST_INTER = 120
_LOOKED = 512
"""Packets between two looks at the clock."""
_LEAST_REPEATS = 8
"""Fewer places of a rhythm could be chance: a few frames in which much moves."""


@dataclass(slots=True)
class Walk:
    """What the packets say.

    Attributes
    ----------
    pts : numpy.ndarray
        int64, times of all frames in ticks, in order of presentation.
    keys : numpy.ndarray
        int64, times of those that need no other.
    sizes : numpy.ndarray
        int32, bytes in order of coding; ``key`` says for each whether it needs no other.
    reordered : bool
        Whether frames are coded in another order than shown (B frames).
    corrupt : int
        Packets that the demuxer calls damaged.
    cut : bool
        The walk ended at a limit.
    trouble : str
        What ended it early; empty when nothing did.
    texts : list of str
        What encoders wrote into the first packets.
    """

    pts: NDArray[np.int64]
    keys: NDArray[np.int64]
    sizes: NDArray[np.int32]
    key: NDArray[np.bool_]
    reordered: bool = False
    corrupt: int = 0
    cut: bool = False
    trouble: str = ""
    texts: list[str] = field(default_factory=list)


def walk(tape: Tape, most: int, until: float = math.inf) -> Walk:
    """Read the packets of the stream once, at most `most` of them, and until a time of the clock `time.monotonic`."""
    times, sizes, flags = array("q"), array("i"), array("b")
    corrupt = 0
    cut, trouble, reordered = False, "", False
    texts: list[str] = []
    last = -(1 << 62)
    try:
        for packet in tape.container.demux(tape.stream):
            if not packet.size:
                continue
            if len(times) >= most or (len(times) % _LOOKED == _LOOKED - 1 and time.monotonic() > until):
                cut = True
                break
            pts = packet.pts if packet.pts is not None else packet.dts
            if len(times) < 2 and len(texts) < 4:
                texts += _signatures(bytes(packet)[:4096])
            corrupt += bool(packet.is_corrupt)
            if pts is None:
                pts = last + 1 if times else 0
            reordered = reordered or pts < last
            last = pts
            times.append(pts)
            sizes.append(min(packet.size, (1 << 31) - 1))
            flags.append(bool(packet.is_keyframe))
    except MemoryError:
        raise
    except Exception as error:
        trouble = f"{type(error).__name__}: {str(error)[:120]}"
    ticks = np.array(times, np.int64)
    key = np.array(flags, np.bool_)
    return Walk(
        np.sort(ticks),
        np.sort(ticks[key]),
        np.array(sizes, np.int32),
        key,
        reordered,
        corrupt,
        cut,
        trouble,
        texts,
    )


def _signatures(head: bytes) -> list[str]:
    """Names that x264, x265 and Lavc leave in the first packet."""
    found = []
    for mark in (b"x264 - core", b"x265 (build", b"Lavc", b"AVID", b"SVT-AV1", b"libaom"):
        at = head.find(mark)
        if at >= 0:
            text = head[at : at + 400].split(b"\x00")[0]
            found.append("".join(chr(c) if 32 <= c < 127 else "\n" for c in text).split("\n")[0][:400])
    return found


def rhythm(found: Walk, base: float) -> dict[str, Any]:
    """How regularly frames follow one another.

    Parameters
    ----------
    found : Walk
        The packets.
    base : float
        Seconds a tick.

    Returns
    -------
    dict
        ``frames``, ``seconds``, ``rate`` (frames a second, by the median step), ``regular`` (share of steps within
        half a millisecond or a tick of the median), ``gaps`` (steps of at least 1.5 medians), ``missing`` (frames that
        would fill them), ``same_time`` (frames at the time of another), ``longest_gap`` in seconds.
    """
    steps = np.diff(found.pts).astype(np.float64) * base
    count = len(found.pts)
    told: dict[str, Any] = {
        "frames": count, "seconds": 0.0, "rate": None, "regular": None, "gaps": 0, "missing": 0, "same_time": 0,
        "longest_gap": 0.0,
    }  # fmt: skip
    positive = steps[steps > 0]
    if not len(positive):
        return told
    middle = float(np.median(positive))
    near = np.abs(steps - middle) <= max(5e-4, 1.01 * base)
    wide = positive[positive >= 1.5 * middle]
    return told | {
        "seconds": float(steps.sum() + middle),
        "rate": 1.0 / middle,
        "regular": float(near.mean()),
        "gaps": len(wide),
        "missing": int(min(np.rint(wide / middle - 1).sum(), 1e9)),
        "same_time": int((steps <= 0).sum()),
        "longest_gap": float(positive.max()),
    }


def double(found: Walk) -> dict[str, Any] | None:
    """A rhythm in the sizes of inter-coded frames that key frames do not explain: a trace of an earlier coding.

    What a first coder's key frame left behind is harder to predict, so that the frames at its old places are larger
    when the video is coded again with another distance of key frames (Wang and Farid, MM&Sec 2006).

    Returns
    -------
    dict or None
        ``period`` in frames and ``strength``, how far the mean of log sizes at the best phase stands out of all phases,
        in standard deviations of what phases by chance give; None with fewer than 120 inter-coded frames.
    """
    if len(found.sizes) - int(found.key.sum()) < _LEAST_INTER:
        return None
    sizes = np.log2(np.maximum(found.sizes[:20_000], 1).astype(np.float64))
    inter = ~found.key[:20_000]
    # A local median takes out how much moves; what stays is a frame against its neighbours.
    pad = np.pad(np.where(inter, sizes, np.nan), 4, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(pad, 9)
    with np.errstate(all="ignore"):
        level = np.array([np.nanmedian(row) if np.isfinite(row).any() else 0.0 for row in around])
    rest = np.clip(np.where(inter, sizes - level, 0.0), -2.0, 2.0)
    spread = float(rest[inter].std())
    if spread < 1e-6:
        return None
    best = (0.0, 0)
    index = np.arange(len(rest))
    for lag in _LAGS:
        counts = np.bincount(index % lag, weights=inter, minlength=lag)
        if counts.min() < _LEAST_REPEATS:
            continue
        means = np.bincount(index % lag, weights=rest, minlength=lag) / counts
        top = int(np.argmax(means))
        strength = float(means[top] * math.sqrt(counts[top]) / spread)
        # The best of so many phases is high by chance alone.
        strength -= math.sqrt(2 * math.log(lag * len(_LAGS)))
        if strength > best[0]:
            best = (strength, lag)
    return {"period": best[1] or None, "strength": best[0]}
