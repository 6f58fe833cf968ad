"""Pictures for the demo: two sample photos that ship with scikit-learn, and what is made of them here."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

__all__ = ["Made", "write_media"]

Pixels = NDArray[np.uint8]
SEED = 20240229


@dataclass(frozen=True, slots=True)
class Made:
    """One file of the demo and the truth about it."""

    path: Path
    truth: str


def write_media(folder: Path) -> list[Made]:
    """Write the demo's pictures (and some files that are none) into `folder`.

    Parameters
    ----------
    folder : Path
        Made when missing; files of the same names are replaced.

    Returns
    -------
    list of Made
        In the order in which they are worth looking at.
    """
    folder.mkdir(parents=True, exist_ok=True)
    china, flower = _sample("china.jpg"), _sample("flower.jpg")
    temple, dahlia = _pixels(china), _pixels(flower)

    def picture(pixels: Pixels, **options: Any) -> Callable[[Path], None]:
        return lambda path: Image.fromarray(pixels).save(path, **options)

    mark = PngInfo()
    mark.add_text("parameters", "a temple at noon\nSteps: 28, Sampler: Euler a, CFG scale: 7, Seed: 1")
    recipes: list[tuple[str, str, Callable[[Path], object]]] = [
        ("temple.jpg", "a camera photo, untouched", lambda path: path.write_bytes(china)),
        ("flower.jpg", "a camera photo, untouched", lambda path: path.write_bytes(flower)),
        ("flower-resaved.jpg", "the flower saved again as JPEG quality 60", picture(dahlia, quality=60)),
        (
            "temple-enlarged.png",
            "the temple shrunk to a third and enlarged again",
            picture(_enlarged(temple)),
        ),
        (
            "temple-copymove.jpg",
            "an edit: a piece of the temple copied",
            picture(_copied(temple), quality=92),
        ),
        (
            "splice.jpg",
            "an edit: the flower pasted onto the temple",
            picture(_spliced(temple, dahlia), quality=92),
        ),
        (
            "temple-resynthesised.png",
            "every pixel made by an auto-encoder fitted here",
            picture(_relearned(temple)),
        ),
        ("landscape.png", "computed from noise: no camera involved", picture(_landscape())),
        (
            "landscape-marked.png",
            "the same, with an image generator's mark",
            picture(_landscape(), pnginfo=mark),
        ),
        ("empty.jpg", "a file without a single byte", lambda path: path.write_bytes(b"")),
        (
            "notes.jpg",
            "plain text with a picture's name",
            lambda path: path.write_text("Not a picture.\n" * 9),
        ),
        (
            "cut.jpg",
            "a photo of which only the first half arrived",
            lambda path: path.write_bytes(china[:80_000]),
        ),
    ]
    made = []
    for name, truth, write in recipes:
        write(folder / name)
        made.append(Made(folder / name, truth))
    return made


def _sample(name: str) -> bytes:
    return files("sklearn.datasets").joinpath("images", name).read_bytes()


def _pixels(data: bytes) -> Pixels:
    from io import BytesIO

    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def _enlarged(photo: Pixels) -> Pixels:
    image = Image.fromarray(photo)
    small = image.resize((image.width // 3, image.height // 3), Image.Resampling.LANCZOS)
    return np.asarray(small.resize(image.size, Image.Resampling.BICUBIC))


def _copied(photo: Pixels) -> Pixels:
    """Copy the island in the lake next to itself, with a soft seam."""
    edited = photo.astype(np.float64)
    weight = _ellipse(40, 100)
    edited[205:245, 505:605] *= 1 - weight
    edited[205:245, 505:605] += photo[205:245, 400:500] * weight
    return np.rint(edited).astype(np.uint8)


def _spliced(photo: Pixels, other: Pixels) -> Pixels:
    """Hang the flower, at half its size, into the sky."""
    small = Image.fromarray(other[76:366, 166:456]).resize((145, 145), Image.Resampling.LANCZOS)
    weight = _ellipse(145, 145)
    edited = photo.astype(np.float64)
    edited[30:175, 420:565] *= 1 - weight
    edited[30:175, 420:565] += np.asarray(small) * weight
    return np.rint(edited).astype(np.uint8)


def _ellipse(height: int, width: int) -> NDArray[np.float64]:
    rows = np.linspace(-1.0, 1.0, height)[:, None]
    columns = np.linspace(-1.0, 1.0, width)[None, :]
    return np.clip((0.98 - np.hypot(rows, columns)) / 0.08, 0.0, 1.0)[..., None]


def _relearned(photo: Pixels, patch: int = 8, parts: int = 24) -> Pixels:
    """Fit a linear auto-encoder on the photo's own patches and decode it again, overlaps averaged."""
    from sklearn.decomposition import PCA

    height, width = (size // patch * patch for size in photo.shape[:2])
    values = photo[:height, :width].astype(np.float32) / 255.0
    sampler = np.random.default_rng(SEED)
    tops = sampler.integers(0, height - patch, 6000)
    lefts = sampler.integers(0, width - patch, 6000)
    sampled = np.stack(
        [values[y : y + patch, x : x + patch].ravel() for y, x in zip(tops, lefts, strict=True)]
    )
    model = PCA(n_components=parts, svd_solver="full").fit(sampled)
    total, weight = np.zeros_like(values), np.zeros((height, width, 1), np.float32)
    for top in (0, patch // 2):
        for left in (0, patch // 2):
            down, across = (height - top) // patch, (width - left) // patch
            block = values[top : top + down * patch, left : left + across * patch]
            rows = block.reshape(down, patch, across, patch, 3).swapaxes(1, 2).reshape(down * across, -1)
            decoded = model.inverse_transform(model.transform(rows))
            tiles = decoded.reshape(down, across, patch, patch, 3).swapaxes(1, 2).reshape(block.shape)
            total[top : top + down * patch, left : left + across * patch] += tiles
            weight[top : top + down * patch, left : left + across * patch] += 1
    return np.asarray(np.rint(np.clip(total / weight, 0, 1) * 255), dtype=np.uint8)


def _landscape(height: int = 512, width: int = 768) -> Pixels:
    """Render sky and ridges from spectral noise."""
    sampler = np.random.default_rng(SEED)
    down = np.linspace(0.0, 1.0, height)[:, None, None]
    sky = np.array([0.36, 0.56, 0.83]) * (1 - down) + np.array([0.96, 0.84, 0.68]) * down
    scene = np.broadcast_to(sky, (height, width, 3)).copy()
    scene += 0.16 * np.clip(_noise(sampler, height, width, 1.7), 0, None)[..., None]
    rows = np.arange(height)[:, None]
    for depth in range(4):
        ridge = height * (0.42 + 0.14 * depth) + 46 * _noise(sampler, 1, width, 1.9)[0]
        ground = np.array([0.20, 0.31, 0.27]) * (1.25 - 0.24 * depth) + 0.10 * (3 - depth) / 3
        texture = 0.045 * _noise(sampler, height, width, 1.1)[..., None]
        scene = np.where((rows > ridge)[..., None], ground + texture, scene)
    return np.asarray(np.rint(np.clip(scene, 0, 1) * 255), dtype=np.uint8)


def _noise(sampler: np.random.Generator, height: int, width: int, slope: float) -> NDArray[np.float64]:
    """Noise with a power-law spectrum, mean 0 and standard deviation 1."""
    across = np.fft.rfftfreq(width)[None, :]
    down = np.fft.fftfreq(height)[:, None]
    radius = np.hypot(across, down)
    radius[0, 0] = np.inf
    phase = np.exp(2j * np.pi * sampler.random(radius.shape))
    field = np.fft.irfft2(phase / radius**slope, s=(height, width))
    return np.asarray((field - field.mean()) / field.std())
