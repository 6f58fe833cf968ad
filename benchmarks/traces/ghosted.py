"""JPEG ghosts: parts of another quality, parts without the past of the rest, and pictures without either."""

import io
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from photos import QUALITIES, Photos, Pixels, coded, laid_in, overlaps, saved, shrunk
from PIL import Image

from assay.detect.traces.coefficients import coefficients
from assay.detect.traces.ghosts import Ghosts, ghosts
from assay.detect.traces.grid import luminance

TITLE = "JPEG ghosts"
SIDES = (32, 64, 96, 128)
PASTS = ((70, 60), (80, 60), (90, 60), (90, 75), (95, 85), (None, 75), (None, 90))
NOISES = (0, 1, 2)


def looked(rgb: Pixels, table: Sequence[int] | None = None) -> Ghosts | None:
    """What is found in pixels, kept without loss or saved with a table."""
    clipped = ((rgb == 0) | (rgb == 255)).any(axis=2)
    return ghosts(coefficients(luminance(rgb), clipped), table)


def opened(data: bytes) -> Ghosts | None:
    """What is found in a JPEG file."""
    with Image.open(io.BytesIO(data)) as picture:
        return looked(np.asarray(picture.convert("RGB")), list(picture.quantization[0]))


def alarms(paths: Sequence[Path], originals: Sequence[Path], draw: random.Random) -> list[str]:
    """Pictures that nobody edited in part, and claims of parts with another past, or without the past of the rest."""
    lines = [
        "| untouched | pictures | own past claimed | lack of the past claimed |",
        "| --- | --- | --- | --- |",
    ]

    def line(name: str, found: Sequence[Ghosts | None]) -> None:
        real = [one for one in found if one is not None]
        own, lacking = sum(bool(one.own) for one in real), sum(bool(one.lacking.found) for one in real)
        lines.append(f"| {name} | {len(real):,} | {own} | {lacking} |")

    def twice(path: Path) -> bytes:
        once = Image.fromarray(saved(shrunk(path, draw), draw.randrange(50, 96), draw.choice((0, 1, 2))))
        return coded(once, draw.choice(QUALITIES), draw.choice((0, 1, 2)))

    def plain(data: bytes) -> Ghosts | None:
        with Image.open(io.BytesIO(data)) as picture:
            return looked(np.asarray(picture.convert("RGB")))

    line("never a JPEG, kept without loss", [looked(np.asarray(shrunk(path, draw))) for path in paths])
    once = [coded(shrunk(path, draw), draw.choice(QUALITIES), draw.choice((0, 1, 2))) for path in paths]
    line("saved once", [opened(data) for data in once])
    line("saved once, kept without loss since", [plain(data) for data in once])
    again = [twice(path) for path in paths]
    line("saved twice", [opened(data) for data in again])
    line("saved twice, kept without loss since", [plain(data) for data in again])
    line("camera originals", [opened(path.read_bytes()) for path in originals])
    line("camera originals, kept without loss since", [plain(path.read_bytes()) for path in originals])
    return lines


def own(
    paths: Sequence[Path], last: int | None, past: int, side: int, draw: random.Random, noise: int = 0
) -> str:
    """Squares saved at a quality of their own on the grid, all saved at a last one, found where they are."""
    number = found = 0
    for path in paths:
        fresh = shrunk(path, draw)
        made, low = np.asarray(fresh).copy(), saved(fresh, past)
        if min(made.shape[:2]) < side + 16:
            continue
        top, left = (8 * draw.randrange((length - side) // 8) for length in made.shape[:2])
        made[top : top + side, left : left + side] = low[top : top + side, left : left + side]
        truth = np.zeros(made.shape[:2], bool)
        truth[top : top + side, left : left + side] = True
        if noise:
            grain = np.random.default_rng(draw.randrange(1 << 30)).normal(0, noise, made.shape)
            made = np.clip(np.rint(made + grain), 0, 255).astype(np.uint8)
        looks = looked(made) if last is None else opened(coded(Image.fromarray(made), last))
        if looks is not None:
            number, found = number + 1, found + _hit(looks.own_mask, truth)
    return f"{found} of {number}"


def lacking(paths: Sequence[Path], past: int, side: int, draw: random.Random) -> str:
    """Squares without a JPEG past in a photo of a quality, kept without loss, found where they are."""
    number = found = 0
    for one, other in zip(paths[::2], paths[1::2], strict=False):
        made = laid_in(saved(shrunk(one, draw), past), np.asarray(shrunk(other, draw)), side, draw)
        looks = None if made is None else looked(made[0])
        if made is not None and looks is not None:
            number, found = number + 1, found + _hit(looks.lacking.mask, made[1])
    return f"{found} of {number}"


def _hit(blocks: np.ndarray, truth: np.ndarray) -> bool:
    mask = np.kron(blocks, np.ones((8, 8))) > 0
    return overlaps(mask, truth[: mask.shape[0], : mask.shape[1]])


def measure(photos: Photos, draw: random.Random) -> list[str]:
    """The section of the page."""
    many, few = photos.paths[: len(photos.paths) // 5], photos.paths[: len(photos.paths) // 25]
    lines = [f"Measured with `--only ghosts --pictures {len(photos.paths)}`.", ""]
    lines += [
        *alarms(many, photos.originals, draw),
        "",
        "Squares on the grid with a quality of their own, found:",
        "",
    ]
    head = " | ".join(f"{side} px" for side in SIDES)
    lines += [f"| last save, that of the part | {head} |", f"| --- |{' --- |' * len(SIDES)}"]
    for last, past in PASTS:
        name = f"{'none' if last is None else last}, {past}"
        lines.append(f"| {name} | {' | '.join(own(few, last, past, side, draw) for side in SIDES)} |")
    lines += ["", "Squares without a past in a photo that was saved once and kept without loss, found:", ""]
    lines += [f"| quality of the photo | {head} |", f"| --- |{' --- |' * len(SIDES)}"]
    for past in (60, 75, 85, 90, 95):
        cells = (lacking([*few, *few], past, side, draw) for side in SIDES)
        lines.append(f"| {past} | {' | '.join(cells)} |")
    lines += [
        "",
        "A part of 64 px and quality 60, last save 90, when noise was added before the last save:",
        "",
    ]
    lines += ["| standard deviation | found |", "| --- | --- |"]
    lines += [f"| {noise} | {own(few, 90, 60, 64, draw, noise)} |" for noise in NOISES]
    return lines
