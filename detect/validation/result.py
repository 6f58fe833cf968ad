"""Everything that a validation found, as frozen values that become JSON as they are."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from ...models.metrics import Interval

__all__ = [
    "Audit",
    "CardLine",
    "Comparison",
    "Curve",
    "Figure",
    "GroupRate",
    "Severity",
    "Subject",
    "Validation",
]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes
    ----------
    name
        ``auc``, ``auc-macro``, ``eer``, ``tpr``, ``false-alarms``, ``cllr``, ``cllr-cal``, ``ece``,
        ``cllr-cal-noise-floor``, ``ece-noise-floor``, ``coverage`` (share that gets an answer), ``error`` (share of the
        answered that is wrong), ``applies`` (share that gets a score), ``flips`` (share whose decision changes).
    condition
        What was done to the pictures: ``native``, a tier, or ``axis-level``.
    by, of
        ``all``, ``source`` or ``generator``, and which.
    value, low, high, n
        With its 95 % interval, None where it has none, and the number of pictures.
    """

    name: str
    condition: str
    by: str
    of: str
    value: float
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of_interval(cls, name: str, condition: str, by: str, of: str, found: Interval) -> "Figure":
        """A figure from what the metrics give; an end that is not a number is none."""
        low, high = (None if math.isnan(end) else round(end, 4) for end in (found.low, found.high))
        return cls(name, condition, by, of, round(found.value, 4), low, high, found.n)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve: ``roc`` (false alarms, found), ``tippett-h1``, ``tippett-h2`` (log10 LR, share at least so
    large) or ``reliability`` (stated, seen)."""

    name: str
    condition: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Severity:
    """One level of one axis of robustness, or of an attack: figures of the pictures that still have a score."""

    axis: str
    level: float
    n: int
    applies: float
    auc: float | None
    auc_low: float | None
    auc_high: float | None
    tpr: float | None
    tpr_low: float | None
    tpr_high: float | None
    false_alarms: float | None
    false_alarms_low: float | None
    false_alarms_high: float | None


@dataclass(frozen=True, slots=True)
class GroupRate:
    """False alarms in one group of real pictures."""

    value: str
    n: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Audit:
    """False alarms by the values of one group.

    Attributes
    ----------
    group, condition
        Which, and how delivered.
    rates
        By value, those with enough pictures.
    disparity
        Highest rate less lowest.
    low, high
        Its 95 % interval.
    chance
        Disparity that chance alone exceeds in one of twenty sets where all groups are alike.
    words
        What it comes to.
    """

    group: str
    condition: str
    rates: tuple[GroupRate, ...]
    disparity: float
    low: float
    high: float
    chance: float
    words: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of two artifacts on the same files: the difference, its paired interval, and what it means."""

    name: str
    condition: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    n: int
    words: str


@dataclass(frozen=True, slots=True)
class CardLine:
    """A figure of the card beside the same figure measured here.

    Attributes
    ----------
    name, condition, of
        Which, of what delivery (empty where the card names none), and of which part or source.
    stated, measured
        Of the card, and here.
    n, here
        Number of rows that the card states, and that were measured.
    equal
        Of as many rows, and apart by `cardlines.WITHIN`, or a share by one row, at most.
    """

    name: str
    condition: str
    of: str
    stated: float
    measured: float
    n: int
    here: int
    equal: bool

    @property
    def exact(self) -> bool:
        """Of as many rows, and the same to the last digit that the card states."""
        return self.n == self.here and round(self.measured, 4) == round(self.stated, 4)


@dataclass(frozen=True, slots=True)
class Subject:
    """The artifact that was measured."""

    name: str
    version: str
    sha256: str
    task: str
    title: str
    h1: str
    h2: str


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found.

    Attributes
    ----------
    artifact, against
        What was measured, and what it was compared with.
    data
        The check of the files, as `dataset.Check` says it, with the codes that were accepted.
    title, created, profile, parts, seconds
        Of the run; `seconds` of the processor.
    files
        By condition: how many were asked for, scored, not applicable, refused.
    unjudged
        By condition: how many were not applicable for which reason, by its code.
    figures, curves, robustness, attack, audits, comparisons, card
        See each class.
    card_left
        By what the card says of them: how many of its figures were not measured here.
    attack_words
        Why there is no attack, or how it was made.
    speed
        Processor seconds a picture, by what is done.
    run
        Record of the engine: libraries, device, threads, golden check.
    """

    artifact: Subject
    against: Subject | None
    data: dict[str, Any]
    title: str
    created: str
    profile: str
    parts: tuple[str, ...]
    seconds: float
    files: dict[str, dict[str, int]]
    figures: tuple[Figure, ...] = ()
    curves: tuple[Curve, ...] = ()
    robustness: tuple[Severity, ...] = ()
    attack: tuple[Severity, ...] = ()
    attack_words: str = ""
    audits: tuple[Audit, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    card: tuple[CardLine, ...] = ()
    card_left: dict[str, int] = field(default_factory=dict)
    speed: dict[str, float] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)
    unjudged: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The artifacts that were measured: one, or two that are compared."""
        return (self.artifact,) if self.against is None else (self.artifact, self.against)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"format": 1, **asdict(self)}

    def figure(self, name: str, condition: str, by: str = "all", of: str = "") -> Figure | None:
        """One figure, None where it was not measured."""
        return next(
            (f for f in self.figures if (f.name, f.condition, f.by, f.of) == (name, condition, by, of)), None
        )
