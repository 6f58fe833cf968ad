"""Dumps of Windows event logs (`Event.System`, `Event.EventData`), read many at once.

Events of one kind name the same data in the same order, so they are sorted by the names of their data; where
these go is settled once a kind. What has not the usual form is left to `windows`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import msgspec
import polars as pl

from ..limits import LogLimits
from .gathered import Gathered
from .ledger import Ledger
from .vocabulary import DETAIL, EXTRA
from .windows import KNOWN, unknown_pairs

_MOST_KINDS: Final = 4000
_HEADER: Final = ("host", "channel", "event_id", "provider", "time", "Keywords")


class _Name(msgspec.Struct, gc=False):
    Name: Any = None


class _Provider(msgspec.Struct, gc=False):
    attributes: _Name = msgspec.field(name="#attributes")


class _Moment(msgspec.Struct, gc=False):
    SystemTime: Any = None


class _Created(msgspec.Struct, gc=False):
    attributes: _Moment = msgspec.field(name="#attributes")


class _Qualified(msgspec.Struct, gc=False):
    text: Any = msgspec.field(name="#text", default=None)


class _System(msgspec.Struct, gc=False):
    Provider: _Provider | None = None
    EventID: int | str | _Qualified | None = None
    TimeCreated: _Created | None = None
    Computer: str | None = None
    Channel: str | None = None
    Keywords: str | None = None


class _Event(msgspec.Struct):
    System: _System
    EventData: Any = None
    UserData: Any = None


class _Dump(msgspec.Struct):
    Event: _Event


_DECODER: Final = msgspec.json.Decoder(_Dump)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the data of one kind go.

    Attributes
    ----------
    pick
        Of the data, those that go anywhere; they are followed by those of `_HEADER`.
    width
        How many both are.
    targets, extras
        As `gathered.Plan` has them.
    unknown
        Places of the data that none of the known names describe.
    cut
        Places of these among what is picked.
    """

    pick: Callable[[Sequence[Any]], Sequence[Any]]
    width: int
    targets: list[tuple[str, list[int]]]
    extras: list[tuple[str, int]]
    unknown: tuple[int, ...]
    cut: tuple[int, ...]
    number: int | None = None


@lru_cache(_MOST_KINDS)
def _plan(names: tuple[str, ...], chars: int, usual: bool = True) -> _Plan:
    told = {name for spellings in DETAIL.values() for name in spellings}.union(EXTRA)
    unknown = [name for name in names if name not in KNOWN and name.rpartition(".")[2] not in KNOWN]
    wanted = [n for n, name in enumerate(names) if name in told or (usual and name in unknown)]
    place = {names[n]: at for at, n in enumerate(wanted)}
    targets = [
        (target, known)
        for target, spellings in DETAIL.items()
        if (known := [place[name] for name in spellings if name in place])
    ]
    targets += [(target, [len(wanted) + n]) for n, target in enumerate(_HEADER)]
    extras = [(name, place[name]) for name in EXTRA if name in place]
    if usual:
        extras += [(name.replace("#attributes.", "")[:chars], place[name]) for name in unknown]
    return _Plan(
        pick=_picker(wanted),
        width=len(wanted) + len(_HEADER),
        targets=targets,
        extras=extras,
        unknown=tuple(names.index(name) for name in unknown),
        cut=tuple(place[name] for name in unknown if name in place),
    )


def _picker(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple(values[place] for place in places)


@dataclass(slots=True)
class _Kind:
    """The events of one kind."""

    lines: list[int] = field(default_factory=list)
    data: list[tuple[Any, ...]] = field(default_factory=list)
    systems: list[_System] = field(default_factory=list)
    others: list[list[tuple[str, str]]] = field(default_factory=list)


def frame(
    numbers: Sequence[int], data: bytes | Iterable[bytes], ledger: Ledger, limits: LogLimits
) -> pl.DataFrame | None:
    """Turn dumped events into normalised columns.

    Parameters
    ----------
    numbers
        Line number of each event.
    data
        The events, one JSON object each: one a line, or cut apart.

    Returns
    -------
    pl.DataFrame or None
        As `windows.frame` gives it; None when one of them has another form than most dumps have.
    """
    try:
        events = _DECODER.decode_lines(data) if isinstance(data, bytes) else list(map(_DECODER.decode, data))
        if len(events) != len(numbers):
            return None
        kinds = _sorted(numbers, events, limits)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    gathered = Gathered(limits, ledger, "windows-dump")
    for (names, usual), kind in kinds.items():
        plan = _plan(names, limits.name_chars, usual)
        both = zip(map(plan.pick, kind.data), map(_header, kind.systems), strict=True)
        values: list[Any] = list(chain.from_iterable(chain.from_iterable(both)))
        for place in plan.cut:
            values[place :: plan.width] = _shortened(values[place :: plan.width], limits.value_chars)
        gathered.take(plan, kind.lines, values, plan.width, others=None if usual else kind.others)
    return gathered.frame()


def _sorted(
    numbers: Sequence[int], events: Sequence[_Dump], limits: LogLimits
) -> dict[tuple[tuple[str, ...], bool], _Kind]:
    """Events by the names of their data, and by whether none of the unknown ones is nested."""
    kinds: dict[tuple[tuple[str, ...], bool], _Kind] = {}
    for number, dump in zip(numbers, events, strict=True):
        event = dump.Event
        data = event.EventData
        others: list[tuple[str, str]] = []
        usual = True
        if type(data) is not dict:
            data = {}
            if type(event.UserData) is dict:
                others = unknown_pairs(event.UserData, limits)
                usual = False
        names, values = tuple(data), tuple(data.values())
        if usual and _nested(_plan(names, limits.name_chars), values, limits):
            others = unknown_pairs(data, limits)
            usual = False
        key = names, usual
        kind = kinds.get(key)
        if kind is None:
            kind = kinds[key] = _Kind()
        kind.lines.append(number)
        kind.data.append(values)
        kind.systems.append(event.System)
        if not usual:
            kind.others.append(others)
    return kinds


def _nested(plan: _Plan, values: Sequence[Any], limits: LogLimits) -> bool:
    if len(plan.unknown) > limits.extras // 2:
        return True
    for place in plan.unknown:
        kind = type(values[place])
        if kind is dict or kind is list:
            return True
    return False


def _header(system: _System) -> tuple[Any, ...]:
    number, provider, created = system.EventID, system.Provider, system.TimeCreated
    return (
        system.Computer,
        system.Channel,
        number.text if type(number) is _Qualified else number,
        None if provider is None else provider.attributes.Name,
        None if created is None else created.attributes.SystemTime,
        system.Keywords,
    )


def _shortened(values: Sequence[Any], chars: int) -> Sequence[Any]:
    """Values of which the long ones are cut."""
    if any(type(value) is str and len(value) > chars for value in values):
        return [value[:chars] if type(value) is str else value for value in values]
    return values
