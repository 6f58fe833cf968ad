"""Which value is judged in which context.

A *pair* asks one question of a record: how usual is this field's value, given the context? The leading
pairs ask for the event type itself, most others for a field. Fields of the source that have no column of
their own are judged within their event type, in the slots at the end.

Some pairs need more than the record: `previous` is the event type before it of the same host and user in
the same source, in the order of the source. Nothing else of a record's neighbours enters.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..models.networks.rarity_arrays import Int64, mix
from .keys import column_keys, joined, number_keys, salt
from .spelling import alphabet_keys

EXTRAS: Final = 48
"""Slots for further fields of a record; a record's fields beyond are not judged."""

SLOT: Final = 3
"""Columns of a slot: a text within its event type; its alphabet within the event type; and a number within the
record's method or protocol, since single event types are often too rare to know their numbers."""

SPELT_EXTRAS: Final = 16
"""Most further fields of a record for which their alphabets are judged.

Wide records have columns for what matters; records of few fields often hold all they say in one of them.
"""

REMEMBERED: Final = 100_000
"""Most (host, user) pairs whose last event type is remembered."""


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

_COLUMNS: Final = tuple(dict.fromkeys(("host", "user", "source_ip", "type", "outcome", *TYPED)))
_SALTS: Final = {pair.name: salt(pair.name) for pair in PAIRS}
_EXTRA_SALT: Final = salt("type>extra")
_LETTERS_SALT: Final = salt("type>extra~")
_COARSE_SALT: Final = salt("method>extra")


@dataclass(frozen=True, slots=True)
class Encoded:
    """Keys of some records: the network's input but for the burst.

    Attributes
    ----------
    context, value
        int64 [n, pairs].
    present
        bool [n, pairs]: the record has both the context and the value.
    """

    context: Int64
    value: Int64
    present: NDArray[np.bool_]


class Encoder:
    """Turns normalised frames into keys, one source after the other, each in order.

    Holds only what `previous` needs: the last event type of every host and user of the current source.
    """

    def __init__(self) -> None:
        self._source: int | None = None
        self._last = _no_memory()

    def encode(self, frame: pl.DataFrame) -> Encoded:
        """Keys of the next records.

        Parameters
        ----------
        frame
            Normalised records of one source (columns of `assay.triage.fields.SCHEMA`).

        Returns
        -------
        Encoded
            [n, pairs]: `PAIRS`, then as many slots of `SLOT` columns as the frame's longest record needs, at
            most `EXTRAS`.
        """
        keys: dict[str, Int64] = {}
        there: dict[str, NDArray[np.bool_]] = {}
        for name in _COLUMNS:
            # Records whose type nobody knows are judged together, not left out.
            column = frame[name] if name != "type" else frame[name].fill_null("")
            keys[name], there[name] = _number_column(column)[:2] if name in NUMERIC else column_keys(column)
        keys["previous"], there["previous"] = self._previous(frame, keys, there["type"])
        n = frame.height
        extras = frame["extra_names"].list.len().fill_null(0).to_numpy().astype(np.int64)
        width = len(PAIRS) + SLOT * min(int(extras.max(initial=0)), EXTRAS)
        spelt = {name: _spelt_column(frame[name]) for name in SPELT}
        context = np.zeros((n, width), np.int64)
        value = np.zeros((n, width), np.int64)
        present = np.zeros((n, width), np.bool_)
        for at, pair in enumerate(PAIRS):
            judged, known = spelt[pair.field] if pair.spelt else (keys[pair.field], there[pair.field])
            mask = np.ones(n, np.bool_) if pair in PRESENCE_PAIRS else known.copy()
            for name in pair.context:
                mask &= there[name]
            if not mask.any():
                continue
            owner = [np.full(n, _SALTS[pair.name]), *(keys[name] for name in pair.context)]
            context[:, at] = mix(joined(*owner))
            value[:, at] = judged
            present[:, at] = mask
        _encode_extras(frame, extras, keys, context, value, present)
        return Encoded(context, value, present)

    def _previous(
        self, frame: pl.DataFrame, keys: dict[str, Int64], typed: NDArray[np.bool_]
    ) -> tuple[Int64, NDArray[np.bool_]]:
        source = int(frame["source"][0]) if frame.height and frame["source"][0] is not None else -1
        if source != self._source:
            self._source, self._last = source, _no_memory()
        entity = joined(keys["host"], keys["user"])
        known = pl.DataFrame({"entity": entity, "type": keys["type"]}).with_columns(
            type=pl.when(pl.Series(typed)).then("type")
        )
        run = pl.concat([self._last, known])
        shifted = run.select(pl.col("type").shift(1).over("entity"))["type"][self._last.height :]
        self._last = run.unique("entity", keep="last", maintain_order=True).tail(REMEMBERED)
        return shifted.fill_null(0).to_numpy(), shifted.is_not_null().to_numpy()


def extra_names(frame: pl.DataFrame) -> list[list[str]]:
    """Names of the further fields of each record, in slot order.

    Parameters
    ----------
    frame
        Normalised records.

    Returns
    -------
    list of list of str
    """
    return [list(names or [])[:EXTRAS] for names in frame["extra_names"].to_list()]


def _no_memory() -> pl.DataFrame:
    return pl.DataFrame(schema={"entity": pl.Int64(), "type": pl.Int64()})


def _spelt_column(column: pl.Series) -> tuple[Int64, NDArray[np.bool_]]:
    """Keys of the alphabets of a column; equal values are looked at once."""
    present = column.is_not_null().to_numpy()
    keys = np.zeros(len(column), np.int64)
    if present.any():
        distinct = column.drop_nulls().unique()
        frame = pl.DataFrame({"value": distinct, "key": alphabet_keys(distinct)})
        joined_keys = column.alias("value").to_frame().join(frame, on="value", how="left", maintain_order="left")
        keys = joined_keys["key"].fill_null(0).to_numpy()
    return keys, present


def _number_column(column: pl.Series) -> tuple[Int64, NDArray[np.bool_], NDArray[np.bool_]]:
    """Keys of a column of numbers as text, which are there, and which are numbers; others keep their key as text."""
    keys, present = column_keys(column)
    finite = np.zeros(len(column), np.bool_)
    if present.any():
        numbers = column.cast(pl.Float64, strict=False).to_numpy()
        finite = np.isfinite(numbers)
        keys = keys.copy()
        keys[finite] = number_keys(numbers[finite])
    return keys, present, finite


def _encode_extras(
    frame: pl.DataFrame,
    lengths: Int64,
    keys: dict[str, Int64],
    context: Int64,
    value: Int64,
    present: NDArray[np.bool_],
) -> None:
    if not lengths.any():
        return
    some = frame.filter(pl.Series(lengths > 0)).select("extra_names", "extra_values").explode(
        "extra_names", "extra_values"
    )
    row = np.repeat(np.arange(frame.height), lengths)
    slot = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    names, _ = column_keys(some["extra_names"])
    values, there, number = _number_column(some["extra_values"])
    there &= slot < EXTRAS
    few = there & ~number & (lengths[row] <= SPELT_EXTRAS)
    letters = np.zeros(len(row), np.int64)
    letters[few] = alphabet_keys(some["extra_values"].filter(pl.Series(few)))
    asked = (
        (there & ~number, 0, _EXTRA_SALT, keys["type"], values),
        (few, 1, _LETTERS_SALT, keys["type"], letters),
        (there & number, 2, _COARSE_SALT, keys["method"], values),
    )
    for which, column, owner, known, judged in asked:
        kept = np.flatnonzero(which)
        at = (row[kept], len(PAIRS) + SLOT * slot[kept] + column)
        context[at] = mix(joined(np.full(len(kept), owner), known[row[kept]], names[kept]))
        value[at] = judged[kept]
        present[at] = True
