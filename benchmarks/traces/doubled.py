"""Double JPEG: pictures saved once and twice, and squares that were saved once within a picture saved twice."""

import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from photos import QUALITIES, Photos, coded, laid_in, overlaps, saved, shrunk
from PIL import Image, ImageEnhance

from assay.detect.traces.coefficients import coefficients
from assay.detect.traces.doubled import Doubled, doubled

TITLE = "Double JPEG"
FIRST = (50, 60, 70, 75, 80, 85, 90, 95)
SECOND = (60, 70, 75, 80, 85, 90, 95, 98, 100)
SIDES = (32, 64, 96, 128)
PAIRS = ((60, 75), (70, 90), (75, 95), (80, 85), (90, 95), (90, 75))
NOISES = (0, 1, 2, 4)


def looked(data: bytes) -> Doubled | None:
    """What is found in a JPEG file."""
    with Image.open(io.BytesIO(data)) as opened:
        table = list(opened.quantization[0])
        rgb = np.asarray(opened.convert("RGB"))
    with Image.open(io.BytesIO(data)) as opened:
        opened.draft("L", opened.size)
        luma = np.asarray(opened.convert("L"))
    height, width = (side // 8 * 8 for side in luma.shape)
    clipped = ((rgb == 0) | (rgb == 255)).any(axis=2)
    return doubled(coefficients(luma[:height, :width], clipped[:height, :width]), table)


def again(picture: Image.Image, first: int, second: int, draw: random.Random) -> bytes:
    """Saved twice on one grid."""
    once = Image.fromarray(saved(picture, first, draw.choice((0, 1, 2))))
    return coded(once, second, draw.choice((0, 1, 2)))


def brightened(picture: Image.Image, first: int, second: int, draw: random.Random) -> bytes:
    """Saved, made a little brighter and more contrasted as a whole, saved."""
    once = Image.fromarray(saved(picture, first))
    made = ImageEnhance.Contrast(ImageEnhance.Brightness(once).enhance(1.06)).enhance(1.08)
    return coded(made, second)


def cropped(picture: Image.Image, first: int, second: int, draw: random.Random) -> bytes:
    """Saved, cut off its grid, saved."""
    once = saved(picture, first)
    return coded(Image.fromarray(once[draw.randrange(1, 8) :, draw.randrange(1, 8) :]), second)


def thrice(picture: Image.Image, first: int, second: int, draw: random.Random) -> bytes:
    """Saved three times."""
    return again(Image.fromarray(saved(picture, draw.choice(FIRST))), first, second, draw)


UNTOUCHED: dict[str, Callable[[Image.Image, int, int, random.Random], bytes]] = {
    "saved twice": again,
    "saved three times": thrice,
    "saved, brightened as a whole, saved": brightened,
    "saved, cropped off the grid, saved": cropped,
}


def alarms(paths: Sequence[Path], originals: Sequence[Path], draw: random.Random) -> list[str]:
    """Pictures that nobody edited in part, and claims of an earlier save and of parts."""
    lines = [
        "| untouched | pictures | earlier save told | part claimed | share |",
        "| --- | --- | --- | --- | --- |",
    ]

    def line(name: str, found: Sequence[Doubled | None]) -> None:
        real = [one for one in found if one is not None]
        parts = sum(bool(one.once.found) for one in real)
        told = sum(one.past.found for one in real)
        lines.append(f"| {name} | {len(real):,} | {told:,} | {parts} | {parts / len(real):.4f} |")

    few = paths[: len(paths) * 2 // 5]
    once = [
        looked(coded(shrunk(path, draw), draw.choice(QUALITIES), draw.choice((0, 1, 2)))) for path in paths
    ]
    line("saved once, quality 30 to 100", once)
    for name, way in UNTOUCHED.items():
        line(
            name,
            [looked(way(shrunk(path, draw), draw.choice(FIRST), draw.choice(SECOND), draw)) for path in few],
        )
    line("camera originals as they are", [looked(path.read_bytes()) for path in originals])
    resaved = []
    for path in originals:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        resaved += [looked(coded(picture, quality)) for quality in (75, 90, 95, 98)]
    line("camera originals saved again at 75, 90, 95, 98", resaved)
    return lines


def told(paths: Sequence[Path], draw: random.Random) -> list[str]:
    """How often an earlier save is told, for pairs of qualities."""
    lines = [
        "Share of pictures saved twice in which the earlier save is told, first quality down, second across:",
        "",
    ]
    lines += [f"| | {' | '.join(map(str, SECOND))} |", f"| --- |{' --- |' * len(SECOND)}"]
    for first in FIRST:
        row = []
        for second in SECOND:
            found = [looked(again(shrunk(path, draw), first, second, draw)) for path in paths]
            real = [one for one in found if one is not None]
            row.append(f"{sum(one.past.found for one in real) / len(real):.2f}")
        lines.append(f"| {first} | {' | '.join(row)} |")
    return lines


def pasted(
    paths: Sequence[Path], first: int, second: int, side: int, draw: random.Random, noise: float = 0
) -> tuple[int, int]:
    """Pictures saved, given a square without a JPEG past, and saved again; and those in which it is found."""
    number = found = 0
    for one, other in zip(paths[::2], paths[1::2], strict=False):
        made = laid_in(saved(shrunk(one, draw), first), np.asarray(shrunk(other, draw)), side, draw)
        if made is None:
            continue
        pixels, truth = made
        if noise:
            grain = np.random.default_rng(draw.randrange(1 << 30)).normal(0, noise, pixels.shape)
            pixels = np.clip(np.rint(pixels + grain), 0, 255).astype(np.uint8)
        looks = looked(coded(Image.fromarray(pixels), second))
        if looks is None:
            continue
        number += 1
        mask = np.kron(looks.once.mask, np.ones((8, 8))) > 0
        found += overlaps(mask, truth[: mask.shape[0], : mask.shape[1]])
    return number, found


def parts(paths: Sequence[Path], draw: random.Random) -> list[str]:
    """How often a square is found, for pairs of qualities, sizes and noise added before the second save."""
    lines = [
        "Squares that were saved once in pictures saved twice (photos of 200 to 640 pixels), found where they are:"
    ]
    lines += [
        "",
        f"| first, second | {' | '.join(f'{side} px' for side in SIDES)} |",
        f"| --- |{' --- |' * len(SIDES)}",
    ]
    for first, second in PAIRS:
        row = [pasted(paths, first, second, side, draw) for side in SIDES]
        lines.append(f"| {first}, {second} | {' | '.join(f'{found} of {number}' for number, found in row)} |")
    lines += [
        "",
        "The same at 70, 90 and 64 px when noise was added to the whole picture before the second save:",
        "",
    ]
    lines += ["| standard deviation | found |", "| --- | --- |"]
    for noise in NOISES:
        number, found = pasted(paths, 70, 90, 64, draw, noise)
        lines.append(f"| {noise} | {found} of {number} |")
    return lines


def measure(photos: Photos, draw: random.Random) -> list[str]:
    """The section of the page."""
    few, some = photos.paths[: len(photos.paths) // 50], photos.paths[: len(photos.paths) // 10]
    return [
        f"Measured with `--only doubled --pictures {len(photos.paths)}`.",
        "",
        *alarms(photos.paths, photos.originals, draw), "", *told(few, draw), "", *parts(some, draw),
    ]  # fmt: skip
