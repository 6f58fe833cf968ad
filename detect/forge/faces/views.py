"""Looks at a face as training and validation take them: at the size it has in a picture, delivered, found and aligned.

Real and replaced go the same way: one delivery, one set of landmarks, one crop. Only the pixels under the mask differ.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ....models.networks.faces import CELL, SIDE
from ...faces.alignment import NEAR, aligned
from ..launder import Pixels, reencode, resaved
from ..negatives import NEGATIVES
from .masks import Alpha
from .portraits import Portrait
from .swaps import Kind, Scene, swapped
from .variation import varied

Delivery = Literal["clean", "web", "hard", "film"]
"""Tiers of pictures, and frames of videos."""

DELIVERIES: tuple[Delivery, ...] = ("clean", "web", "hard", "film")

_DELIVERED = (0.42, 0.22, 0.09, 0.27)
_QUALITIES: Mapping[str, tuple[int, int]] = {"clean": (86, 99), "web": (55, 84), "hard": (32, 54)}
_RATES = (16.0, 31.0)
_LOSSLESS = 0.25
_SHRUNK: Mapping[str, float] = {"clean": 0.1, "web": 0.3, "hard": 0.4, "film": 0.15}

SMALLEST = 32.0
"""Distance of the eyes at the least, in pixels: what `quality.SMALL` allows."""

_JITTER = 0.025
_CHANGED = 0.18
_QUICK = (
    "tone", "saturation", "grading", "clarity", "equalised", "grain", "bilateral", "median", "sharpened", "beauty",
)  # fmt: skip
"""Changes that leave the size as it is and cost little."""


@dataclass(frozen=True, slots=True, eq=False)
class Sized:
    """A portrait at the size that it has in some picture, with donor and redrawn twin on the same terms."""

    scene: Scene
    marks: NDArray[np.float32]


def sized(
    portrait: Portrait, eyes: float, donor: Portrait | None = None, redrawn: Pixels | None = None
) -> Sized:
    """Shrink a portrait so that its eyes are as far apart; never enlarges.

    Parameters
    ----------
    portrait
        Host.
    eyes
        Distance of the eyes, in pixels.
    donor
        Another person; shrunk alike.
    redrawn
        The host as a network draws it, of the host's size.
    """
    pixels, factor = _shrunk(portrait.pixels, min(1.0, eyes / portrait.eyes))
    twin = None if redrawn is None else _shrunk(redrawn, min(1.0, eyes / portrait.eyes))[0]
    there = there_mesh = None
    if donor is not None:
        there, factors = _shrunk(donor.pixels, min(1.0, eyes / donor.eyes))
        there_mesh = donor.mesh * factors
    scene = Scene(pixels, portrait.mesh * factor, there, there_mesh, twin)
    return Sized(scene, portrait.marks * factor)


def deliver(rgb: Pixels, way: Delivery, rng: np.random.Generator) -> Pixels:
    """What sending does to a picture: perhaps smaller, then saved once more; frames go through H.264."""
    if rng.random() < _SHRUNK[way]:
        rgb = _shrunk(rgb, float(rng.uniform(0.65, 0.95)))[0]
    if way == "film":
        return filmed(rgb, float(rng.uniform(*_RATES)))
    chance = float(rng.random())
    if way == "clean" and chance < _LOSSLESS:
        return rgb
    quality = int(rng.integers(_QUALITIES[way][0], _QUALITIES[way][1] + 1))
    if chance > 0.93:
        return resaved(rgb, "WEBP", quality=quality, method=2)
    return reencode(rgb, quality, full_colour=bool(rng.random() < 0.2))


def filmed(rgb: Pixels, rate: float) -> Pixels:
    """A frame of an H.264 video: coded after one that is shifted by a pixel, and decoded.

    Parameters
    ----------
    rgb
        uint8 (height, width, 3).
    rate
        Constant rate factor, 0..51: 18 looks untouched, 23 is usual, 40 is ruin.
    """
    height, width = (side // 2 * 2 for side in rgb.shape[:2])
    even = np.ascontiguousarray(rgb[:height, :width])
    stream = io.BytesIO()
    options = {"crf": f"{rate:.1f}", "preset": "veryfast", "threads": "1"}
    with av.open(stream, "w", format="matroska") as container:
        video = container.add_stream("libx264", rate=25, options=options)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        for frame in (np.ascontiguousarray(np.roll(even, 1, 1)), even):
            container.mux(video.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(video.encode())
    stream.seek(0)
    with av.open(stream, "r") as coded:
        *_, last = coded.decode(video=0)
        done = np.asarray(last.to_ndarray(format="rgb24"), dtype=np.uint8)
    # An odd last row or column is not coded: its neighbour stands for it.
    short = ((0, rgb.shape[0] - height), (0, rgb.shape[1] - width), (0, 0))
    return np.pad(done, short, mode="edge")


def crop(rgb: Pixels, marks: NDArray[np.float32]) -> Pixels:
    """A face as the network takes it, uint8 (192, 192, 3)."""
    return aligned(rgb, marks, SIDE, NEAR, mirrored=True)


def cells(alpha: Alpha, marks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of each cell of the crop that is replaced, float32 (12, 12), 0..1."""
    grey = np.repeat(np.rint(alpha * 255).astype(np.uint8)[..., None], 3, 2)
    moved = crop(grey, marks)[..., 0]
    count = SIDE // CELL
    return np.asarray(moved.reshape(count, CELL, count, CELL).mean((1, 3)) / 255, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """Rows for the training loop: each gives a replaced face and the real one it was made of.

    Attributes
    ----------
    portraits
        To learn from.
    likes
        For each, which others are like enough to give their face.
    redrawn
        For each, the portrait as a network draws it, None where there is none.
    shares
        How often each kind is made.
    """

    portraits: Sequence[Portrait]
    likes: Sequence[Sequence[int]]
    redrawn: Sequence[Pixels | None]
    shares: Mapping[Kind, float]

    def __len__(self) -> int:
        return len(self.portraits)

    def batch(self, rows: NDArray[np.int64], seed: int) -> Mapping[str, Any]:
        """``pixels`` uint8 (2 n, 192, 192, 3), ``cells`` float32 (2 n, 12, 12), ``replaced`` float32 (2 n,)."""
        cv2.setNumThreads(1)
        pixels, shares, truth = [], [], []
        for place, row in enumerate(rows.tolist()):
            rng = np.random.default_rng([seed, place])
            real, fake, share = self._pair(row, rng)
            pixels += [fake, real]
            shares += [share, np.zeros_like(share)]
            truth += [1.0, 0.0]
        return {
            "pixels": np.stack(pixels),
            "cells": np.stack(shares),
            "replaced": np.array(truth, np.float32),
        }

    def _pair(self, row: int, rng: np.random.Generator) -> tuple[Pixels, Pixels, NDArray[np.float32]]:
        kinds = list(self.shares)
        weights = np.array([self.shares[kind] for kind in kinds])
        kind = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
        if (kind == "redrawn" and self.redrawn[row] is None) or (
            kind == "person" and not len(self.likes[row])
        ):
            kind = "self"
        # What a network drew is of the portrait as it was.
        portrait = self.portraits[row] if kind == "redrawn" else varied(self.portraits[row], rng)
        eyes = float(np.exp(rng.uniform(np.log(SMALLEST), np.log(max(SMALLEST, portrait.eyes)))))
        late = rng.random() < 0.3
        donor = (
            self.portraits[self.likes[row][int(rng.integers(len(self.likes[row])))]]
            if kind == "person"
            else None
        )
        at = sized(
            portrait, portrait.eyes if late else eyes, donor, self.redrawn[row] if kind == "redrawn" else None
        )
        host, fake, alpha = swapped(at.scene, kind, rng)
        marks = at.marks
        if late:
            # Drawn over in a larger picture, and shrunk afterwards.
            factor = min(1.0, eyes / portrait.eyes)
            (host, by), (fake, _) = _shrunk(host, factor), _shrunk(fake, factor)
            alpha = np.asarray(
                cv2.resize(alpha, host.shape[1::-1], interpolation=cv2.INTER_AREA), dtype=np.float32
            )
            marks = marks * by
        way = DELIVERIES[int(rng.choice(len(DELIVERIES), p=_DELIVERED))]
        change = NEGATIVES[_QUICK[int(rng.integers(len(_QUICK)))]] if rng.random() < _CHANGED else None
        seed = int(rng.integers(2**63))
        made = []
        for rgb in (host, fake):
            own = np.random.default_rng(seed)
            done = rgb if change is None else change.apply(rgb, own)
            made.append(deliver(done, way, own))
        ratio = scales(made[0], host)
        moved = (marks * ratio + rng.normal(0, _JITTER * eyes, (5, 2))).astype(np.float32)
        moved += (rng.normal(0, 0.03, 2) * eyes).astype(np.float32)
        middle = moved.mean(axis=0)
        moved = ((moved - middle) * (1 + rng.normal(0, 0.05)) + middle).astype(np.float32)
        flip = -1 if rng.random() < 0.5 else 1
        real, fake = (np.ascontiguousarray(crop(one, moved)[:, ::flip]) for one in made)
        return real, fake, np.ascontiguousarray(cells(alpha, (moved / ratio).astype(np.float32))[:, ::flip])


def alike(portraits: Sequence[Portrait], count: int) -> list[list[int]]:
    """For each portrait the others of its side whose face has nearly its shape, pose and colour, the nearest first."""
    if len(portraits) < 2:
        return [[] for _ in portraits]
    facts = np.stack([_fact(portrait) for portrait in portraits])
    facts = (facts - facts.mean(0)) / (facts.std(0) + 1e-6)
    held = np.array([portrait.held for portrait in portraits])
    found = []
    for row, fact in enumerate(facts):
        gap = np.square(facts - fact).sum(1)
        gap[row] = np.inf
        gap[held != held[row]] = np.inf
        order = np.argsort(gap)[:count]
        found.append([int(place) for place in order if np.isfinite(gap[place])])
    return found


def _fact(portrait: Portrait) -> NDArray[np.float64]:
    """Shape of the face in its own frame, and the colour of its middle."""
    points = portrait.mesh[::39].astype(np.float64)
    points = (points - portrait.mesh.mean(0)) / max(portrait.eyes, 1.0)
    x, y = (int(value) for value in portrait.marks[2])
    reach = max(2, int(portrait.eyes / 2))
    part = portrait.pixels[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
    colour = part.reshape(-1, 3).mean(0) if part.size else np.zeros(3)
    sharp = np.log(max(portrait.quality.sharpness, 0.1))
    return np.concatenate([points.ravel(), np.repeat(colour / 255, 3), np.repeat(sharp, 4)])


def scales(made: Pixels, rgb: Pixels) -> NDArray[np.float32]:
    """By what x and y of one picture are to be multiplied for another size of it, float32 (2,)."""
    return np.array([made.shape[1] / rgb.shape[1], made.shape[0] / rgb.shape[0]], np.float32)


def _shrunk(rgb: Pixels, factor: float) -> tuple[Pixels, NDArray[np.float32]]:
    """The picture made smaller, and by what its sides are to be multiplied."""
    if factor >= 1.0:
        return rgb, np.ones(2, np.float32)
    size = (max(8, round(rgb.shape[1] * factor)), max(8, round(rgb.shape[0] * factor)))
    made = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return made, scales(made, rgb)
