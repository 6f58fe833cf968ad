"""Networks by the family that a card names: torch modules and plain arrays, imported only when they are used."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..artifact import Artifact

__all__ = ["ARRAYS", "TORCH", "load"]

TORCH: Mapping[str, str] = {"clip-probe": ".clip:network", "rarity": ".rarity:network"}
"""Family -> ``module:function`` that makes a torch module of an artifact: dict of tensors in, dict of tensors out."""

ARRAYS: Mapping[str, str] = {"rarity": ".rarity_arrays:network"}
"""Family -> ``module:function`` that makes a numpy function of an artifact: dict of arrays in, dict of arrays out."""


def load(families: Mapping[str, str], artifact: "Artifact") -> Any:
    """Make the network of `artifact` that `families` (`TORCH` or `ARRAYS`) names; a KeyError if it names none."""
    module, _, function = families[artifact.card.architecture.family].partition(":")
    return getattr(import_module(module, __name__), function)(artifact)
