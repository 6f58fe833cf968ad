"""The forensic bench on made sets whose truth is known: alarms on untouched pictures, parts that are found.

    python benchmarks/traces/run.py [--data DIR] [--pictures N] [--page FILE]

DIR holds ``media/`` (default: $ASSAY_DATA, else ../shared/data beside the checkout). Photos are shrunk by a random
factor, so that no grid of their past is left, and saved once as JPEG: these are untouched. For the pasted, a square of
one photo, saved at quality 70, is laid into another, saved at 90, at a random place off its grid, and kept without
loss.
"""

import argparse
import io
import os
import random
from pathlib import Path

import numpy as np
from PIL import Image

from assay.detect.traces.grid import grids, luminance

QUALITIES = (30, 40, 50, 60, 70, 75, 80, 85, 90, 95, 98, 100)
KERNELS = (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.BOX)
SIDES = (64, 96, 128)
FOUND = 0.3
"""Least overlap (intersection over union) of what was found with what was pasted."""


def saved(picture: Image.Image, quality: int, subsampling: int = 2) -> np.ndarray:
    """Pixels after one save as JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    with Image.open(io.BytesIO(buffer.getvalue())) as opened:
        return np.asarray(opened.convert("RGB"))


def shrunk(path: Path, draw: random.Random) -> Image.Image:
    """A photo without the grid of its past."""
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    factor = draw.uniform(0.5, 0.8)
    size = tuple(max(64, round(side * factor)) for side in picture.size)
    return picture.resize(size, draw.choice(KERNELS))


def untouched(paths: list[Path], draw: random.Random) -> tuple[int, int]:
    """Pictures, and those in which a region with another grid is claimed."""
    alarms = 0
    for path in paths:
        plane = luminance(saved(shrunk(path, draw), draw.choice(QUALITIES), draw.choice((0, 1, 2))))
        alarms += bool(grids(plane).regions)
    return len(paths), alarms


def pasted(paths: list[Path], side: int, draw: random.Random) -> tuple[int, int]:
    """Pictures with a pasted square, and those in which it is found."""
    number = found = 0
    for first, second in zip(paths[::2], paths[1::2], strict=False):
        ground, other = saved(shrunk(first, draw), 90).copy(), saved(shrunk(second, draw), 70)
        if min(*ground.shape[:2], *other.shape[:2]) <= side + 8:
            continue
        top, left = (draw.randrange(length - side) for length in ground.shape[:2])
        y, x = (draw.randrange(length - side) for length in other.shape[:2])
        if (y - top) % 8 == (x - left) % 8 == 0:
            continue
        ground[top : top + side, left : left + side] = other[y : y + side, x : x + side]
        truth = np.zeros(ground.shape[:2], bool)
        truth[top : top + side, left : left + side] = True
        mask = grids(luminance(ground)).mask
        number += 1
        found += bool((mask & truth).sum() >= FOUND * (mask | truth).sum())
    return number, found


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data")))
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    draw = random.Random(1)
    media = given.data / "media"
    paths = sorted([*(media / "dev" / "real").rglob("*.jpg"), *(media / "train" / "real").rglob("*.jpg")])
    draw.shuffle(paths)
    number, alarms = untouched(paths[: given.pictures], draw)
    lines = ["| set | pictures | with a foreign grid claimed | share |", "| --- | --- | --- | --- |"]
    lines.append(f"| untouched, one save at quality 30 to 100 | {number:,} | {alarms} | {alarms / number:.3f} |")
    for side in SIDES:
        number, found = pasted(paths[: given.pictures // 2], side, draw)
        words = f"{side} x {side} pixels of quality 70 pasted into 90, found where they are"
        lines.append(f"| {words} | {number:,} | {found} | {found / number:.3f} |")
    page = "\n".join(
        [
            "# The forensic bench, measured",
            "",
            "Made by `python benchmarks/traces/run.py --page docs/validation/traces.md`; not edited by hand. Photos of",
            "the development data, shrunk and saved once; truth is known because the pictures were made so.",
            f"*Found*: what was marked overlaps with what was pasted by {FOUND} or more (intersection over union).",
            "",
            "## JPEG grid",
            "",
            *lines,
            "",
        ]
    )
    print(page)
    if given.page is not None:
        given.page.write_text(page)


if __name__ == "__main__":
    main()
