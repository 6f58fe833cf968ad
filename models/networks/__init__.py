"""Networks by the family that a card names: torch modules and plain arrays, imported only when they are used."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...errors import AssayError

if TYPE_CHECKING:
    from ..artifact import Artifact

__all__ = ["ARRAYS", "TORCH", "NetworkUnreadable", "load"]


class NetworkUnreadable(AssayError):
    """An artifact's files or parameters do not make the network of its family."""

    code = "network-unreadable"


TORCH: Mapping[str, str] = {
    "clip-linear": ".clip_linear:network",
    "clip-probe": ".clip:network",
    "edits": ".edits:network",
    "face-swap": ".faces:network",
    "rarity": ".rarity:network",
    "timm": ".timm_classifier:network",
    "tuned-network": ".tuned:network",
}
"""Family -> ``module:function`` that makes a torch module of an artifact: dict of tensors in, dict of tensors out."""

ARRAYS: Mapping[str, str] = {"rarity": ".rarity_arrays:network"}
"""Family -> ``module:function`` that makes a numpy function of an artifact: dict of arrays in, dict of arrays out."""


def load(families: Mapping[str, str], artifact: "Artifact") -> Any:
    """Make the network of `artifact` that `families` (`TORCH` or `ARRAYS`) names; a KeyError if it names none.

    Raises
    ------
    NetworkUnreadable
        The card's parameters or the tensors are not those of its family.
    """
    module, _, function = families[artifact.card.architecture.family].partition(":")
    make = getattr(import_module(module, __name__), function)
    try:
        return make(artifact)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise NetworkUnreadable(
            f"{artifact.id} is no artifact of the family {artifact.card.architecture.family}: "
            f"{type(error).__name__}: {error}; install it again, or make it again with this version"
        ) from error
