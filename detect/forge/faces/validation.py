"""How well replaced faces are told on people who were never trained on, and what a score is worth there.

Each held face is delivered once in every tier and as a frame of a video: as it is, after a change that faces survive as
real, and replaced in every way. The faces are then found anew in what was delivered, and cropped as in use.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...faces.finder import Face, FaceFinder
from ...faces.quality import quality, unfit
from ..launder import TIER_LAUNDERINGS, Pixels
from ..negatives import hard_negative
from .masks import Alpha
from .portraits import Portrait
from .swaps import Kind, swapped
from .views import DELIVERIES, SMALLEST, Delivery, cells, crop, filmed, scales, sized

if TYPE_CHECKING:
    from torch.nn import Module

KINDS: tuple[Kind, ...] = ("self", "faint", "person", "redrawn")
FILMED = (18.0, 33.0)
"""Constant rate factors that frames are coded at."""

_BATCH = 16
_SALT = 0x5A4B


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Delivered faces, one row each.

    Attributes
    ----------
    pixels
        uint8 (m, 192, 192, 3).
    cells
        float32 (m, 12, 12), share that was drawn over.
    replaced
        Truth, (m,).
    kind
        ``real`` and ``changed`` are not replaced; else see `swaps.Kind`.
    way
        See `views.Delivery`.
    source, item, group
        Of the host.
    eyes, sharpness, brightness
        As found in what was delivered.
    unfit
        Would not be judged in use.
    """

    pixels: Pixels
    cells: NDArray[np.float32]
    replaced: NDArray[np.bool_]
    kind: NDArray[np.str_]
    way: NDArray[np.str_]
    source: NDArray[np.str_]
    item: NDArray[np.str_]
    group: NDArray[np.str_]
    eyes: NDArray[np.float64]
    sharpness: NDArray[np.float64]
    brightness: NDArray[np.float64]
    unfit: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.replaced)

    def part(self, rows: NDArray[np.bool_]) -> "Looks":
        """Some of the rows, (m,) of bool."""
        return Looks(*(getattr(self, one.name)[rows] for one in fields(self)))


def looks(
    portraits: Sequence[Portrait],
    likes: Sequence[Sequence[int]],
    redrawn: Sequence[Pixels | None],
    finder: FaceFinder,
    seed: int,
    ways: Sequence[Delivery] = DELIVERIES,
    kinds: Sequence[Kind] = KINDS,
) -> Looks:
    """Deliver faces and find them again; a face that is not found afterwards gives no row."""
    made = []
    for number in range(len(portraits)):
        for way in ways:
            rng = np.random.default_rng([seed, _SALT, number, DELIVERIES.index(way)])
            made += list(_rows(portraits, likes, redrawn, finder, number, way, kinds, rng))
    columns = list(zip(*made, strict=True))
    return Looks(
        *(np.stack(column) if place < 2 else np.array(column) for place, column in enumerate(columns))
    )


def _rows(  # type: ignore[no-untyped-def]
    portraits, likes, redrawn, finder, number, way, kinds, rng
) -> Iterator[tuple[object, ...]]:
    portrait: Portrait = portraits[number]
    eyes = drawn_eyes(portrait, rng)
    rate = float(rng.uniform(*FILMED))
    plain = sized(portrait, eyes)
    donors = [portraits[like] for like in likes[number]]
    for kind, rgb, alpha in pictures(portrait, donors, redrawn[number], eyes, kinds, rng):
        done = filmed(rgb, rate) if way == "film" else TIER_LAUNDERINGS[way].apply(rgb)
        ratio = scales(done, plain.scene.host)
        face = _nearest(finder.find(done), plain.marks * ratio)
        if face is None:
            continue
        seen = quality(face, done)
        pixels = crop(done, face.marks)
        yield (
            pixels, cells(alpha, (face.marks / ratio).astype(np.float32)), kind not in ("real", "changed"), kind, way,
            portrait.picture.source, portrait.picture.name, portrait.group, seen.eyes, seen.sharpness,
            float(pixels.mean()), bool(unfit(seen)),
        )  # fmt: skip


def pictures(
    portrait: Portrait,
    donors: Sequence[Portrait],
    redrawn: Pixels | None,
    eyes: float,
    kinds: Sequence[Kind],
    rng: np.random.Generator,
) -> Iterator[tuple[str, Pixels, Alpha]]:
    """One face as it is, after a change that leaves it real, and replaced in every way that can be.

    Parameters
    ----------
    portrait, donors, redrawn
        Whose, who may give their face, and the face as a network draws it.
    eyes
        Distance of the eyes, in pixels.
    kinds, rng
        Ways, and what decides everything.

    Yields
    ------
    Kind (``real`` and ``changed`` before the others), the picture before any delivery, and how much of it is replaced.
    """
    host = sized(portrait, eyes).scene.host
    clean = np.zeros(host.shape[:2], np.float32)
    yield "real", host, clean
    yield "changed", hard_negative(host, rng)[1], clean
    for kind in kinds:
        donor = donors[int(rng.integers(len(donors)))] if donors else None
        if (kind == "redrawn" and redrawn is None) or (kind == "person" and donor is None):
            continue
        _, fake, alpha = swapped(sized(portrait, eyes, donor, redrawn).scene, kind, rng)
        yield kind, fake, alpha


def drawn_eyes(portrait: Portrait, rng: np.random.Generator) -> float:
    """How far apart the eyes of a held face are shown, in pixels: any size that it is judged at and has."""
    return float(np.exp(rng.uniform(np.log(SMALLEST), np.log(max(SMALLEST + 1, portrait.eyes)))))


def _nearest(faces: Sequence[Face], marks: NDArray[np.float32]) -> Face | None:
    reach = float(np.hypot(*(marks[1] - marks[0])))
    close = [
        (float(np.linalg.norm(face.marks - marks, axis=1).mean()), place, face)
        for place, face in enumerate(faces)
    ]
    gap, _, face = min(close, default=(np.inf, 0, None))
    return face if gap < 0.5 * reach else None


def score(module: "Module", pixels: Pixels) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Raw scores (m,) and heat maps (m, 12, 12), logits."""
    import torch

    module.eval()
    logits, heats = [], []
    with torch.inference_mode():
        for start in range(0, len(pixels), _BATCH):
            made = module(torch.from_numpy(pixels[start : start + _BATCH]))
            logits.append(made["logit"].numpy())
            heats.append(made["heat"].numpy())
    return np.concatenate(logits).astype(np.float64), np.concatenate(heats)
