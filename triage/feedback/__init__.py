"""What analysts said of incidents, and what later runs make of it."""

from .marks import Mark, Verdict
from .memory import Memory, Remembered
from .review import Review, reviewed
from .store import FeedbackStore, Marks, user_feedback

__all__ = [
    "FeedbackStore",
    "Mark",
    "Marks",
    "Memory",
    "Remembered",
    "Review",
    "Verdict",
    "reviewed",
    "user_feedback",
]
