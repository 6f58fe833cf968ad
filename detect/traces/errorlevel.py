"""Error level: how much each pixel changes when the picture is saved once more. A picture for the eye, never a score.

Edges, fine texture and strong colours change most whatever their past, and even parts least; programs differ in how
they thin out colour. What stands out is therefore mostly what the picture shows. (Krawetz, *A picture's worth: digital
image analysis and forensics*, Black Hat 2007.)
"""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["GAIN", "QUALITY", "error_level"]

QUALITY = 90
"""Quality of the save."""

GAIN = 15
"""Differences are shown this many times as large; the same for every picture, so that pictures can be compared."""


def error_level(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Differences to the picture saved once more, uint8 (height, width, 3), `GAIN` times as large.

    Parameters
    ----------
    rgb : numpy.ndarray
        uint8 (height, width, 3).
    """
    done, coded = cv2.imencode(
        ".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    if not done:
        raise ValueError("the picture cannot be saved as JPEG")
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    if decoded is None:
        raise ValueError("the picture cannot be read back")
    again = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return np.asarray(cv2.convertScaleAbs(cv2.absdiff(rgb, np.asarray(again)), alpha=GAIN), dtype=np.uint8)
