"""Small sets of pictures that are made here."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from assay.intake.manifest import Entry

Draw = Callable[[int, bool], Image.Image]


def drawn(seed: int, soft: bool, side: int = 256) -> Image.Image:
    """A seeded drawing of discs with noise; soft ones take the place of generated pictures."""
    rng = np.random.default_rng([seed, 5])
    y, x = np.mgrid[:side, :side].astype(np.float64)
    rgb = np.stack([rng.uniform(60, 190) + rng.uniform(-0.3, 0.3) * x for _ in range(3)], axis=2)
    for _ in range(14):
        cx, cy, radius = rng.uniform(0, side), rng.uniform(0, side), rng.uniform(8, 70)
        rgb[(x - cx) ** 2 + (y - cy) ** 2 < radius**2] = rng.uniform(0, 255, 3)
    rgb += rng.normal(0, 5, rgb.shape)
    picture = Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(1.5)) if soft else picture


@pytest.fixture
def made_set(tmp_path: Path) -> Callable[..., list[Entry]]:
    """Write a set of pictures: `count` of each class, four sources each, saved by `save(picture, path, fake)`."""

    def make(count: int = 24, save: Callable[[Image.Image, Path, bool], None] | None = None) -> list[Entry]:
        entries = []
        for fake in (False, True):
            for number in range(count):
                path = tmp_path / "set" / f"{'fake' if fake else 'real'}-{number:03d}.jpg"
                path.parent.mkdir(exist_ok=True)
                picture = drawn(number + 1000 * fake, fake)
                if save is None:
                    picture.save(path, quality=int(80 + number % 3 * 5))
                else:
                    save(picture, path, fake)
                source = f"{'fake' if fake else 'real'}-source-{number % 4}"
                label = "fake" if fake else "real"
                entries.append(
                    Entry(
                        path, path.name, label, "image", "maker", source, "", "CC0", {"half": str(number % 2)}
                    )
                )
        return entries

    return make
