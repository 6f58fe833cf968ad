"""Noise level: alarms on untouched photos; squares with added noise, or smoothed, found by later JPEG quality."""

import random
from pathlib import Path

import cv2
import numpy as np
from copymove import opened
from numpy.typing import NDArray
from photos import Photos, Pixels, overlaps, saved
from PIL import Image

from assay.detect.traces.blocks import BLOCK
from assay.detect.traces.grid import luminance
from assay.detect.traces.noise import noise

TITLE = "Noise level"
SIDES = (96, 160)
QUALITIES = (None, 95, 85)
CHANGES = ("noise of 3 added", "noise of 6 added", "noise of 12 added", "blurred by 1 pixel")


def changed(pixels: Pixels, side: int, how: str, draw: random.Random) -> tuple[Pixels, NDArray[np.bool_]] | None:
    """A square of another noise, and the blocks that lie in it; None when there is no room."""
    height, width = pixels.shape[:2]
    if min(height, width) < 2 * side:
        return None
    top, left = draw.randrange(height - side), draw.randrange(width - side)
    made, truth = pixels.copy(), np.zeros((height, width), np.float32)
    part = made[top : top + side, left : left + side]
    if how.startswith("noise"):
        added = np.random.default_rng(draw.randrange(2**32)).normal(0, int(how.split()[2]), part.shape)
        part[:] = np.clip(np.rint(part + added), 0, 255)
    else:
        part[:] = cv2.GaussianBlur(part, (0, 0), 1.0)
    truth[top : top + side, left : left + side] = 1
    rows, columns = height // BLOCK, width // BLOCK
    shares = truth[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3))
    return made, shares > 0.5


def measure(photos: Photos, draw: random.Random) -> list[str]:
    """The section of the page."""
    lines = [
        "Thresholds were chosen on photos of the training data; those of the other sources played no part in them.",
        "",
        "| untouched | pictures | can be read | with a part claimed | share |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, paths in photos.sets().items():
        found = [noise(luminance(opened(path))) for path in paths]
        read, alarms = sum(not np.isnan(one.spread) for one in found), sum(bool(one.parts) for one in found)
        lines.append(f"| {name} | {len(paths):,} | {read:,} | {alarms} | {alarms / max(len(paths), 1):.3f} |")
    heads = " | ".join(f"{side} px" for side in SIDES)
    lines += ["", f"| changed | then saved at | {heads} |", "| --- | --- |" + " --- |" * len(SIDES)]
    some = photos.paths[: max(8, len(photos.paths) // 5)]
    for how in CHANGES:
        for quality in QUALITIES:
            cells = [_found(some, side, how, quality, draw) for side in SIDES]
            lines.append(f"| {how} | {'without loss' if quality is None else quality} | {' | '.join(cells)} |")
    return lines


def _found(paths: list[Path], side: int, how: str, quality: int | None, draw: random.Random) -> str:
    number = found = 0
    for path in paths:
        made = changed(opened(path), side, how, draw)
        if made is None:
            continue
        pixels, truth = made
        if quality is not None:
            pixels = saved(Image.fromarray(pixels), quality)
        number += 1
        found += overlaps(noise(luminance(pixels)).mask, truth)
    return f"{found} of {number}"
