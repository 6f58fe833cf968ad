"""A portrait whose landmarks are known because they were put there: an oval with eyes, nose and mouth on a photo."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.detect.faces.quality import Quality
from assay.detect.forge.faces.mesh import PARTS, Points
from assay.detect.forge.faces.portraits import Portrait
from assay.detect.forge.launder import Pixels
from assay.detect.forge.pool import Picture

MIDDLE, EYES = np.array([120.0, 130.0]), 60.0


def mesh_of(middle: np.ndarray, eyes: float) -> Points:  # type: ignore[type-arg]
    """468 points of an upright face: an oval, and within it brows, eyes, a nose and lips."""
    rng = np.random.default_rng(0)
    angle, reach = rng.uniform(0, 2 * np.pi, 468), np.sqrt(rng.uniform(0, 1, 468))
    points = np.column_stack([np.sin(angle) * reach * 1.0, -np.cos(angle) * reach * 1.35])
    turn = np.linspace(0, 2 * np.pi, len(PARTS["oval"]), endpoint=False)
    points[list(PARTS["oval"])] = np.column_stack([np.sin(turn) * 1.0, -np.cos(turn) * 1.35])
    for name, at, size in (
        ("lips", (0, 0.75), (0.4, 0.12)),
        ("brows", (0, -0.6), (0.7, 0.1)),
        ("eyes", (0, -0.35), (0.75, 0.06)),
        ("nose", (0, 0.05), (0.15, 0.35)),
    ):
        turn = np.linspace(0, 2 * np.pi, len(PARTS[name]), endpoint=False)
        points[list(PARTS[name])] = np.column_stack(
            [at[0] + np.sin(turn) * size[0], at[1] - np.cos(turn) * size[1]]
        )
    points[10], points[152], points[1] = (0, -1.35), (0, 1.35), (0, 0.25)
    points[33], points[263] = (-0.75, -0.35), (0.75, -0.35)
    return np.asarray(middle + points * eyes, dtype=np.float32)


def portrait_of(pixels: Pixels, name: str = "one.jpg", *, held: bool = False) -> Portrait:
    marks = np.array([[-0.5, -0.35], [0.5, -0.35], [0, 0.2], [-0.35, 0.75], [0.35, 0.75]]) * EYES + MIDDLE
    seen = Quality(EYES, 8.0, 0.0, 0.0, 0.0, 1.0, 0.95)
    picture = Picture(Path(name), name, False, "somewhere", "", "none")
    return Portrait(
        picture, "age=30;sex=1;group=2", pixels, marks.astype(np.float32), mesh_of(MIDDLE, EYES), seen, held
    )


@pytest.fixture(scope="module")
def portraits(photo: Image.Image, flower: Image.Image) -> list[Portrait]:
    made = []
    for number, picture in enumerate((photo, flower)):
        part = np.asarray(picture)[40:300, 60:300].copy()
        face = cv2.ellipse(np.zeros(part.shape[:2], np.uint8), (120, 130), (58, 80), 0, 0, 360, 255, -1) > 0
        part[face] = (0.5 * part[face] + (90, 70, 60)).astype(np.uint8)
        made.append(portrait_of(np.ascontiguousarray(part), f"{number}.jpg"))
    return made
