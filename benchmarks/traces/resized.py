"""Resampling: alarms on untouched photos; resized squares laid into photos, found by factor, size and later quality."""

import random
from pathlib import Path

import numpy as np
from copymove import opened
from photos import Photos, laid_in, saved
from PIL import Image

from assay.detect.traces.grid import luminance
from assay.detect.traces.resampling import Resampled, resampling

TITLE = "Resampling"
FACTORS = (0.8, 0.9, 1.1, 1.2, 1.3, 1.45, 1.7)
SIDES = (128, 192)
QUALITIES = (None, 95, 85)
KERNELS = (Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.LANCZOS)
NEAR = 80
"""Most distance of the middle of a claimed part from that of the square, across and down, in pixels."""


def measure(photos: Photos, draw: random.Random) -> list[str]:
    """The section of the page."""
    lines = [
        "Thresholds were chosen on photos of the training data; those of the other sources played no part in them.",
        "Pictures that were resized as a whole are told and claim nothing.",
        "",
        "| untouched | pictures | told as resized in whole | with a part claimed | share |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, paths in photos.sets().items():
        planes = (luminance(opened(path)) for path in paths)
        found = [resampling(plane) for plane in planes if min(plane.shape) >= 128]
        whole, alarms = sum(one.frequency is not None for one in found), sum(bool(one.parts) for one in found)
        lines.append(f"| {name} | {len(found):,} | {whole} | {alarms} | {alarms / max(len(found), 1):.3f} |")
    number, alarms = _whole_resized(photos.paths, draw)
    words = "photos resized to 70 to 200 % as a whole, most saved after"
    lines.append(f"| {words} | {number:,} | | {alarms} | {alarms / max(number, 1):.3f} |")
    lines += [
        "",
        f"Found: a claimed part whose middle lies within {NEAR} pixels of the middle of the square.",
        "",
        "| resized to | " + " | ".join(_head(side, quality) for side in SIDES for quality in QUALITIES) + " |",
        "| --- |" + " --- |" * (len(SIDES) * len(QUALITIES)),
    ]
    some = photos.paths[: max(8, len(photos.paths) // 4)]
    for factor in FACTORS:
        cells = [_found(some, factor, side, quality, draw) for side in SIDES for quality in QUALITIES]
        lines.append(f"| {factor:.0%} | {' | '.join(cells)} |")
    return lines


def _head(side: int, quality: int | None) -> str:
    return f"{side} px, {'lossless' if quality is None else quality}"


def _found(paths: list[Path], factor: float, side: int, quality: int | None, draw: random.Random) -> str:
    number = found = 0
    for first, second in zip(paths[::2], paths[1::2], strict=False):
        with Image.open(second) as other:
            size = tuple(round(length * factor) for length in other.size)
            resized = other.convert("RGB").resize(size, draw.choice(KERNELS))
        made = laid_in(opened(first), np.asarray(resized), side, draw)
        if made is None:
            continue
        pixels, truth = made
        if quality is not None:
            pixels = saved(Image.fromarray(pixels), quality)
        y, x = (float(np.flatnonzero(truth.any(axis=axis)).mean()) for axis in (1, 0))
        number += 1
        found += any(_near(part, x, y) for part in resampling(luminance(pixels)).parts)
    return f"{found} of {number}"


def _whole_resized(paths: list[Path], draw: random.Random) -> tuple[int, int]:
    """Pictures resized as a whole, and those in which a part is claimed all the same."""
    number = alarms = 0
    for path in paths:
        factor, quality = draw.uniform(0.7, 2.0), draw.choice((None, 70, 80, 90, 95))
        with Image.open(path) as picture:
            size = tuple(round(length * factor) for length in picture.size)
            resized = picture.convert("RGB").resize(size, draw.choice(KERNELS))
        if min(size) >= 128:
            pixels = np.asarray(resized) if quality is None else saved(resized, quality)
            number += 1
            alarms += bool(resampling(luminance(pixels)).parts)
    return number, alarms


def _near(part: Resampled, x: float, y: float) -> bool:
    return abs(part.x + part.width / 2 - x) < NEAR and abs(part.y + part.height / 2 - y) < NEAR
