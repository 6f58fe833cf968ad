"""The watermark of generators: alarms on photos, and what it survives. Written by this project's own encoder."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from copymove import opened
from photos import Photos, Pixels, saved
from PIL import Image

from assay.detect.forge.watermark import watermarked
from assay.detect.traces.watermark import MESSAGES, watermark

TITLE = "Watermark"
SIZE = (512, 512)


def _jpeg(quality: int, subsampling: int) -> Callable[[Pixels], Pixels]:
    return lambda pixels: saved(Image.fromarray(pixels), quality, subsampling)


def _resized(pixels: Pixels, factor: float) -> Pixels:
    picture = Image.fromarray(pixels)
    smaller = picture.resize(tuple(round(factor * side) for side in picture.size), Image.Resampling.LANCZOS)
    return np.asarray(smaller.resize(picture.size, Image.Resampling.LANCZOS))


SINCE: dict[str, Callable[[Pixels], Pixels]] = {
    "nothing": lambda pixels: pixels,
    "JPEG 98, colour whole": _jpeg(98, 0),
    "JPEG 98, colour halved": _jpeg(98, 2),
    "JPEG 95, colour whole": _jpeg(95, 0),
    "JPEG 95, colour halved": _jpeg(95, 2),
    "JPEG 90, colour whole": _jpeg(90, 0),
    "JPEG 85, colour halved": _jpeg(85, 2),
    "lower half cut off": lambda pixels: np.ascontiguousarray(pixels[: pixels.shape[0] // 2]),
    "8 rows cut off at the top": lambda pixels: np.ascontiguousarray(pixels[8:]),
    "resized to 99 % and back": lambda pixels: _resized(pixels, 0.99),
    "brighter by 5 levels": lambda pixels: np.clip(pixels.astype(int) + 5, 0, 255).astype(np.uint8),
}


def measure(photos: Photos, draw: random.Random) -> list[str]:
    """The section of the page."""
    lines = [
        "| without a watermark | pictures | looked at | claimed | least chance, as a power of ten |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, paths in photos.sets().items():
        found = [one for path in paths if (one := watermark(opened(path))) is not None]
        least = min((one.log10_chance for one in found), default=0.0)
        lines.append(f"| {name} | {len(paths):,} | {len(found):,} | {sum(one.found for one in found)} | {least:.1f} |")
    some = photos.paths[: max(8, len(photos.paths) // 20)]
    lines += [
        "",
        f"{len(some)} photos, resized to {SIZE[0]} x {SIZE[1]} pixels and marked; found by the right name after:",
        "",
        "| since | " + " | ".join(message.who for message in MESSAGES) + " |",
        "| --- |" + " --- |" * len(MESSAGES),
    ]
    marked = {message.who: [watermarked(_sized(path), message) for path in some] for message in MESSAGES}
    for name, change in SINCE.items():
        cells = []
        for message in MESSAGES:
            read = [watermark(change(pixels)) for pixels in marked[message.who]]
            cells.append(str(sum(one is not None and one.found and one.message is message for one in read)))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _sized(path: Path) -> Pixels:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB").resize(SIZE, Image.Resampling.BICUBIC))
