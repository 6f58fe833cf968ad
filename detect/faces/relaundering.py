"""A face after one more delivery of its picture: only what is round it is laundered, at the scale of the whole."""

from dataclasses import replace

import numpy as np

from ..forge.launder import Laundering
from ..media import Pixels
from .finder import Face
from .quality import SMALL

__all__ = ["delivered"]

_ROOM = 2.5
_GRID = 16


def delivered(rgb: Pixels, face: Face, laundering: Laundering) -> tuple[Pixels, Face, float] | None:
    """The surroundings of a face as the laundering leaves them, the face in them, and the distance of its eyes.

    Parameters
    ----------
    rgb : numpy.ndarray
        The whole picture, uint8 (height, width, 3).
    face : Face
        One of its faces.
    laundering : Laundering
        Shrinks by the size of the whole picture.

    Returns
    -------
    None when the face is too small to be judged afterwards.
    """
    eyes = float(np.hypot(*(face.marks[1] - face.marks[0])))
    x, y = face.marks.mean(axis=0)
    reach = _ROOM * eyes
    # On the grid of the blocks, as the whole picture has them.
    left, top = (max(0, int(value - reach)) // _GRID * _GRID for value in (x, y))
    part = rgb[top : int(y + reach) + 1, left : int(x + reach) + 1]
    done = _scaled(laundering, rgb.shape[1], rgb.shape[0])[0].apply(np.ascontiguousarray(part))
    ratio = np.array(done.shape[1::-1], np.float32) / np.array(part.shape[1::-1], np.float32)
    if eyes * float(ratio.mean()) < SMALL:
        return None
    marks = ((face.marks - np.array([left, top], np.float32)) * ratio).astype(np.float32)
    box = face.box.copy()
    box[:2] -= np.array([left, top], np.float32)
    return (
        done,
        Face((box * np.tile(ratio, 2)).astype(np.float32), marks, face.confidence),
        eyes * float(ratio.mean()),
    )


def _scaled(laundering: Laundering, width: int, height: int) -> tuple[Laundering, int, int]:
    """The laundering as it treats a part of a picture of that size, and the size of the picture afterwards."""
    before = laundering.before
    if before is not None:
        before, width, height = _scaled(before, width, height)
    factor = min(1.0, max(laundering.scale, laundering.smallest / min(width, height)))
    if laundering.longest is not None:
        factor = min(factor, laundering.longest / max(width, height))
    part = replace(laundering, scale=factor, longest=None, smallest=1, before=before)
    return part, max(1, round(width * factor)), max(1, round(height * factor))
