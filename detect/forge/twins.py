"""Aligned twins: for a real photo, the same photo as a generator would have drawn it.

A detector that sees a photo beside its own reconstruction cannot learn the subject, the size or the JPEG history; all
that is left is what the network that drew it leaves behind (AlignedForensics, 2024; Dual Data Alignment, 2025). There
are several kinds of twins, so that the habits of one network are not taken for those of all.
"""

import hashlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from . import spectra
from .kinds import TwinKind
from .launder import Pixels

LEAST_PSNR: Mapping[TwinKind, float] = {"latent": 20.0, "superres": 20.0, "decoder": 20.0}
"""A twin further from its photo than this, in dB, is refused: it would teach blur, not the network that drew it."""


LEAST_SHARPNESS = 0.6
"""A twin that stays softer than this share of its photo (`spectra.sharpness`) is refused, for the same reason."""


class Redrawer(Protocol):
    """What redraws a photo."""

    def redraw(self, rgb: Pixels, name: str) -> Pixels:
        """Redraw a picture, (height, width, 3), 0..255, at its own size; `name` decides what is drawn by chance.

        Raises
        ------
        FloatingPointError
            The network gave a value that is not finite.
        """
        ...


@dataclass(frozen=True, slots=True)
class Twin:
    """A twin on disk, and how close it is to its photo (dB)."""

    photo: Path
    path: Path
    psnr: float


def psnr(a: Pixels, b: Pixels) -> float:
    """Peak signal to noise ratio of two pictures of one shape, in dB."""
    error = float(np.mean((a.astype(np.float32) - b.astype(np.float32)) ** 2))
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def make(photos: Sequence[Path], weights: Path, folder: Path) -> Iterator[Twin | None]:
    """Make one latent twin per photo, see `make_kind`."""
    return make_kind("latent", photos, weights, folder)


def make_kind(kind: TwinKind, photos: Sequence[Path], weights: Path, folder: Path) -> Iterator[Twin | None]:
    """Make one twin of a kind per photo, in order; what lies in the folder already is kept.

    The twin is saved with the photo's own quantisation tables and colour subsampling, so that both carry the same
    last JPEG. Its name is the SHA-256 of the photo's bytes. Except for latent twins, whose decoders are nearly as sharp
    as a photo, its spectrum is first brought near the photo's.

    Parameters
    ----------
    kind
        What draws the twin.
    photos
        Real pictures.
    weights
        `latent`: an auto-encoder, see `open_auto_encoder`; `superres`: a folder of networks, see `superres`;
        `decoder`: a folder of trained decoders, see `apprenticeship`. Read only when a twin is missing.
    folder
        Where twins are kept between runs; latent ones lie in it, other kinds in a folder of their name below it.

    Yields
    ------
    The twin, or None when the network gave no finite picture, or one not close or not sharp enough to be a twin.
    """
    place = folder if kind == "latent" else folder / kind
    place.mkdir(parents=True, exist_ok=True)
    redrawer: Redrawer | None = None
    for photo in photos:
        data = photo.read_bytes()
        name = hashlib.sha256(data).hexdigest()
        path = place / f"{name}.jpg"
        with Image.open(io.BytesIO(data)) as picture:
            rgb = np.asarray(picture.convert("RGB"))
            tables = getattr(picture, "quantization", None)
            layout = _subsampling(picture)
        if not path.exists():
            redrawer = redrawer or open_redrawer(kind, weights)
            try:
                drawn = redrawer.redraw(rgb, name)
            except FloatingPointError:
                yield None
                continue
            if kind != "latent":
                drawn = spectra.match(drawn, rgb)
            partial = path.with_suffix(f".{os.getpid()}.partial")
            options = {"qtables": tables} if tables else {"quality": 90}
            Image.fromarray(drawn).save(partial, "JPEG", subsampling=layout, **options)
            os.replace(partial, path)
        with Image.open(path) as picture:
            twin = np.asarray(picture.convert("RGB"))
        closeness = psnr(rgb, twin)
        close = np.isfinite(closeness) and closeness >= LEAST_PSNR[kind]
        if kind != "latent":
            close = close and spectra.sharpness(twin, rgb) >= LEAST_SHARPNESS
        yield Twin(photo, path, closeness) if close else None


def open_redrawer(kind: TwinKind, weights: Path) -> Redrawer:
    """Read the networks of a kind from its weights; the errors are those of the module that reads them."""
    if kind == "latent":
        return open_auto_encoder(weights)
    if kind == "decoder":
        from .decoders import Painters

        return Painters.open(weights)
    from .superres import SuperResolvers

    return SuperResolvers.open(weights)


def open_auto_encoder(weights: Path) -> Redrawer:
    """The auto-encoder at a path.

    Parameters
    ----------
    weights
        A folder in a layout of `latent`; a folder with ``encoder.onnx`` and ``decoder.onnx``; or one ``NAME.onnx`` that
        does both.

    Raises
    ------
    AutoEncoderWeightsError
        It is none of these, or cannot be run.
    """
    pair = (weights / "encoder.onnx", weights / "decoder.onnx")
    graphs = (
        (weights,) if weights.suffix == ".onnx" else pair if all(path.is_file() for path in pair) else None
    )
    if graphs is not None:
        from .onnx_autoencoder import OnnxAutoEncoder

        return OnnxAutoEncoder(graphs)
    from .latent import LatentAutoEncoder

    return LatentAutoEncoder.open(weights)


def _subsampling(picture: Image.Image) -> int:
    layers = getattr(picture, "layer", [])
    if len(layers) != 3:
        return 2
    return {(1, 1): 0, (2, 1): 1}.get((layers[0][1], layers[0][2]), 2)
