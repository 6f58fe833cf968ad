"""Does the picture hold the invisible watermark that Stable Diffusion and its kin write?

Their programs call the method *dwtDct* of the library invisible-watermark on every picture they save: the blue-yellow
plane (U of YUV) is halved by the Haar transform, and in each 4 x 4 block of the halves the largest value but the first
is moved to a quarter or to three quarters of a step of 36, for a bit of 0 or 1; the bits of a fixed message are
repeated over the blocks in reading order. (No DCT is taken, in spite of the name.) Read back, every block votes for its
bit by its largest value, as the library reads it, and by the one that lies farthest from the rest of the block: in an
even block a value that was moved down is no longer the largest. Votes count by how near they lie to one of the two
places, less what the blocks around vote, since one colour votes alike. A message of n bits that nobody wrote agrees in
k or more of them with the probability of so many heads in n throws; what is claimed lies below one picture in a
million.
"""

from dataclasses import dataclass
from math import comb

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["MESSAGES", "STEP", "Message", "Watermark", "blocks_of", "largest", "watermark"]

STEP = 36.0
"""Distance of two places of the same bit, in levels of the halved plane."""
BLOCK = 4
"""Side of a block of the halved plane; 8 pixels of the picture."""
LEAST_PIXELS = 256 * 256
"""Smaller pictures are not marked by the programs."""
_MOST_PIXELS = 4 << 20
"""Pixels read, from the top: the message repeats."""
_LEAST_REPEATS = 4
"""Blocks for each bit of a message below which it is not looked for."""
CLAIMED = -6.0
"""Decimal logarithm of the probability, over all messages, from which a watermark is claimed."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a program is known to write.

    Attributes
    ----------
    who : str
        Whose it is.
    bits : tuple of int
        0 or 1.
    """

    who: str
    bits: tuple[int, ...]

    @classmethod
    def of_text(cls, who: str, text: str) -> "Message":
        """A message of letters, the highest bit of each first."""
        return cls(who, tuple(int(bit) for letter in text.encode() for bit in f"{letter:08b}"))

    @classmethod
    def of_number(cls, who: str, number: int) -> "Message":
        """A message of the binary digits of a number; zeros in front are not written."""
        return cls(who, tuple(int(bit) for bit in f"{number:b}"))


MESSAGES = (
    Message.of_text("Stable Diffusion 1 (CompVis scripts)", "StableDiffusionV1"),
    Message.of_text("Stable Diffusion 2 (Stability AI scripts)", "SDV2"),
    Message.of_number("Stable Diffusion XL (Stability AI, diffusers)", 0xB3EC907BB19E),
    Message.of_number("FLUX.1 (Black Forest Labs)", 0X2AFE879CF52E),
    Message.of_text("InvokeAI", "InvokeAI"),
)
"""As the programs have them in their published sources."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """The message that fits best.

    Attributes
    ----------
    message : Message
        Which.
    agreeing : int
        Bits that agree.
    log10_chance : float
        Decimal logarithm of the probability that chance agrees so well with any of the messages looked for.
    votes : float
        Mean vote of the blocks for the message: 1 for a picture as it was written, 0 by chance.
    blocks : int
        Blocks that voted.
    """

    message: Message
    agreeing: int
    log10_chance: float
    votes: float
    blocks: int

    @property
    def found(self) -> bool:
        """Whether it is claimed."""
        return self.log10_chance <= CLAIMED


def watermark(rgb: NDArray[np.uint8]) -> Watermark | None:
    """Look for the known messages.

    Parameters
    ----------
    rgb : numpy.ndarray
        uint8 (height, width, 3), sRGB, never resized, turned or cut at the left or the right since it was written.

    Returns
    -------
    Watermark | None
        The best; None when the picture has too few blocks for any.
    """
    rows = max(8, min(rgb.shape[0], _MOST_PIXELS // max(1, rgb.shape[1])) // 8 * 8)
    blocks = blocks_of(np.ascontiguousarray(rgb[:rows]))
    middle = np.median(blocks, axis=1, keepdims=True)
    # At a quarter of a step -1, at three quarters 1, between them less.
    votes = [
        _at(-np.sin(2 * np.pi * np.abs(blocks) / STEP), largest(each)) for each in (blocks, blocks - middle)
    ]
    soft = np.asarray((votes[0] + votes[1]) / 2, dtype=np.float32)
    looked = [one for one in MESSAGES if soft.size >= _LEAST_REPEATS * len(one.bits)]
    if not looked:
        return None
    return min((_read(soft, one, len(looked)) for one in looked), key=lambda one: one.log10_chance)


def blocks_of(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Blocks of the halved blue-yellow plane in reading order, float32 (blocks, 16)."""
    plane = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV)[:, :, 1].astype(np.float32)
    height, width = (length // 4 * 4 for length in plane.shape)
    plane = plane[:height, :width]
    halved = (plane[::2, ::2] + plane[::2, 1::2] + plane[1::2, ::2] + plane[1::2, 1::2]) / np.float32(2)
    rows, columns = (length // BLOCK for length in halved.shape)
    cut = halved[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return np.asarray(cut.transpose(0, 2, 1, 3).reshape(rows * columns, BLOCK * BLOCK), dtype=np.float32)


def largest(blocks: NDArray[np.float32]) -> NDArray[np.intp]:
    """Place of the largest value of each block, 1..15; the first is left alone."""
    return np.asarray(np.abs(blocks[:, 1:]).argmax(axis=1) + 1)


def _at(blocks: NDArray[np.float32], places: NDArray[np.intp]) -> NDArray[np.float32]:
    return blocks[np.arange(len(blocks)), places]


def _read(soft: NDArray[np.float32], message: Message, tests: int) -> Watermark:
    number = len(message.bits)
    expected = np.array(message.bits) * 2 - 1
    which = np.arange(soft.size) % number
    total = np.concatenate([[0.0], np.cumsum(soft, dtype=np.float64)])
    # As many blocks as the message has bits hold each of them once, wherever they begin.
    first = np.clip(np.arange(soft.size) - number // 2, 0, soft.size - number)
    around = (total[first + number] - total[first]) / number
    sums = np.bincount(which, weights=soft - around, minlength=number)
    agreeing, shift = max(
        (int(((sums > 0) == (np.roll(expected, shift) > 0)).sum()), -shift) for shift in range(number)
    )
    unmoved = int(((sums > 0) == (expected > 0)).sum())
    moved_chance = _chance(agreeing, number, 2 * tests * number)
    chance = _chance(unmoved, number, 2 * tests)
    # Rows cut off at the top leave the message whole, from another bit on; it then has as many ways to fit as bits.
    if moved_chance < chance:
        expected, unmoved, chance = np.roll(expected, -shift), agreeing, moved_chance
    return Watermark(message, unmoved, chance, float((soft * expected[which]).mean()), soft.size)


def _chance(agreeing: int, number: int, tests: int) -> float:
    """Decimal logarithm of the probability that so many bits, or more, agree in one of some tests."""
    tail = sum(comb(number, k) for k in range(agreeing, number + 1))
    return min(0.0, float(np.log10(tests) + np.log10(float(tail)) - number * np.log10(2.0)))
