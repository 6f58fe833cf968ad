"""Which value is judged in which context.

A *pair* asks one question of a record: how usual is this field's value, given the context? The leading
pairs ask for the event type itself, most others for a field. Fields of the source that have no column of
their own are judged within their event type, in the slots at the end.

Some pairs need more than the record: `previous` is the event type before it of the same host and user in
the same source, in the order of the source. Nothing else of a record's neighbours enters.
"""

from dataclasses import dataclass
from typing import Final

EXTRAS: Final = 48
"""Slots for further fields of a record; a record's fields beyond are not judged."""

SLOT: Final = 3
"""Columns of a slot: a text within its event type; its alphabet within the event type; and a number within the
record's method or protocol, since single event types are often too rare to know their numbers."""

SPELT_EXTRAS: Final = 16
"""Most further fields of a record for which their alphabets are judged.

Wide records have columns for what matters; records of few fields often hold all they say in one of them.
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """One question.

    Attributes
    ----------
    context
        Columns whose values together are the context; empty for the whole site.
    field
        Column whose value is judged.
    spelt
        Whether it is the value's alphabet that is judged, see `spelling`.
    """

    context: tuple[str, ...]
    field: str
    spelt: bool = False

    @property
    def name(self) -> str:
        """`context>field` with `+` between the columns of the context and `site` for none; `~` if spelt."""
        return f"{'+'.join(self.context) or 'site'}>{self.field}{'~' * self.spelt}"


SPREAD_PAIR: Final = Pair((), "source_ip")
"""Asks how many of all addresses have ever shown the event type; see `rarity_arrays.RarityArrays`."""

SPREAD_PART: Final = Pair(("type",), "source_ip")
"""The pair whose contexts it counts the addresses of."""

EVENT_PAIRS: Final = (Pair((), "type"), Pair(("host",), "type"), SPREAD_PAIR)
"""Questions about the event type that the score starts from."""

ALONE_PAIRS: Final = (
    Pair(("previous",), "type"),
    Pair(("user",), "type"),
    Pair(("source_ip",), "type"),
    Pair(("user", "source_ip"), "type"),
    Pair(("type",), "host"),
    Pair(("type",), "source_ip"),
    Pair(("host",), "source_ip"),
    Pair(("user",), "source_ip"),
    Pair(("user",), "host"),
    Pair(("target_user",), "source_ip"),
    Pair(("source_ip",), "user"),
)
"""Questions that may carry a record alone but support no other: who, where and after what.

They often only restate that the type is rare on its host (an address belongs to one host), or are rare by
chance (succession), so adding them up would count one oddity twice.
"""

PRESENCE_PAIRS: Final = (Pair((), "command"), Pair((), "parent"))
"""Fields whose absence is a value like another: whether a record tells of a program that was run.

Command lines are mostly all different, so within their type they say little; that a record has one at all
is rare in most logs, and it is what an investigation starts from.
"""

STRONG_PAIRS: Final = (*PRESENCE_PAIRS, Pair(("type",), "outcome"))
"""Questions that support an event type nearly as much as it counts itself; the last, what came of it."""

TYPED: Final = (
    "user",
    "source_port",
    "destination_ip",
    "destination_port",
    "process",
    "parent",
    "command",
    "action",
    "logon_type",
    "target_user",
    "path",
    "hash",
    "url",
    "method",
    "status",
    "user_agent",
    "bytes",
    "template",
)
"""Fields judged within their event type that may also support it."""

FIELD_PAIRS: Final = (
    *(Pair(("type",), field) for field in TYPED),
    Pair(("user",), "process"),
    Pair(("host",), "user"),
    Pair(("host",), "process"),
    Pair(("host",), "destination_ip"),
    Pair(("parent",), "process"),
    Pair(("process",), "parent"),
    Pair(("parent", "process"), "user"),
    Pair(("process",), "path"),
    Pair(("process",), "destination_port"),
    Pair((), "path"),
    Pair((), "user_agent"),
    Pair((), "status"),
    Pair(("source_ip",), "status"),
    Pair(("source_ip",), "user_agent"),
)
"""Questions about fields with a column of their own."""

SPELT: Final = ("process", "command", "path", "url", "user_agent", "message")
"""Columns whose alphabet is judged within their event type."""

SPELT_PAIRS: Final = (
    *(Pair(("type",), field, spelt=True) for field in SPELT),
    Pair((), "url", spelt=True),
    Pair((), "message", spelt=True),
    Pair(("process",), "command", spelt=True),
)
"""Questions about what values are made of, where the values themselves may all be different."""

PAIRS: Final = EVENT_PAIRS + ALONE_PAIRS + STRONG_PAIRS + FIELD_PAIRS + SPELT_PAIRS
"""All questions but the extras, in the order of the network's pairs."""

NUMERIC: Final = ("bytes",)
"""Columns judged as numbers."""
