"""Frames of an open video at wanted times, in order, going on from where the last one was. Inside the bounded child."""

import time

import av

from .glance import decoded, go, packets
from .opening import Bounds, Tape

__all__ = ["Player"]

_MOST_BACK = 3
_BEGINNING = -(1 << 62)


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
        self._starts: dict[int, int] = {}
        self._clean = False
        self.damaged = [0]

    def frame(self, key: int, at: int) -> av.VideoFrame | None:
        """The frame at a time, or the first after it; None when it cannot be had, or a bound was reached.

        Some key frames are none: what they show needs frames before them, and so does all that follows, although the
        decoder calls only the first of it damaged. Then it is begun at a key frame before.
        """
        start = self._starts.get(key, key)
        if self._position is None or not start <= self._position <= at:
            self._begin(key)
        found = self._play(at)
        if found is None or not self._clean or found.is_corrupt:
            self.damaged[0] += found is not None
            return None
        return found

    def _begin(self, key: int) -> None:
        """Go to the nearest key frame at or before that time from which the decoder starts without damage."""
        back = self._starts.get(key, key)
        for step in range(_MOST_BACK + 2):
            # At last from the very beginning.
            self._go(back if step <= _MOST_BACK else _BEGINNING)
            if not self._fill():
                return
            first = self._waiting[0]
            self._clean = not first.is_corrupt
            if self._clean:
                self._starts[key] = first.pts if first.pts is not None else back
                return
            if first.pts is None:
                return
            back = min(back, first.pts) - 1

    def _go(self, to: int) -> None:
        if go(self._tape, to):
            self._packets, self._waiting, self._position = packets(self._tape), [], None

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
