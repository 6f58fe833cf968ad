"""Pages as PDF, for print and for courts."""

from .rendering import printed

__all__ = ["printed"]
