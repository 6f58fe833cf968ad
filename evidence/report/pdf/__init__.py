"""Pages as PDF, for print and for courts."""

from .rendering import ReportUnprintable, printed

__all__ = ["ReportUnprintable", "printed"]
