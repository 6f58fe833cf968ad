"""What a row of the training pool is: a picture as it was collected, or one that the forge made of a photo."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "OWN", "REAL", "TWINS", "Kind", "MadeKind", "TwinKind", "own", "synthetic"]

TwinKind = Literal["latent", "superres", "decoder"]
MadeKind = Literal["negative", "changed", "latent", "superres", "decoder"]
"""Kinds that the forge makes of a photo."""

Kind = Literal["photo", "negative", "drawn", "changed", "latent", "superres", "decoder"]
"""A collected photo; a photo after a change that leaves it real; a collected generated picture; a latent twin after the
change that its photo went through, so that the change itself tells nothing; and a photo as the decoder of a latent
generator, a super-resolution network or a decoder trained here would have drawn it."""

KINDS: tuple[Kind, ...] = get_args(Kind)
TWINS: tuple[TwinKind, ...] = get_args(TwinKind)

REAL: frozenset[Kind] = frozenset({"photo", "negative"})
"""Kinds that are camera recordings, with ordinary processing or without."""

OWN: frozenset[Kind] = frozenset({"photo", "drawn"})
"""Kinds that were collected: what scores and figures are about."""


def synthetic(kinds: NDArray[np.str_] | Sequence[str]) -> NDArray[np.bool_]:
    """Label of each row, True for synthetic, from its kind, (n,)."""
    return ~np.isin(kinds, sorted(REAL))


def own(kinds: NDArray[np.str_] | Sequence[str]) -> NDArray[np.bool_]:
    """Which rows are collected pictures, (n,)."""
    return np.isin(kinds, sorted(OWN))
