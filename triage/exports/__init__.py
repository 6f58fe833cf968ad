"""Incidents and events in the formats that other programs read."""

from .targets import FORMATS, ExportTargetInvalid, Target, target
from .writing import export

__all__ = ["FORMATS", "ExportTargetInvalid", "Target", "export", "target"]
