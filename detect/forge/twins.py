"""Aligned twins: for a real photo, the same photo as a latent generator would have drawn it.

A detector that sees a photo beside its own reconstruction cannot learn the subject, the size or the JPEG history; all
that is left is what the decoder of a generator leaves behind (AlignedForensics, 2024; Dual Data Alignment, 2025).
"""

import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from .latent import STRIDE, LatentAutoEncoder
from .launder import Pixels

LEAST_PSNR = 20.0
"""A twin further from its photo than this, in dB, is refused: it would teach blur, not the decoder."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A twin on disk, and how close it is to its photo (dB)."""

    photo: Path
    path: Path
    psnr: float


def reconstruct(network: LatentAutoEncoder, rgb: Pixels) -> Pixels:
    """Encode and decode one picture, (height, width, 3), 0..255; odd sizes are mirrored out to the stride."""
    height, width = rgb.shape[:2]
    padded = np.pad(rgb, ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0)), mode="reflect")
    x = torch.from_numpy(np.ascontiguousarray(padded)).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        y = network(x)[0].permute(1, 2, 0).numpy()[:height, :width]
    return np.asarray(np.rint(y * 255), dtype=np.uint8)


def psnr(a: Pixels, b: Pixels) -> float:
    """Peak signal to noise ratio of two pictures of one shape, in dB."""
    error = float(np.mean((a.astype(np.float32) - b.astype(np.float32)) ** 2))
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def make(photos: Sequence[Path], weights: Path, folder: Path) -> Iterator[Twin | None]:
    """Make one twin per photo, in order; what lies in `folder` already is kept.

    The twin is saved with the photo's own quantisation tables and colour subsampling, so that both carry the same
    last JPEG. Its name is the SHA-256 of the photo's bytes.

    Parameters
    ----------
    photos
        Real pictures.
    weights
        Folder with the weights of the latent auto-encoder.
    folder
        Where twins are kept between runs.

    Yields
    ------
    The twin, or None when the reconstruction is not close enough to the photo to be one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network: LatentAutoEncoder | None = None
    for photo in photos:
        data = photo.read_bytes()
        path = folder / f"{hashlib.sha256(data).hexdigest()}.jpg"
        with Image.open(io.BytesIO(data)) as picture:
            rgb = np.asarray(picture.convert("RGB"))
            tables = getattr(picture, "quantization", None)
            layout = _subsampling(picture)
        if not path.exists():
            network = network or LatentAutoEncoder.open(weights)
            drawn = reconstruct(network, rgb)
            partial = path.with_suffix(f".{os.getpid()}.partial")
            options = {"qtables": tables} if tables else {"quality": 90}
            Image.fromarray(drawn).save(partial, "JPEG", subsampling=layout, **options)
            os.replace(partial, path)
        with Image.open(path) as twin:
            closeness = psnr(rgb, np.asarray(twin.convert("RGB")))
        yield Twin(photo, path, closeness) if np.isfinite(closeness) and closeness >= LEAST_PSNR else None


def _subsampling(picture: Image.Image) -> int:
    layers = getattr(picture, "layer", [])
    if len(layers) != 3:
        return 2
    return {(1, 1): 0, (2, 1): 1}.get((layers[0][1], layers[0][2]), 2)
