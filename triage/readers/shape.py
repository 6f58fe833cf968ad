"""The shape of flat Windows events of one number: a struct that decodes just their fields, and where these go."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any, Final

import msgspec

from ..limits import LogLimits
from .gathered import NOTHING
from .vocabulary import DETAIL, HEADER, SETTLED

__all__ = ["MOST_SHAPES", "Other", "Shape"]

_FIELD: Final = "EventID"
MOST_SHAPES: Final = 2000
"""Shapes of a source, and shapes that are kept made."""

_TEXT_NAMES: Final = frozenset(HEADER["message"])
_TARGETS: Final = {
    **{name: spellings for name, spellings in HEADER.items() if name != "message"},
    **DETAIL,
    "Keywords": ("Keywords",),
    "EventTypeOrignal": ("EventTypeOrignal",),
}
_PLACED: Final = frozenset((*_TEXT_NAMES, *(name for names in _TARGETS.values() for name in names)))


class Other(msgspec.Struct, tag_field=_FIELD, tag=-(1 << 60)):
    """With a second member, a union insists on the number."""


class _Plan:
    """How events of one number with just these fields are decoded, and where their fields go."""

    def __init__(self, names: Sequence[str], number: int | None, limits: LogLimits) -> None:
        names = [name for name in names if number is None or name != _FIELD]
        others = {n for n in names if n not in _PLACED and n not in SETTLED and len(n) <= limits.name_chars}
        read = [name for name in names if name in others or name in _PLACED - _TEXT_NAMES]
        texts = [name for name in HEADER["message"] if name in names]
        # What is read comes first.
        names = [*read, *texts, *(name for name in names if name not in read and name not in texts)]
        place = {name: n for n, name in enumerate(names)}
        # By name, so that a record's fields do not depend on the records that were read before it.
        self.extras = [(name, place[name]) for name in sorted(others)]
        self.targets = [
            (target, known)
            for target, spellings in _TARGETS.items()
            if (known := [place[n] for n in spellings if n in place])
            and (number is None or target != "event_id")
        ]
        self.texts = [attrgetter(f"f{place[name]}") for name in texts]
        self.width = len(read)
        self._values = attrgetter(*(f"f{n}" for n in range(self.width))) if read else None
        self.number = number
        self.struct = msgspec.defstruct(
            "Event",
            [
                (f"f{n}", Any, msgspec.field(name=name, default=None))
                if n < len(read)
                else (f"f{n}", msgspec.Raw, msgspec.field(name=name, default=NOTHING))
                for n, name in enumerate(names)
            ],
            forbid_unknown_fields=True,
            gc=False,
            tag_field=None if number is None else _FIELD,
            tag=number,
        )
        self.decode = msgspec.json.Decoder(self.struct if number is None else self.struct | Other).decode

    def values(self, events: Sequence[Any]) -> list[Any]:
        """What is read of some events, `width` values each."""
        if self._values is None:
            return []
        found = map(self._values, events)
        return list(chain.from_iterable(found) if self.width > 1 else found)


_plan = lru_cache(MOST_SHAPES)(_Plan)
"""Making a struct costs as much as decoding a hundred events, and segments of one file have the same shapes."""


class Shape:
    """The fields of events of one number, and the events at hand."""

    def __init__(self, names: Sequence[str], number: int | None, limits: LogLimits) -> None:
        self.names = tuple(names)
        self.plan = _plan(tuple(sorted(names)), number, limits)
        self.decode = self.plan.decode
        self.lines: list[int] = []
        self.events: list[Any] = []
