"""Copy-move: alarms on untouched photos, copied parts found by move, size and later JPEG quality."""

import random
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from photos import Photos, Pixels, saved
from PIL import Image

from assay.detect.traces.copymove import copies
from assay.detect.traces.grid import luminance

TITLE = "Copy-move"
MOVES = {
    "shifted": ((0.0, 1.0),),
    "turned by 10 to 40 degrees": ((10.0, 1.0), (25.0, 1.0), (-40.0, 1.0)),
    "resized to 80 or 120 %": ((0.0, 0.8), (0.0, 1.2)),
}
SIDES = (64, 96, 128)
QUALITIES = (None, 90, 75)
COVERED = 0.4
"""Share of the copy that must be marked."""


def opened(path: Path) -> Pixels:
    """Pixels of a file."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def copied(
    pixels: Pixels, side: int, move: tuple[float, float], draw: random.Random
) -> tuple[Pixels, NDArray[np.bool_]] | None:
    """A disc of a detailed part laid elsewhere, turned and resized, and where; None when there is no room."""
    height, width = pixels.shape[:2]
    if min(height, width) < 3 * side:
        return None
    corners = [(draw.randrange(height - side), draw.randrange(width - side)) for _ in range(12)]
    grey = luminance(pixels)
    top, left = max(
        corners,
        key=lambda at: float(cv2.Laplacian(grey[at[0] : at[0] + side, at[1] : at[1] + side], cv2.CV_32F).std()),
    )
    places = [(draw.randrange(height - side), draw.randrange(width - side)) for _ in range(50)]
    place = next((at for at in places if abs(at[0] - top) > side or abs(at[1] - left) > side), None)
    if place is None:
        return None
    turn, scale = move
    middle = (side / 2, side / 2)
    part = cv2.warpAffine(
        pixels[top : top + side, left : left + side], cv2.getRotationMatrix2D(middle, turn, scale), (side, side),
        flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT,
    )  # fmt: skip
    disc = np.zeros((side, side), np.uint8)
    cv2.circle(disc, (side // 2, side // 2), int(side * 0.5 * min(1.0, scale * 0.95)), 1, -1)
    made, truth = pixels.copy(), np.zeros((height, width), np.bool_)
    made[place[0] : place[0] + side, place[1] : place[1] + side][disc > 0] = part[disc > 0]
    truth[place[0] : place[0] + side, place[1] : place[1] + side] = disc > 0
    return made, truth


def measure(photos: Photos, draw: random.Random) -> list[str]:
    """The section of the page."""
    lines = [
        "Thresholds were chosen on photos of the training data; those of the other sources played no part in them.",
        "Of a made copy the source is the most detailed of twelve random places; found means that at least",
        f"{COVERED:.0%} of the copy is marked.",
        "",
        "| untouched | pictures | with a copy claimed | share |",
        "| --- | --- | --- | --- |",
    ]
    for name, paths in photos.sets().items():
        alarms = sum(bool(copies(luminance(opened(path))).found) for path in paths)
        lines.append(f"| {name} | {len(paths):,} | {alarms} | {alarms / max(len(paths), 1):.3f} |")
    lines += ["", "| copied | then saved at | 64 px | 96 px | 128 px |", "| --- | --- | --- | --- | --- |"]
    some = photos.paths[: max(8, len(photos.paths) // 25)]
    for name, moves in MOVES.items():
        for quality in QUALITIES:
            cells = []
            for side in SIDES:
                number = found = 0
                for path in some:
                    made = copied(opened(path), side, draw.choice(moves), draw)
                    if made is None:
                        continue
                    pixels, truth = made
                    if quality is not None:
                        pixels = saved(Image.fromarray(pixels), quality)
                    number += 1
                    found += bool((copies(luminance(pixels)).mask & truth).sum() >= COVERED * truth.sum())
                cells.append(f"{found} of {number}")
            lines.append(f"| {name} | {'without loss' if quality is None else quality} | {' | '.join(cells)} |")
    return lines
