"""Writes the invisible watermark of image generators, as :mod:`assay.detect.traces.watermark` reads it, for tests."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ..traces.watermark import BLOCK, STEP, Message, blocks_of, largest

__all__ = ["watermarked"]


def watermarked(rgb: NDArray[np.uint8], message: Message) -> NDArray[np.uint8]:
    """The picture with a message written into it.

    Parameters
    ----------
    rgb : numpy.ndarray
        uint8 (height, width, 3).
    message : Message
        Repeated over the picture.
    """
    blocks = blocks_of(rgb)
    places = largest(blocks)
    values = blocks[np.arange(len(blocks)), places].astype(np.float64)
    bits = np.array(message.bits)[np.arange(len(values)) % len(message.bits)]
    moved = np.sign(values + 0.5) * (np.abs(values) // STEP + 0.25 + 0.5 * bits) * STEP
    yuv = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV), dtype=np.uint8)
    columns = rgb.shape[1] // 4 * 4 // 2 // BLOCK
    index = np.arange(len(values))
    y = 2 * (index // columns * BLOCK + places // BLOCK)
    x = 2 * (index % columns * BLOCK + places % BLOCK)
    # One value of the halved plane is half the sum of four pixels: each of them moves by half the distance.
    change = (moved - values) / 2
    plane = yuv[:, :, 1].astype(np.float64)
    for down in (0, 1):
        for right in (0, 1):
            plane[y + down, x + right] += change
    # Cut, as the programs cut, rather than rounded.
    yuv[:, :, 1] = np.clip(plane, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB), dtype=np.uint8)
