"""Validation: how an artifact does on labelled files, by the same code for every artifact and every set."""

from ..dataset.fault import DataFaulty
from .plan import PARTS, Plan, PlanError
from .result import Validation
from .run import validate

__all__ = ["PARTS", "DataFaulty", "Plan", "PlanError", "Validation", "validate"]
