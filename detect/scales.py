"""Which calibrator and which operating point belong to a score: by its tier and the crops that it averages.

A mean over several crops scatters less than one crop, so that the same number means more. A score over a number of
crops that the artifact has nothing for is weighed like the next smaller number: too cautiously rather than too boldly.
"""

from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import AssayError
from ..models.artifact import Artifact
from ..models.calibration import Calibrator
from ..models.card import Card, OperatingPoint
from .forge.launder import TIERS

__all__ = ["POINT", "ArtifactUnfit", "Scales", "asked_of", "scale"]

Asked = TypeVar("Asked", bound=BaseModel)

POINT = "fixed"
"""Name of the operating point of single crops; for n crops it is followed by ``-n``."""


class ArtifactUnfit(AssayError):
    """The artifact's card asks for inputs or preprocessing that its analyzer does not do."""

    code = "artifact-unfit"


def asked_of(card: Card, model: type[Asked]) -> Asked:
    """The card's preprocessing as an analyzer understands it.

    Raises
    ------
    ArtifactUnfit
        It asks for something else; nothing of it is ignored.
    """
    try:
        return model.model_validate(card.preprocessing)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ArtifactUnfit(
            f"{card.id} asks for preprocessing that is not known here ({where}): update assay or take another artifact"
        ) from None


def scale(name: str, count: int) -> str:
    """Name in an artifact of what belongs to means over `count` crops."""
    return name if count == 1 else f"{name}-{count}"


class Scales:
    """The calibrators and operating points of an artifact.

    Raises
    ------
    ArtifactUnfit
        A tier has no calibrator for single crops, nor is there one named ``default``.
    """

    def __init__(self, artifact: Artifact) -> None:
        self._calibrators = artifact.calibrators()
        self._points = {(point.name, point.tier): point for point in artifact.card.operating_points}
        missing = [tier for tier in TIERS if not {tier, "default"} & set(self._calibrators)]
        if missing:
            raise ArtifactUnfit(
                f"{artifact.card.id} has no calibrator for {', '.join(missing)}: its scores cannot be weighed"
            )

    def calibrator(self, tier: str, count: int) -> Calibrator:
        """For means over `count` crops in a tier."""
        names = [*_names(tier, count), "default"]
        return next(self._calibrators[name] for name in names if name in self._calibrators)

    def point(self, tier: str, count: int) -> OperatingPoint | None:
        """The fixed threshold and its measured rates, None where the card has none."""
        keys = [(name, where) for where in (tier, None) for name in _names(POINT, count)]
        return next((self._points[key] for key in keys if key in self._points), None)


def _names(name: str, count: int) -> Iterator[str]:
    return (scale(name, smaller) for smaller in range(max(count, 1), 0, -1))
