"""JPEG ghosts: parts of a picture that an earlier save at another quality went through.

Saved again at every quality, a picture changes least at the quality that it was saved with before: a ghost of that save
(Farid, *Exposing digital forgeries from JPEG ghosts*, IEEE TIFS 2009). How much a block changes depends on what it
shows, so instead of the change itself the likelihood ratio of the quality is taken, coefficient by coefficient
(:mod:`~assay.detect.traces.rounding`): with the standard tables of that quality before, against without. Two kinds of
parts differ from the rest: those that lack the past of the picture, and those with a past of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .coefficients import PLACES, Coefficients, steps_at
from .parts import Part, Parts, neighbourhood, parts
from .past import Past, Sized, past, sized
from .quantisation import standard_tables

__all__ = ["LEAST_MEAN", "LOG10_NFA", "QUALITIES", "Ghost", "Ghosts", "ghosts"]

QUALITIES = tuple(range(30, 99))
"""Qualities that are tried."""

LOG10_NFA = -12.0
"""Parts more significant than this are told. Of 316 looks at training photos that were never edited, saved once or
twice with standard tables or others, the worst reached -7.8."""

LEAST_MEAN = 1.5
"""And whose blocks tell this much on average, natural logarithm: tables that only resemble the true ones tell less."""

_NEAR = 0.34
"""Share of the frequencies at which the tables of two qualities may differ for them to pass for one."""


@dataclass(frozen=True, slots=True)
class Ghost:
    """A part with a past of its own.

    Attributes
    ----------
    part : Part
        Where.
    quality : int
        Standard quality that fits it best.
    """

    part: Part
    quality: int


@dataclass(frozen=True, slots=True)
class Ghosts:
    """What was found.

    Attributes
    ----------
    past : Past
        What most of the picture shares: the last save of one that was kept without loss, the save before the last of a
        JPEG.
    curve : tuple of (int, float)
        Quality, and what a coefficient that is not zero tells of it on average, natural logarithm; over the whole
        picture.
    quality : int | None
        Quality at which the curve is highest; None when no past shows.
    lacking : Parts
        Parts that do not share the past.
    own : tuple of Ghost
        Parts with another past, most significant first.
    own_mask : numpy.ndarray
        bool (rows, columns): their blocks.
    best : numpy.ndarray
        int16 (rows, columns): quality that fits the neighbourhood of each block best; 0 where none does.
    map : numpy.ndarray
        float32 (rows, columns), blocks of 8 pixels from `origin`: how much the neighbourhood of a block speaks against
        the past of the rest, or for one of its own, 0..1; 0.5 where it tells nothing.
    origin : (int, int)
        Column and row of the first block.
    """

    past: Past
    curve: tuple[tuple[int, float], ...]
    quality: int | None
    lacking: Parts
    own: tuple[Ghost, ...]
    own_mask: NDArray[np.bool_]
    best: NDArray[np.int16]
    map: NDArray[np.float32]
    origin: tuple[int, int]


def ghosts(here: Coefficients, table: Sequence[int] | None = None) -> Ghosts | None:
    """Look for them.

    Parameters
    ----------
    here : Coefficients
        On the grid of the picture.
    table : sequence of int, optional
        Quantisation table of the last save, 64 steps in row order; None when the picture was kept without loss.

    Returns
    -------
    Ghosts | None
        None when there are too few blocks without clipped pixels.
    """
    present = (1,) * len(PLACES) if table is None else steps_at(table)
    given = sized(here, present)
    if given is None:
        return None
    common = past(given)
    curve, best, own, own_mask, strongest = _tried(given, common, here.origin)
    quality = max(curve, key=lambda point: point[1])[0] if common.found and curve else None
    lacking = parts(common.ratios, here.origin, LOG10_NFA, LEAST_MEAN, common.without)
    against = np.maximum(-neighbourhood(common.ratios), strongest)
    shares = 1.0 / (1.0 + np.exp(-np.clip(against, -40.0, 40.0)))
    return Ghosts(
        common, curve, quality, lacking, own, own_mask, best, shares.astype(np.float32), here.origin
    )


def _tried(
    given: Sequence[Sized], common: Past, origin: tuple[int, int]
) -> tuple[
    tuple[tuple[int, float], ...],
    NDArray[np.int16],
    tuple[Ghost, ...],
    NDArray[np.bool_],
    NDArray[np.float32],
]:
    """Every quality: what the picture says of it, the quality that fits each block, and parts that it fits alone."""
    shape = given[0].sizes.shape
    shared = np.maximum(common.ratios, 0.0)
    curve: list[tuple[int, float]] = []
    best, height = np.zeros(shape, np.int16), np.zeros(shape, np.float32)
    strongest = np.full(shape, -np.inf, np.float32)
    found: list[Ghost] = []
    mask = np.zeros(shape, np.bool_)
    most = LOG10_NFA - np.log10(len(QUALITIES))
    for quality in QUALITIES:
        steps = steps_at(standard_tables(quality)[0])
        tried = [(one, one.odds(step)) for one, step in zip(given, steps, strict=True) if step > one.present]
        if len(tried) < len(PLACES) // 2:
            continue
        number = sum(one.number for one, _ in tried)
        curve.append((quality, sum(one.gain(ratio) for one, ratio in tried) / max(number, 1)))
        ratios = np.zeros(shape, np.float32)
        for one, ratio in tried:
            ratios += one.ratios(ratio)
        around = neighbourhood(ratios)
        better = around > height
        best[better], height[better] = quality, around[better]
        if _same(steps, common.earlier):
            continue
        # A part must fit this quality better than the past of the picture, or than none when there is none.
        beyond = ratios - shared
        strongest = np.maximum(strongest, neighbourhood(beyond))
        own = parts(-beyond, origin, most, LEAST_MEAN)
        # What the rest was saved with as well is no past of their own.
        if ratios[~own.mask].sum() < 0.0:
            found += [Ghost(part, quality) for part in own.found]
            mask |= own.mask
    return tuple(curve), best, _distinct(found), mask, strongest + np.float32(most)


def _same(steps: Sequence[int], earlier: Sequence[int]) -> bool:
    known = [(one, other) for one, other in zip(steps, earlier, strict=True) if other]
    return bool(known) and sum(one != other for one, other in known) <= _NEAR * len(known)


def _distinct(found: Sequence[Ghost]) -> tuple[Ghost, ...]:
    """The most significant of those that overlap: a ghost shows at neighbouring qualities too."""
    kept: list[Ghost] = []
    for ghost in sorted(found, key=lambda each: each.part.log10_nfa):
        if not any(_overlap(ghost.part, other.part) for other in kept):
            kept.append(ghost)
    return tuple(kept)


def _overlap(one: Part, other: Part) -> bool:
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return across > 0 and down > 0
