"""The artifacts that took part: what they are, and how often they were wrong on what they had not seen."""

from pydantic import Field

from .exhibit import Picture
from .sheet import Count, Sha256, Sheet

__all__ = ["Artifact", "Calibration", "Point", "Rate", "TrainingSource"]


class Calibration(Sheet):
    """The set of scores by which a raw score became a likelihood ratio."""

    name: str
    method: str
    h1: Count
    h2: Count
    effective_h1: float
    effective_h2: float
    bound_low: float
    bound_high: float
    level: float


class Rate(Sheet):
    """One measured figure, for a tier and a source of pictures where it is of one."""

    name: str
    value: float
    low: float | None
    high: float | None
    n: Count | None
    tier: str | None
    source: str | None
    note: str | None


class Point(Sheet):
    """An operating point: a fixed threshold, and the error rates at it."""

    name: str
    tier: str | None
    threshold: float
    chosen_on: str
    false_alarms: Rate | None
    found: Rate | None


class TrainingSource(Sheet):
    """One source of what it was trained on."""

    name: str
    licence: str
    count: Count
    role: str
    sha256: Sha256 | None


class Artifact(Sheet):
    """One model on disk, known by the SHA-256 of its card."""

    name: str
    version: str
    sha256: Sha256
    task: str
    title: str
    summary: str
    licence: str
    created: str
    prior: float | None
    preprocessing: dict[str, str]
    calibrations: list[Calibration]
    points: list[Point]
    rates: list[Rate]
    training: list[TrainingSource]
    limits: list[str]
    pictures: list[Picture] = Field(default_factory=list)
