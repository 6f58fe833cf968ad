"""The one way into a model: rows in, scores out, and a record of exactly what ran."""

from .engine import Engine
from .scores import RunRecord, Score, Scores

__all__ = ["Engine", "RunRecord", "Score", "Scores"]
