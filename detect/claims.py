"""What a file claims of itself, in coded reasons: alike for pictures and videos."""

from collections.abc import Sequence

from .marks import Mark
from .values import Reason

__all__ = ["model_reasons", "places"]


def model_reasons(marks: Sequence[Mark]) -> list[Reason]:
    """That a generative model made it, or changed it, by the file's own word."""
    reasons: list[Reason] = []
    made = [mark for mark in marks if mark.meaning == "generated"]
    if made:
        reasons.append(
            Reason("generator-mark", f"the file says that a generative model made it: {places(made)}")
        )
    changed = [mark for mark in marks if mark.meaning == "edited-by-model"]
    if changed:
        reasons.append(
            Reason("model-edit-mark", f"the file says that a generative model changed it: {places(changed)}")
        )
    return reasons


def places(marks: Sequence[Mark]) -> str:
    """Who left some marks, and where; the first three of them."""
    shown = "; ".join(f"{mark.who} in {mark.where}" for mark in marks[:3])
    return shown if len(marks) <= 3 else f"{shown}; and {len(marks) - 3} more"
