"""Frames of an open video at wanted times, in order, going on from where the last one was. Inside the bounded child."""

import time

import av

from .glance import decoded, go, packets
from .opening import Bounds, Tape

__all__ = ["Player"]

_MOST_BACK = 3


class Player:
    """Plays to wanted frames; hand it times in ascending order.

    Parameters
    ----------
    tape : Tape
        Open video.
    bounds : Bounds
        Pixels decoded and seconds, counted over all frames.

    Attributes
    ----------
    damaged : list of int
        One number: packets that could not be decoded, and frames that the decoder itself calls damaged.
    """

    def __init__(self, tape: Tape, bounds: Bounds) -> None:
        context = tape.stream.codec_context
        self._tape = tape
        self._budget = max(1, bounds.decoded_pixels // max(1, context.width * context.height))
        self._until = time.monotonic() + bounds.seconds
        self._position: int | None = None
        self._packets = packets(tape)
        self._waiting: list[av.VideoFrame] = []
        self._unclean: set[int] = set()
        self.damaged = [0]

    def frame(self, key: int, at: int) -> av.VideoFrame | None:
        """The frame at a time, or the first after it; None when it cannot be had, or a bound was reached.

        Some key frames are none: what follows them is damaged until the decoder has caught up. Then it is begun again
        at the key frame before.
        """
        near = self._position is not None and key <= self._position <= at
        if not near and (key not in self._unclean or self._position is None or self._position > at):
            self._go(key)
        found = self._play(at)
        back = key
        for _ in range(_MOST_BACK):
            if found is None or not found.is_corrupt:
                return found
            self._unclean.add(key)
            self._go(back - 1)
            first = self._peek()
            if first is None:
                break
            back = first
            found = self._play(at)
        self.damaged[0] += 1
        return None if found is None or found.is_corrupt else found

    def _go(self, to: int) -> None:
        if go(self._tape, to):
            self._packets, self._waiting, self._position = packets(self._tape), [], None

    def _peek(self) -> int | None:
        """Time of the next frame, which is kept."""
        return self._waiting[0].pts if self._fill() else None

    def _fill(self) -> bool:
        """Have a frame wait; False at the end or at a bound."""
        while not self._waiting:
            if self._budget <= 0 or time.monotonic() > self._until:
                return False
            packet = next(self._packets, None)
            self._waiting += decoded(self._tape, packet, self.damaged)
            if packet is None and not self._waiting:
                return False
        return True

    def _play(self, at: int) -> av.VideoFrame | None:
        while self._fill():
            candidate = self._waiting.pop(0)
            self._budget -= 1
            self._position = candidate.pts if candidate.pts is not None else at
            if self._position >= at:
                return candidate
        return None
