"""Thumbnail against picture: alarms when nothing was changed, and crops and pasted parts that show."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from photos import Photos, saved
from PIL import Image, ImageEnhance

from assay.detect.cameras import THUMBNAIL_LEAST, thumbnail_likeness

TITLE = "Thumbnail against picture"
Change = Callable[[Image.Image, Image.Image, random.Random], Image.Image]


def cropped(share: float) -> Change:
    """Keeps a random part of this share of both sides."""

    def change(picture: Image.Image, other: Image.Image, draw: random.Random) -> Image.Image:
        width, height = (round(side * share) for side in picture.size)
        left, top = (
            draw.randrange(side - kept + 1) for side, kept in zip(picture.size, (width, height), strict=True)
        )
        return picture.crop((left, top, left + width, top + height))

    return change


def pasted(share: float) -> Change:
    """Lays a part of another picture over this share of both sides."""

    def change(picture: Image.Image, other: Image.Image, draw: random.Random) -> Image.Image:
        width, height = (round(side * share) for side in picture.size)
        left, top = (
            draw.randrange(side - kept + 1) for side, kept in zip(picture.size, (width, height), strict=True)
        )
        made = picture.copy()
        made.paste(other.resize((width, height)), (left, top))
        return made

    return change


def brighter(picture: Image.Image, other: Image.Image, draw: random.Random) -> Image.Image:
    """As a whole, with more contrast."""
    return ImageEnhance.Contrast(ImageEnhance.Brightness(picture).enhance(1.2)).enhance(1.2)


CHANGES: dict[str, Change] = {
    "nothing but a save": lambda picture, other, draw: picture,
    "brighter, more contrast, as a whole": brighter,
    "turned by 90 degrees": lambda picture, other, draw: picture.transpose(Image.Transpose.ROTATE_90),
    "cropped to 90 % of both sides": cropped(0.9),
    "cropped to 80 %": cropped(0.8),
    "cropped to 60 %": cropped(0.6),
    "a part of 20 % of both sides pasted": pasted(0.2),
    "40 % pasted": pasted(0.4),
    "60 % pasted": pasted(0.6),
    "another picture": lambda picture, other, draw: other,
}


def thumbnail(picture: Image.Image, draw: random.Random) -> np.ndarray:
    """As cameras make it: 160 x 120, squeezed, or with black bars; coarsely saved."""
    small = Image.new("RGB", (160, 120))
    if draw.random() < 0.5:
        small = picture.resize((160, 120), Image.Resampling.BILINEAR)
    else:
        fitted = picture.copy()
        fitted.thumbnail((160, 120), Image.Resampling.BILINEAR)
        small.paste(fitted, ((160 - fitted.width) // 2, (120 - fitted.height) // 2))
    return saved(small, draw.choice((60, 75, 90)))


def share(paths: list[Path], change: Change, draw: random.Random) -> tuple[int, int]:
    """Pictures, and those whose thumbnail is said to differ."""
    number = told = 0
    for one, other in zip(paths, [*paths[1:], paths[0]], strict=True):
        with Image.open(one) as first, Image.open(other) as second:
            picture, another = first.convert("RGB"), second.convert("RGB")
        small = thumbnail(picture, draw)
        likeness = thumbnail_likeness(saved(change(picture, another, draw), 85), small)
        if likeness is not None:
            number, told = number + 1, told + (likeness < THUMBNAIL_LEAST)
    return number, told


def measure(photos: Photos, draw: random.Random) -> list[str]:
    """The section of the page."""
    some = photos.paths[: len(photos.paths) // 5]
    lines = [
        "| change after the thumbnail was made | pictures | said to differ | share |",
        "| --- | --- | --- | --- |",
    ]
    for name, change in CHANGES.items():
        number, told = share(some, change, draw)
        lines.append(f"| {name} | {number} | {told} | {told / number:.3f} |")
    lines += [
        "",
        "The thumbnails of the 24 camera originals: none is said to differ (`tests/detect/test_cameras.py`).",
    ]
    return lines
