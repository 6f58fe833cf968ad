"""Does the answer survive delivery? The exhibit is laundered again and scored again; an answer that turns is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from .forge.launder import Laundering, Tier, delivery
from .tiers import HARD_QUALITY, WEB_QUALITY
from .values import LikelihoodRatio, Profile, Reason

__all__ = ["LAUNDERINGS", "MOST_SPREAD", "Shaken", "tier_after", "unstable"]

MOST_SPREAD = 1.0
"""Widest range of log10 LR over all launderings, in decades, at which an answer still counts as one."""

_SHORT = ("resave-80", "web")
_LONG = (*_SHORT, "resave-92", "smaller-85", "smaller-70", "webp-90", "messenger")

LAUNDERINGS: Mapping[Profile, tuple[Laundering, ...]] = {
    "fast": (),
    "standard": tuple(map(delivery, _SHORT)),
    "full": tuple(map(delivery, _LONG)),
}
"""How an exhibit is laundered in each profile; the chains are named deliveries, which training draws from too."""

_ORDER: tuple[Tier, ...] = ("clean", "web", "hard")


@dataclass(frozen=True, slots=True)
class Shaken:
    """Score of the exhibit after one laundering.

    Attributes
    ----------
    laundering : str
        Its name.
    tier : str
        Tier that the exhibit is in then, whose calibrator was used.
    score : float
        Raw score.
    ratio : LikelihoodRatio
        Calibrated.
    """

    laundering: str
    tier: str
    score: float
    ratio: LikelihoodRatio


def tier_after(tier: str, laundering: Laundering) -> Tier:
    """Tier of an exhibit after a laundering: never better than before."""
    made: Tier = (
        "hard" if laundering.worst < HARD_QUALITY else "web" if laundering.worst < WEB_QUALITY else "clean"
    )
    return max(cast(Tier, tier), made, key=_ORDER.index)


def unstable(ratio: LikelihoodRatio, shaken: tuple[Shaken, ...]) -> Reason | None:
    """Why the answer does not survive delivery, None when it does."""
    turned = [one for one in shaken if one.ratio.log10 * ratio.log10 < 0]
    if turned:
        names = ", ".join(one.laundering for one in turned)
        return Reason(
            "unstable-sign",
            f"the answer turns to the other side when the picture is delivered once more ({names})",
        )
    all_of_them = [ratio.log10, *(one.ratio.log10 for one in shaken)]
    spread = max(all_of_them) - min(all_of_them)
    if spread > MOST_SPREAD:
        return Reason(
            "unstable-spread",
            f"the answer changes by {spread:.1f} decades when the picture is delivered once more",
        )
    return None
