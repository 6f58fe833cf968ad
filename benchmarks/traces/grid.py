"""The JPEG grid: alarms on photos saved once, squares of quality 70 found in photos of quality 90."""

import random
from pathlib import Path

from photos import QUALITIES, Photos, laid_in, overlaps, saved, shrunk
from PIL import Image

from assay.detect.traces.grid import grids, luminance

TITLE = "JPEG grid"
SIDES = (64, 96, 128)
SECOND = (70, 80, 90, 95)


def untouched(paths: list[Path], draw: random.Random) -> tuple[int, int]:
    """Pictures, and those in which a region with another grid is claimed."""
    alarms = 0
    for path in paths:
        plane = luminance(saved(shrunk(path, draw), draw.choice(QUALITIES), draw.choice((0, 1, 2))))
        alarms += bool(grids(plane).regions)
    return len(paths), alarms


def pasted(paths: list[Path], side: int, draw: random.Random, again: int | None = None) -> tuple[int, int]:
    """Pictures with a pasted square, kept without loss or saved again, and those in which it is found."""
    number = found = 0
    for first, second in zip(paths[::2], paths[1::2], strict=False):
        made = laid_in(saved(shrunk(first, draw), 90), saved(shrunk(second, draw), 70), side, draw)
        if made is None:
            continue
        pixels, truth = made
        if again is not None:
            pixels = saved(Image.fromarray(pixels), again)
        number += 1
        found += overlaps(grids(luminance(pixels)).mask, truth)
    return number, found


def measure(photos: Photos, draw: random.Random) -> list[str]:
    """The section of the page."""
    number, alarms = untouched(photos.paths, draw)
    lines = ["| set | pictures | with a foreign grid claimed | share |", "| --- | --- | --- | --- |"]
    lines.append(
        f"| untouched, one save at quality 30 to 100 | {number:,} | {alarms} | {alarms / number:.3f} |"
    )
    half = photos.paths[: len(photos.paths) // 2]
    for side in SIDES:
        number, found = pasted(half, side, draw)
        words = f"{side} x {side} pixels of quality 70 pasted into 90, found where they are"
        lines.append(f"| {words} | {number:,} | {found} | {found / number:.3f} |")
    for again in SECOND:
        number, found = pasted(half[: len(half) // 2], 128, draw, again)
        words = f"128 x 128 pixels of quality 70 pasted into 90 and all saved again at {again}, found"
        lines.append(f"| {words} | {number:,} | {found} | {found / number:.3f} |")
    return lines
