"""Twins of a recording in which the face was drawn over frame by frame: by itself, or by another person's."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.detect.faces.alignment import aligned, moved, similarity
from assay.detect.faces.finder import Face
from assay.detect.forge.faces.mesh import Mesh
from assay.detect.forge.faces.swaps import Scene, swapped

SIDE = 128
CUT, CORNERS = 384, 90.0
"""Side of the square in which another face is laid in, and how far apart the outer corners of its eyes are there."""

WHOLE = 0.7
"""Least share of the face, by how much comes through, that counts as another person's."""

Frames = list[NDArray[np.uint8]]
Floats = NDArray[np.float64]


def drawn_over(frames: Frames, faces: Sequence[Face | None], seed: int) -> Frames:
    """Every face replaced by itself, otherwise coloured, softer, and never quite in the same place."""
    draw = np.random.default_rng(seed)
    gain, shift = 1 + draw.normal(0, 0.05, 3), draw.normal(0, 4, 3)
    made = []
    for frame, face in zip(frames, faces, strict=True):
        if face is None:
            made.append(frame)
            continue
        matrix = similarity(face.marks, SIDE)
        crop = aligned(frame, face.marks, SIDE).astype(np.float32)
        crop = cv2.GaussianBlur(crop, (0, 0), 0.7) * (gain + draw.normal(0, 0.004, 3)) + shift
        # Landmarks of each frame err on their own, and so does what is laid back by them.
        off = np.eye(3)
        off[:2, 2] = draw.normal(0, 0.6, 2)
        off[:2, :2] *= 1 + draw.normal(0, 0.006)
        back = np.linalg.inv(off @ np.vstack([matrix, [0, 0, 1]]))[:2]
        oval = np.zeros((SIDE, SIDE), np.float32)
        cv2.ellipse(oval, (SIDE // 2, round(0.56 * SIDE)), (round(0.26 * SIDE), round(0.36 * SIDE)), 0, 0, 360, 1.0, -1)
        oval = cv2.GaussianBlur(oval, (0, 0), 4)
        size = frame.shape[1::-1]
        laid, share = cv2.warpAffine(crop, back, size), cv2.warpAffine(oval, back, size)[..., None]
        made.append(np.clip(frame * (1 - share) + laid * share, 0, 255).round().astype(np.uint8))
    return made


def another(
    frames: Frames, faces: Sequence[Face | None], donor: Frames, theirs: Sequence[Face | None], mesh: Mesh, seed: int
) -> Frames:
    """Every face replaced by another person's, bent to its landmarks; the way of it is drawn once for the whole clip.

    Parameters
    ----------
    frames, faces
        The recording and its faces.
    donor, theirs
        The other person's, and their faces; one frame serves for all, more go along with the recording.
    mesh
        Finds the points that the other face is bent to.
    seed
        Decides how it is laid in.
    """
    donors = [_cut(frame, face, mesh) for frame, face in zip(donor, theirs, strict=True) if face is not None]
    way: int | None = None
    made = []
    for number, (frame, face) in enumerate(zip(frames, faces, strict=True)):
        if face is None:
            made.append(frame)
            continue
        cut, points, matrix = _cut(frame, face, mesh)
        there, there_points, _ = donors[number % len(donors)]
        scene = Scene(cut, points, there, there_points)
        if way is None:
            way = _whole(scene, seed)
        # The same draw for each frame: a program does not change its ways within a clip.
        _, laid, _ = swapped(scene, "person", np.random.default_rng(way))
        made.append(_back(frame, cut, laid, matrix))
    return made


def _cut(frame: NDArray[np.uint8], face: Face, mesh: Mesh) -> tuple[NDArray[np.uint8], NDArray[np.float32], Floats]:
    """A face with what is around it, always of one size; its points there; and the way from the frame to it.

    The size is that of the points, since draws within `swapped` are as many as it tells.
    """
    points = mesh.points(frame, face.marks)
    scale = CORNERS / float(np.linalg.norm(points[263] - points[33]))
    matrix = np.hstack([scale * np.eye(2), (CUT / 2 - scale * points.mean(axis=0))[:, None]])
    cut = cv2.warpAffine(frame, matrix, (CUT, CUT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(cut, np.uint8), moved(points, matrix), matrix


def _back(
    frame: NDArray[np.uint8], cut: NDArray[np.uint8], laid: NDArray[np.uint8], matrix: Floats
) -> NDArray[np.uint8]:
    """The frame with what was laid in, at the resolution of the cut; nothing else of it is touched."""
    touched = np.clip(cv2.GaussianBlur(np.abs(laid.astype(np.float32) - cut).max(axis=2), (0, 0), 1.5), 0, 1)
    size = frame.shape[1::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    new, share = cv2.warpAffine(laid, matrix, size, flags=flags), cv2.warpAffine(touched, matrix, size, flags=flags)
    return np.clip(frame * (1 - share[..., None]) + new * share[..., None], 0, 255).round().astype(np.uint8)


def _whole(scene: Scene, seed: int) -> int:
    """The first draw that replaces most of the face: a mouth alone is no other person."""
    hull = np.zeros(scene.host.shape[:2], np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.rint(scene.mesh).astype(np.int32)), 1)
    for way in range(1000 * seed, 1000 * seed + 1000):
        alpha = swapped(scene, "person", np.random.default_rng(way))[2]
        if float(alpha[hull > 0].mean()) > WHOLE:
            return way
    raise RuntimeError("no draw covers the face")
