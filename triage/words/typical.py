"""What is usual where something unusual was found: the most frequent values of a context, with their counts.

Counts are kept by hashed keys and hold no text. The text of what is usual comes from the records at hand: a bounded
sample of them gives candidates, the artifact that scored says how often each was counted. So a baseline needs
no vocabulary in clear, and what it knows but these records never show stays unnamed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any, Final, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..counting.codes import distinct
from ..counting.contexts import NUMERIC, PAIRS, SLOT, SPREAD_PAIR
from ..counting.encoding import encode
from ..counting.keys import FINE
from ..ranking.feeding import ColumnEngine, feeds
from ..records.fields import conform
from ..records.folding import FOLDED, folded, in_one_case

ROWS: Final = 200_000
"""Records looked through for candidates, evenly spread over the input."""

CANDIDATES: Final = 12
"""Values of a context whose counts are asked for; as many again are the field's most frequent anywhere."""

SHOWN: Final = 3
"""Most values given for a reason."""

QUESTIONS: Final = 1_000
"""Most contexts looked into in one answer."""

Usual = tuple[tuple[str, int], ...]
"""Values with their counts, most frequent first."""

_AT: Final = "__at"


def sized(value: str) -> bool:
    """Whether a value is a number that is counted by its size, along with others near it."""
    try:
        number = float(value)
    except ValueError:
        return False
    return isfinite(number) and not (abs(number) <= FINE and number.is_integer())


@dataclass(frozen=True, slots=True)
class Question:
    """One context of one pair, with its values.

    Attributes
    ----------
    pair
        Index in `PAIRS`, or `len(PAIRS)` for any further field.
    context
        Value of each column of the context; for a further field the event type and the field's name.
    """

    pair: int
    context: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the context in a record."""
        return ("type", "name") if self.pair == len(PAIRS) else PAIRS[self.pair].context

    @property
    def field(self) -> str:
        """Column whose values are asked for."""
        return "value" if self.pair == len(PAIRS) else PAIRS[self.pair].field


class FrameSource(Protocol):
    """The part of the spool that is used here."""

    def frames(self, columns: Sequence[str] | None = None, *, every: int = 1) -> Iterator[pl.DataFrame]:
        """Stored frames in order, or every so-many-th of them."""

    def __len__(self) -> int: ...


def question(at: int, record: Mapping[str, Any]) -> Question | None:
    """What was asked of a record, to look up what is usual.

    Parameters
    ----------
    at
        Index of the pair in the network.
    record
        Normalised record.

    Returns
    -------
    Question or None
        None where values are not what is counted: kinds of events after one another, alphabets, addresses of a
        kind of event, and numbers, which are counted by their size.
    """
    if at >= len(PAIRS):
        names = record["extra_names"] or ()
        slot, column = divmod(at - len(PAIRS), SLOT)
        if column or slot >= len(names) or sized(record["extra_values"][slot] or ""):
            return None
        return Question(len(PAIRS), (record["type"] or "", names[slot]))
    pair = PAIRS[at]
    if pair.field in NUMERIC and sized(record[pair.field] or ""):
        return None
    if pair == SPREAD_PAIR or pair.spelt or pair.context == ("previous",):
        return None
    return Question(at, tuple(record[name] or "" for name in pair.context))


def usual_values(
    engine: ColumnEngine, spool: FrameSource, asked: Iterable[Question], included: bool
) -> dict[Question, Usual]:
    """Most frequent values of some contexts.

    Parameters
    ----------
    engine
        Runs the artifact that scored.
    spool
        The records at hand.
    asked
        Contexts; only the first `QUESTIONS` are looked into.
    included
        Whether the records are in the artifact's counts; else values that are frequent elsewhere in the
        records are tried as well, since the context may be known by them to the baseline only.

    Returns
    -------
    dict
        At most `SHOWN` + 1 values each, so that the unusual one can be left out; without those never counted.
    """
    questions = list(dict.fromkeys(asked))[:QUESTIONS]
    if not questions:
        return {}
    shapes: dict[int, list[Question]] = {}
    for each in questions:
        shapes.setdefault(each.pair, []).append(each)
    near = {pair: _Tally((*found[0].columns, found[0].field)) for pair, found in shapes.items()}
    far = {pair: _Tally(_kind(found[0])) for pair, found in shapes.items()}
    wanted = {
        pair: pl.DataFrame([_compared(q) for q in found], schema=list(found[0].columns), orient="row")
        .cast(pl.String)
        .unique(maintain_order=True)
        for pair, found in shapes.items()
    }
    columns = {name for q in questions for name in (*q.columns, q.field)} & {
        f for p in PAIRS for f in (*p.context, p.field)
    }
    if len(PAIRS) in shapes:
        columns |= {"type", "extra_names", "extra_values"}
    every = max(1, ceil(len(spool) / ROWS))
    for frame in spool.frames(sorted(columns), every=every):
        known = frame.with_columns(pl.col("type").fill_null("")) if "type" in columns else frame
        numbers = _Numbers()
        for pair, contexts in wanted.items():
            further = pair == len(PAIRS)
            records, coded = (_further(known, contexts), _Numbers()) if further else (known, numbers)
            near[pair].add(records, coded, contexts)
            if not included:
                far[pair].add(records, coded, None)
    rows = [row for pair, found in shapes.items() for row in _tries(found, near[pair], far[pair])]
    return _counted(engine, questions, rows)


def _compared(asked: Question) -> tuple[str, ...]:
    """The context as it is compared."""
    return tuple(folded(name, value) for name, value in zip(asked.columns, asked.context, strict=True))


def _kind(asked: Question) -> tuple[str, ...]:
    return ("name", "value") if asked.pair == len(PAIRS) else (asked.field,)


def _further(frame: pl.DataFrame, contexts: pl.DataFrame) -> pl.DataFrame:
    """Further fields of the records whose types are asked for, one a row."""
    return (
        frame.filter(
            pl.col("type").is_in(contexts["type"].unique().implode()) & (pl.col("extra_names").list.len() > 0)
        )
        .select("type", name="extra_names", value="extra_values")
        .explode("name", "value")
    )


class _Tally:
    """Counts of values by context, cut to the most frequent after every frame."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = list(dict.fromkeys(columns))
        self._field = columns[-1]
        self._owners = [name for name in self._columns if name != self._field]
        self._found: dict[tuple[str, ...], list[str]] | None = None
        self.counts: pl.DataFrame | None = None

    def add(self, frame: pl.DataFrame, numbers: "_Numbers", contexts: pl.DataFrame | None) -> None:
        """Count the values of a frame in some contexts, or in all."""
        part = numbers.counted(frame, self._columns).drop_nulls(self._field)
        owned = [in_one_case(pl.col(name)) for name in self._owners if name in FOLDED]
        if owned:
            part = part.with_columns(owned)
        if contexts is not None and contexts.width:
            part = part.join(contexts, on=contexts.columns, how="semi")
        if self.counts is not None:
            part = pl.concat([self.counts, part])
        if owned or self.counts is not None:
            part = part.group_by(self._columns).agg(pl.col("number").sum())
        most = 8 * CANDIDATES
        if part.height > most:
            ordered = part.sort("number", *self._columns, descending=[True, *[False] * len(self._columns)])
            owners = self._owners
            part = ordered.group_by(owners, maintain_order=True).head(most) if owners else ordered.head(most)
        self.counts = part.select(*self._columns, "number")

    def of(self, owner: tuple[str, ...]) -> list[str]:
        """Values of a context, most frequent first."""
        if self._found is None:
            self._found = {}
            if self.counts is not None:
                ordered = self.counts.sort("number", self._field, descending=[True, False])
                for *own, value in ordered.select(*self._owners, self._field).iter_rows():
                    values = self._found.setdefault(tuple(own), [])
                    if len(values) < CANDIDATES:
                        values.append(value)
        return self._found.get(owner, [])


class _Numbers:
    """The columns of one frame as numbers of their distinct values, each made once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[NDArray[np.int32], int]] = {}

    def of(self, frame: pl.DataFrame, name: str) -> tuple[NDArray[np.int32], int]:
        """Number of each row's value, and how many distinct values there are; null is one of them."""
        found = self._known.get(name)
        if found is None:
            code, first = distinct(frame[name].hash().to_numpy())
            found = self._known[name] = code, len(first)
        return found

    def counted(self, frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """The distinct rows of some columns, and their `number`."""
        whole, size = self.of(frame, columns[0])
        first = None
        for name in columns[1:]:
            code, count = self.of(frame, name)
            whole, first = distinct(whole.astype(np.uint64) * np.uint64(count) + code.astype(np.uint64))
        if first is None:
            first = np.zeros(size, np.int64)
            first[whole] = np.arange(len(whole))
        number = np.bincount(whole, minlength=len(first)).astype(np.int64)
        return frame.select(pl.col(columns).gather(pl.lit(pl.Series(first)))).with_columns(number=pl.Series(number))


def _tries(found: Sequence[Question], near: _Tally, far: _Tally) -> Iterator[tuple[Question, str]]:
    for asked in found:
        elsewhere = far.of(asked.context[1:] if asked.pair == len(PAIRS) else ())
        for value in _once(asked.field, [*near.of(_compared(asked)), *elsewhere]):
            yield asked, value


def _once(field: str, values: Iterable[str]) -> list[str]:
    """Values in order, each in its first spelling."""
    first: dict[str, str] = {}
    for value in values:
        first.setdefault(folded(field, value), value)
    return list(first.values())


def _counted(
    engine: ColumnEngine, questions: Sequence[Question], rows: Sequence[tuple[Question, str]]
) -> dict[Question, Usual]:
    """Ask the artifact how often each value was counted in its context."""
    if not rows:
        return {}
    made: list[dict[str, Any]] = []
    for asked, value in rows:
        if asked.pair == len(PAIRS):
            made.append(
                {"type": asked.context[0], "extra_names": [asked.context[1]], "extra_values": [value]}
            )
        else:
            made.append(dict(zip(asked.columns, asked.context, strict=True)) | {asked.field: value})
    names = sorted({name for record in made for name in record})
    lists = {"extra_names", "extra_values"}
    schema = {name: pl.List(pl.String()) if name in lists else pl.String() for name in names}
    records = pl.DataFrame(made, schema=schema)
    # A record whose type is asked for has no other type, and one that is not typed keeps none.
    records = records if "type" in names else records.with_columns(type=pl.lit(None, pl.String()))
    encoded, _ = encode(conform(records))
    seen = next(iter(engine.score_columns([feeds(encoded)]))).arrays["seen"]
    column = {int(pair): at for at, pair in enumerate(encoded.pair)}
    told: dict[Question, list[tuple[str, int]]] = {asked: [] for asked in questions}
    for at, (asked, value) in enumerate(rows):
        place = int(encoded.index[at, column[asked.pair]]) if asked.pair in column else 0
        if place and seen[place - 1]:
            told[asked].append((value, int(seen[place - 1])))
    return {
        asked: tuple(sorted(values, key=lambda pair: (-pair[1], pair[0]))[: SHOWN + 1])
        for asked, values in told.items()
        if values
    }
