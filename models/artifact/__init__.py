"""Artifacts on disk: opened only if every byte is the one that the card states."""

from .artifact import Artifact

__all__ = ["Artifact"]
