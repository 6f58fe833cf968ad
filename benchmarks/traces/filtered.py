"""Colour filters: pictures made through a mosaic, with parts of another camera's pattern or of none laid in."""

import random
from pathlib import Path

import cv2
import numpy as np
from copymove import opened
from numpy.typing import NDArray
from photos import Photos, Pixels, overlaps, saved
from PIL import Image

from assay.detect.traces.blocks import BLOCK
from assay.detect.traces.cfa import filters

TITLE = "Colour filters"
WAYS = {
    "bilinear": cv2.COLOR_BayerBG2RGB,
    "along edges": cv2.COLOR_BayerBG2RGB_EA,
    "by gradients": cv2.COLOR_BayerBG2RGB_VNG,
}
QUALITIES = (None, 98, 95, 90)
SIDE = 128
NOISE = 2.0


def developed(pixels: Pixels, way: int, draw: random.Random) -> Pixels:
    """The photo as a camera makes it: a mosaic of one colour a pixel with noise, and the other colours computed."""
    height, width = (side // 2 * 2 for side in pixels.shape[:2])
    soft = cv2.GaussianBlur(pixels[:height, :width], (0, 0), 0.5).astype(np.float32)
    noise = np.random.default_rng(draw.randrange(2**32)).normal(0, NOISE, soft.shape)
    noisy = np.clip(np.rint(soft + noise), 0, 255).astype(np.uint8)
    mosaic = noisy[:, :, 1].copy()
    mosaic[::2, ::2], mosaic[1::2, 1::2] = noisy[::2, ::2, 0], noisy[1::2, 1::2, 2]
    return np.asarray(cv2.cvtColor(mosaic, way), dtype=np.uint8)


def measure(photos: Photos, draw: random.Random) -> list[str]:
    """The section of the page."""
    lines = [
        "| untouched | pictures | a pattern shows | with a part claimed |",
        "| --- | --- | --- | --- |",
    ]
    for name, paths in photos.sets().items():
        found = [filters(pixels) for path in paths if min((pixels := opened(path)).shape[:2]) >= 64]
        shown, alarms = sum(one.side is not None for one in found), sum(bool(one.parts) for one in found)
        lines.append(f"| {name} | {len(found):,} | {shown} | {alarms} |")
    some = [path for path in photos.paths if min(opened(path).shape[:2]) > 2 * SIDE][: max(8, len(photos.paths) // 10)]
    lines += [
        "",
        "These photos were resized and saved before they came here, which leaves no pattern. So the sets are made: a",
        "mosaic of each photo, colours computed from it, saved without loss or with whole colours at a given quality.",
        f"Then a square of {SIDE} pixels of another such picture is laid in, an odd number of pixels off, or of a",
        "photo without a pattern.",
        "",
        "| colours computed | saved at | pictures | a pattern shows | part claimed in the untouched "
        "| other pattern found | no pattern found |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, way in WAYS.items():
        for quality in QUALITIES:
            counts = _counts(some, way, quality, draw)
            told = " | ".join(str(count) for count in counts)
            lines.append(f"| {name} | {'without loss' if quality is None else quality} | {len(some)} | {told} |")
    return lines


def _counts(paths: list[Path], way: int, quality: int | None, draw: random.Random) -> tuple[int, int, int, int]:
    shown = alarms = other = none = 0
    for first, second in zip(paths, [*paths[1:], paths[0]], strict=True):
        ground, plain = developed(opened(first), way, draw), opened(second)
        found = filters(_kept(ground, quality))
        shown, alarms = shown + (found.side is not None), alarms + bool(found.parts)
        top, left = (draw.randrange(length - SIDE) for length in ground.shape[:2])
        y, x = (draw.randrange(length // 2 * 2 - SIDE - 1) for length in plain.shape[:2])
        x += (x + y + left + top + 1) % 2
        other += _is_found(ground, developed(plain, way, draw)[y:, x:], (top, left), quality)
        none += _is_found(ground, plain[y:, x:], (top, left), quality)
    return shown, alarms, other, none


def _is_found(ground: Pixels, part: Pixels, place: tuple[int, int], quality: int | None) -> bool:
    top, left = place
    made, truth = ground.copy(), np.zeros(ground.shape[:2], np.float32)
    made[top : top + SIDE, left : left + SIDE] = part[:SIDE, :SIDE]
    truth[top : top + SIDE, left : left + SIDE] = 1
    return overlaps(filters(_kept(made, quality)).mask, _blocks(truth))


def _kept(pixels: Pixels, quality: int | None) -> Pixels:
    return pixels if quality is None else saved(Image.fromarray(pixels), quality, 0)


def _blocks(truth: NDArray[np.float32]) -> NDArray[np.bool_]:
    rows, columns = (length // BLOCK for length in truth.shape)
    whole = truth[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return np.asarray(whole.mean(axis=(1, 3)) > 0.5)
