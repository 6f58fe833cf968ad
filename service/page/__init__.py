"""The page: the evidence room for people with a browser."""

from .attaching import attach

__all__ = ["attach"]
