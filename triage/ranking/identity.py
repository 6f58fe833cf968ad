"""Which incident is this, and of which kind?

*The same incident* is the same place: host, event type and five-minute window of the records that opened it.
It survives another run, a longer file and another baseline, whatever the reasons then say. Records without a
time have a window by their position, so theirs survives only in the same files.

*The same kind* is the same story at another time: host and event type, and the field and value of its reason
with the most bits.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..answer import Reason

DIGITS: Final = 16
"""Hexadecimal digits of an id: with 64 bits, two of a million incidents share one by a chance of 1 in 37 million."""

BESIDE: Final = frozenset({"company", "rule", "tactics"})
"""Fields that never lead: what else happened, and what depends on rules, which another run may do without."""

UNTOLD: Final = frozenset({"gap"})
"""Fields whose value is a measure, another one every time: a kind names them without it."""

SIZED: Final = frozenset({"volume"})
"""Fields whose value is a size: a kind names it by powers of two, so that a far larger flood is no known one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an incident opened.

    Attributes
    ----------
    host, type
        Empty where unknown.
    window
        Five-minute number since 1970; negative, by position, for records without a time.
    """

    host: str
    type: str
    window: int

    @property
    def id(self) -> str:
        """The id of the incident that opened here."""
        text = json.dumps(["incident", self.host, self.type, self.window])
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:DIGITS]


@dataclass(frozen=True, slots=True)
class Kind:
    """What makes incidents alike.

    Attributes
    ----------
    host, type
        As of its place.
    field, value
        Of the reason with the most bits; empty without one. The value is empty for fields of `UNTOLD`, and a power
        of two for those of `SIZED`.
    """

    host: str
    type: str
    field: str
    value: str


def kind_of(host: str, kind: str, reasons: Sequence[Reason]) -> Kind:
    """The kind of some records by their reasons.

    Parameters
    ----------
    host, kind
        Host and event type.
    reasons
        In any order; the one with the most bits leads, those of `BESIDE` left out.

    Returns
    -------
    Kind
    """
    own = [reason for reason in reasons if reason.field not in BESIDE]
    if not own:
        return Kind(host, kind, "", "")
    lead = max(own, key=lambda reason: reason.bits)
    value = "" if lead.field in UNTOLD else lead.value
    return Kind(host, kind, lead.field, _size(value) if lead.field in SIZED else value)


def _size(value: str) -> str:
    digits = "".join(mark for mark in value if mark.isdigit())
    if not digits:
        return value
    power = max(int(digits[:18]), 1).bit_length() - 1
    return f"{1 << power:,} to {(2 << power) - 1:,}"
