"""How well a face can be judged: its size, sharpness, pose, and whether it may be covered."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..media import Pixels
from .finder import Face

__all__ = ["Quality", "quality", "unfit"]

SMALL = 32.0
"""Distance of the eyes below which a face is too small to be judged, in pixels."""

BLURRED = 2.0
"""Sharpness below which a face is too blurred."""

TURNED = 40.0
"""Turn or tilt of the head beyond which a face is too far from looking ahead, in degrees."""

COVERED = 0.75
"""Confidence of the detector below which a large, sharp face may be covered in part."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a face can be judged.

    Attributes
    ----------
    eyes : float
        Distance of the eyes in the picture, in pixels.
    sharpness : float
        Standard deviation of the Laplacian of the crop's brightness at the size that the picture has it, 0..: what
        blur and strong compression take away.
    yaw, pitch, roll : float
        Degrees, guessed from five landmarks, to within ten or so: turned to a side, nodding, leaning.
    inside : float
        Share of its box within the picture, 0..1.
    confidence : float
        Of the detector, 0..1.
    """

    eyes: float
    sharpness: float
    yaw: float
    pitch: float
    roll: float
    inside: float
    confidence: float


def quality(face: Face, rgb: Pixels) -> Quality:
    """Judge a face in its picture."""
    left, right, nose, *mouth = face.marks.astype(np.float64)
    eyes, lips = (left + right) / 2, (mouth[0] + mouth[1]) / 2
    across = right - left
    distance = float(np.hypot(*across))
    # Upright: x along the eyes, y down the face, in units of the distance of the eyes.
    x = across / max(distance, 1e-6)
    y = np.array([-x[1], x[0]])
    aside = float((nose - (eyes + lips) / 2) @ x) / max(distance, 1e-6)
    long = max(float((lips - eyes) @ y), 1e-6)
    down = float((nose - eyes) @ y) / long
    return Quality(
        eyes=distance,
        sharpness=_sharpness(face, rgb),
        # The tip of the nose stands out by about 0.6 of the distance of the eyes; half-way down it looks ahead.
        yaw=float(np.degrees(np.arcsin(np.clip(aside / 0.6, -1, 1)))),
        pitch=float(np.degrees(np.arcsin(np.clip((down - 0.55) / 0.5, -1, 1)))),
        roll=float(np.degrees(np.arctan2(across[1], across[0]))),
        inside=_inside(face.box, rgb.shape[1], rgb.shape[0]),
        confidence=face.confidence,
    )


def unfit(seen: Quality) -> list[str]:
    """Codes of why a face cannot be judged; empty when it can."""
    return [
        *(["face-small"] if seen.eyes < SMALL else []),
        *(["face-blurred"] if seen.sharpness < BLURRED else []),
        *(["face-turned"] if max(abs(seen.yaw), abs(seen.pitch)) > TURNED else []),
        *(["face-cut-off"] if seen.inside < 0.9 else []),
        *(["face-covered"] if seen.confidence < COVERED and seen.eyes >= SMALL else []),
    ]


def _sharpness(face: Face, rgb: Pixels) -> float:
    left, top, width, height = face.box
    x0, y0 = (max(0, int(edge)) for edge in (left, top))
    part = rgb[y0 : int(top + height) + 1, x0 : int(left + width) + 1]
    if min(part.shape[:2]) < 4:
        return 0.0
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).std())


def _inside(box: NDArray[np.float32], width: int, height: int) -> float:
    left, top, across, down = (float(value) for value in box)
    kept = max(0.0, min(left + across, width) - max(left, 0.0)) * max(0.0, min(top + down, height) - max(top, 0.0))
    return kept / max(across * down, 1e-6)
