"""Faces in one picture, by YuNet: a box, five landmarks and a confidence each."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...models.artifact import Artifact
from ..media import Pixels

__all__ = ["LONGEST", "TASK", "Face", "FaceFinder"]

TASK = "face-detection"
"""Task of the artifact that is taken from the registry."""

LONGEST = 640
"""A larger picture is shrunk to this longer side to look for faces, in pixels; they are told in its own pixels."""

_OVERLAP = 0.3
_MOST = 50
"""Most faces of one picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face in a picture.

    Attributes
    ----------
    box : numpy.ndarray
        float32 (4,): left, top, width, height, in pixels; may reach over the edge.
    marks : numpy.ndarray
        float32 (5, 2), x and y in pixels: the eye on the left of the picture, the eye on the right, tip of the nose,
        corner of the mouth on the left, on the right.
    confidence : float
        Of the detector, 0..1.
    """

    box: NDArray[np.float32]
    marks: NDArray[np.float32]
    confidence: float


class FaceFinder:
    """Finds faces. Not for several threads at a time: make one for each.

    Parameters
    ----------
    artifact : Artifact
        Of task ``face-detection``.
    """

    def __init__(self, artifact: Artifact) -> None:
        graph = np.frombuffer(artifact.path("graph").read_bytes(), np.uint8)
        self._least = float(_number(artifact.card.preprocessing["confidence"]))
        # OpenCV 5 warns on standard error that it has no other target than the processor.
        log = cv2.utils.logging
        before = log.getLogLevel()
        log.setLogLevel(log.LOG_LEVEL_ERROR)
        try:
            self._net = cv2.FaceDetectorYN.create(
                "onnx", graph, np.zeros(0, np.uint8), (LONGEST, LONGEST), self._least, _OVERLAP, 500
            )
        finally:
            log.setLogLevel(before)

    def find(self, rgb: Pixels) -> list[Face]:
        """Faces of a picture, the largest first.

        Parameters
        ----------
        rgb : numpy.ndarray
            uint8 (height, width, 3), sRGB, upright.
        """
        height, width = rgb.shape[:2]
        factor = min(1.0, LONGEST / max(height, width))
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        shrunk = rgb if factor == 1.0 else cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        self._net.setInputSize(size)
        rows: Any = self._net.detect(np.ascontiguousarray(shrunk[:, :, ::-1]))[1]
        if rows is None:
            return []
        scale = np.array([width / size[0], height / size[1]], np.float32)
        found = [
            Face(row[:4] * np.tile(scale, 2), row[4:14].reshape(5, 2) * scale, float(np.clip(row[14], 0.0, 1.0)))
            for row in np.asarray(rows, np.float32)
            if np.isfinite(row).all() and row[2] > 0 and row[3] > 0
        ]
        return sorted(found, key=lambda face: -float(face.box[2] * face.box[3]))[:_MOST]


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise ValueError("the card of the face detector states no confidence")
    return value
