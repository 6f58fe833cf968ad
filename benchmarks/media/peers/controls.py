"""Trivial scorers: logistic heads on what a file says of itself, on its size, on random filters, on the spectrum."""

import io
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from views import Material, Seen

from assay.detect.crops import QUALITY
from assay.detect.forge.launder import Pixels
from assay.detect.forge.probe import Probe

from . import head
from .peer import Scored, over_crops

Vector = NDArray[np.float32]

STRENGTH = 0.1
"""Inverse strength of the penalty: few features, so it hardly matters."""


def file_facts(path: Path) -> Vector:
    """What the file says without its pixels: bytes, sides, bytes per pixel, kind, quantisation, colour layout."""
    with Image.open(path) as picture:
        tables = getattr(picture, "quantization", None) or {}
        layers = getattr(picture, "layer", [])
        width, height = picture.size
        kind = picture.format == "JPEG"
    size = path.stat().st_size
    first = [float(sum(tables[n])) if n in tables else 0.0 for n in (0, 1)]
    layout = float(layers[0][1] * layers[0][2]) if layers else 0.0
    facts = [np.log(size), width, height, size / (width * height), float(kind), *first, layout]
    return np.array(facts, dtype=np.float32)


def crop_facts(pixels: Pixels) -> Vector:
    """The same facts of a crop as the detector gets it: only sides, tables and layout can speak, and they are alike.

    Its size in bytes is left out: that is a property of the pixels and not of a header.
    """
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=QUALITY, subsampling=2)
    with Image.open(stream) as picture:
        tables, layers = picture.quantization, picture.layer
        facts = [*picture.size, float(sum(tables[0])), float(sum(tables[1])), layers[0][1] * layers[0][2]]
    return np.array(facts, dtype=np.float32)


def crop_size(pixels: Pixels) -> Vector:
    """Bytes of a crop as JPEG: how much detail there is, the simplest thing that pixels tell."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=QUALITY, subsampling=2)
    return np.array([np.log(stream.tell())], dtype=np.float32)


def spectrum(pixels: Pixels) -> Vector:
    """Log power of luma in 48 rings of the spectrum, and mean and spread of the colours."""
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    side = luma.shape[0]
    window = np.hanning(side).astype(np.float32)
    power = np.abs(np.fft.fftshift(np.fft.fft2((luma - luma.mean()) * np.outer(window, window)))) ** 2
    y, x = np.indices(power.shape) - side // 2
    ring = np.minimum(47, (np.hypot(x, y) / (side / 2) * 48).astype(np.int64)).ravel()
    mean = np.bincount(ring, power.ravel(), 48) / np.bincount(ring, minlength=48)
    colour = [*pixels.mean((0, 1)), *pixels.std((0, 1))]
    return np.concatenate([np.log(mean + 1.0), colour]).astype(np.float32)


def random_filters(seed: int = 0, count: int = 96) -> Callable[[Pixels], Vector]:
    """Mean and spread of the rectified answers of random 8x8 filters: an untrained network of one layer."""
    rng = np.random.default_rng(seed)
    filters = rng.normal(size=(192, count)).astype(np.float32)
    filters -= filters.mean(axis=0)

    def features(pixels: Pixels) -> Vector:
        side = pixels.shape[0] // 8
        blocks = pixels.reshape(side, 8, side, 8, 3).transpose(0, 2, 1, 3, 4).reshape(-1, 192)
        answers = np.maximum(0, (blocks.astype(np.float32) / 255 - 0.5) @ filters)
        return np.concatenate([answers.mean(0), answers.std(0)]).astype(np.float32)

    return features


class Control:
    """A logistic head on facts of native crops."""

    takes: Literal["crops", "whole picture", "file"] = "crops"
    threshold: float | None = None

    def __init__(self, name: str, note: str, features: Callable[[Pixels], Vector]) -> None:
        self.name, self.note, self.features = name, note, features
        self.modules: tuple[ModuleType, ...] = (sys.modules[__name__], head)
        self._head: Probe | None = None

    def identity(self, material: Material) -> str:
        """Nothing beside code and pictures."""
        return ""

    def prepare(self, material: Material, folder: Path) -> None:
        """Fit the head, or read it."""

        def make() -> Probe:
            drawn = material.drawn
            rows = np.stack([self.features(crop) for crop in drawn.crops])
            return head.fitted(rows, drawn.synthetic, drawn.source, STRENGTH)

        self._head = head.kept(folder / "head.safetensors", make)

    def score(self, seen: Sequence[Seen]) -> Scored:
        """Mean logit over the crops."""
        assert self._head is not None
        begun = time.perf_counter()
        rows = np.stack([self.features(crop) for view in seen for crop in view.crops])
        # Rounded far below any difference that matters, so that equal facts tie.
        values = np.round(over_crops(self._head.logits(rows), seen), 9)
        return Scored(values, time.perf_counter() - begun)


class FileControl(Control):
    """A logistic head on facts of the files as they come, before any delivery."""

    takes = "file"

    def __init__(self, name: str, note: str) -> None:
        super().__init__(name, note, crop_facts)

    def prepare(self, material: Material, folder: Path) -> None:
        """Fit the head, or read it."""

        def make() -> Probe:
            pictures = material.training
            rows = np.stack([file_facts(picture.path) for picture in pictures])
            synthetic = np.array([picture.synthetic for picture in pictures])
            return head.fitted(rows, synthetic, np.array([p.source for p in pictures]), STRENGTH)

        self._head = head.kept(folder / "head.safetensors", make)

    def score(self, seen: Sequence[Seen]) -> Scored:
        """Logit of the file; the same in every tier."""
        assert self._head is not None
        begun = time.perf_counter()
        values = self._head.logits(np.stack([file_facts(view.picture.path) for view in seen]))
        return Scored(np.round(values, 9), time.perf_counter() - begun)


def controls() -> list[Control]:
    """All of them."""
    return [
        FileControl(
            "header-only, files as they come",
            "what a header says of the files as they lie in the folders: bytes, sides, kind, tables. Shows what a "
            "benchmark that does not save all pictures alike would reward",
        ),
        Control(
            "header-only, pipeline input",
            "the same facts of the crops that the detectors get. It must be at 0.5: everything is saved alike",
            crop_facts,
        ),
        Control("bytes of the crop", "one number: how well a crop packs as JPEG", crop_size),
        Control("random filters", "mean and spread of 96 random 8x8 filters: a network of one layer, untrained",
                random_filters()),
        Control("spectrum and colour", "power in 48 rings of the spectrum, mean and spread of the colours", spectrum),
    ]  # fmt: skip
