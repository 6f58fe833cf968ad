"""The small words that reasons are made of: fields, counts, spans, what is usual."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ..pseudonyms.token import cut, cut_before
from ..ranking.bursts import WINDOW
from .event_names import in_words
from .typical import Usual

_PATH: Final = re.compile(r"(?:[A-Za-z]:)?[\\/]\S*")

LONGEST: Final = 200
"""Most characters of a value that are shown."""

SAID: Final = 90
"""Most characters of a value within a sentence."""

BRIEF: Final = 48
"""Most characters of a usual value within a sentence."""

MOSTLY: Final = 0.5
"""Least share of the context that its most frequent value needs to be told in the sentence."""

LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "type": "event type",
        "source_ip": "source address",
        "source_port": "source port",
        "destination_ip": "destination address",
        "destination_port": "destination port",
        "event_id": "event id",
        "logon_type": "logon type",
        "target_user": "target account",
        "user_agent": "user agent",
        "command": "command line",
        "template": "message",
        "bytes": "bytes",
        "parent": "parent process",
        "status": "status",
        "gap": "silence",
        "hour": "hour of week",
    }
)
"""Words for fields; others are called by their name."""

_WITH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "source_ip": "from",
        "destination_ip": "to",
        "destination_port": "to port",
        "source_port": "from port",
        "host": "on",
        "user": "by",
        "target_user": "for",
        "process": "by",
        "parent": "started by",
        "type": "of type",
    }
)
"""How a value stands in a sentence about records."""

_LONG: Final = ("template", "type")
"""Fields whose usual values are too long, or too many, to be told in a sentence."""

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_PRINCIPAL: Final = re.compile(r"\barn:(?:[^:, ]*:){4}(?:user/)?")

PREVIOUS: Final = "the event type before it"

SPREAD: Final = "source addresses"


def short(text: str, longest: int = LONGEST) -> str:
    """Text in one line, cut to so many characters."""
    flat = " ".join(text.split())
    return cut(flat, longest)


def _cut(value: str, longest: int) -> str:
    """A value cut to so many characters; of a path, the end stays, which is what differs."""
    flat = short(value)
    if len(flat) <= longest:
        return flat
    if _PATH.fullmatch(flat):
        return cut_before(flat, longest)
    return short(flat, longest)


def label(field: str) -> str:
    """What a field is called."""
    return LABELS.get(field, field)


def shown(field: str, value: str, longest: int = SAID) -> str:
    """A value for a sentence: event types in words, cloud principals by their last part, an empty one named."""
    if field == "type":
        return short(in_words(value), longest) or "untyped records"
    if value.startswith("arn:"):
        value = value.rpartition(":")[2].removeprefix("user/") or value
    return _cut(value, longest) or "(empty)"


def having(field: str, value: str, longest: int = SAID) -> str:
    """How records with that value are spoken of: ``from 10.0.0.5``, ``with GrantedAccess 0x1410``."""
    return f"{_WITH.get(field, f'with {label(field)}')} {shown(field, value, longest)}"


def times(seen: int, included: bool) -> str:
    """How often something was seen."""
    if seen == 0:
        return "never seen"
    if included and seen == 1:
        return "seen only here"
    return "seen " + {1: "once", 2: "twice"}.get(seen, f"{seen:,} times")


def rarity(seen: int, of: int, included: bool, unit: str) -> str:
    """How often out of how many."""
    if seen == 0:
        return f"never seen in {of:,} {unit}"
    if included and seen == 1:
        return f"the only one in {of:,} {unit}"
    return f"{seen:,} of {of:,} {unit}" + ("" if included else " before")


def size_rarity(seen: int, of: int, included: bool) -> str:
    """The same of a number, which is counted along with those of about its size."""
    if included and seen == 1:
        return f"the only one of about that size in {of:,} records"
    return f"{seen:,} of {of:,} records are of about that size" + ("" if included else ", before")


def steps(seen: int, of: int, included: bool) -> str:
    """How often one kind of event came after another."""
    if seen == 0:
        return f"never in {of:,} times"
    return f"only this time in {of:,}" if included and seen == 1 else f"{seen:,} times in {of:,}"


def kind_rarity(seen: int, of: int, included: bool, scope: str) -> str:
    """The same of a kind of event, for the end of a sentence that has named it."""
    where = f"{of:,} records{scope}"
    if seen == 0:
        return f"a kind of event never seen in {where}"
    if included and seen == 1:
        return f"the only event of its kind in {where}"
    return (
        f"one of {seen:,} events of its kind in {where}"
        if included
        else f"{seen:,} of its kind in {where} before"
    )


def usually(field: str, typical: Usual, others: int) -> str:
    """What the other records of a context have; empty where nothing prevails.

    Parameters
    ----------
    field
        Field of the values.
    typical
        Most frequent values, the unusual one left out.
    others
        How many records of the context have another value than the unusual one.

    Returns
    -------
    str
        ``all from 10.0.0.5``, ``97% from 10.0.0.5``, ``mostly from 10.0.0.5 (3,000) or 10.0.0.6 (900)``.
    """
    if not typical or others <= 0 or field in _LONG:
        return ""
    value, seen = typical[0]
    share = seen / others
    if share < MOSTLY:
        return ""
    if seen >= others:
        return f"all {having(field, value, BRIEF)}" if others > 1 else having(field, value, BRIEF)
    if share >= 0.9:
        return f"{min(int(100 * share), 99)}% {having(field, value, BRIEF)}"
    second = f" or {shown(field, typical[1][0], BRIEF)} ({typical[1][1]:,})" if len(typical) > 1 else ""
    return f"mostly {having(field, value, BRIEF)} ({seen:,}){second}"


def hour(window: int) -> str:
    """Day and hour of a window."""
    hours = (window * (WINDOW // 1_000_000) // 3600 + 72) % 168
    return f"{DAYS[hours // 24]} {hours % 24:02d}:00 UTC"


def span(windows: int | None) -> str:
    """A number of windows as time."""
    minutes = (windows or 0) * 5
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"


def number(value: float) -> str:
    """A ratio or a mean, no more exact than it is."""
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:,.0f}"


def spoken(context: str) -> str:
    """A context for a sentence: event types in words, cloud principals by their last part."""
    return short(in_words(_PRINCIPAL.sub("", context)))
