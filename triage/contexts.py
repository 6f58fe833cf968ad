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

EXTRAS: Final = 48
"""Slots for further fields of a record; a record's fields beyond are not judged."""

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
    """

    context: tuple[str, ...]
    field: str

    @property
    def name(self) -> str:
        """`context>field` with `+` between the columns of the context and `site` for none."""
        return f"{'+'.join(self.context) or 'site'}>{self.field}"


EVENT_PAIRS: Final = (Pair((), "type"), Pair(("host",), "type"))
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

TYPED: Final = (
    "user",
    "source_port",
    "destination_ip",
    "destination_port",
    "process",
    "parent",
    "command",
    "action",
    "outcome",
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
)
"""Questions about fields with a column of their own."""

PAIRS: Final = EVENT_PAIRS + ALONE_PAIRS + PRESENCE_PAIRS + FIELD_PAIRS
"""All questions but the extras, in the order of the network's pairs."""

NUMERIC: Final = ("bytes",)
"""Columns judged as numbers."""

_COLUMNS: Final = tuple(dict.fromkeys(("host", "user", "source_ip", "type", *TYPED)))
_SALTS: Final = {pair.name: salt(pair.name) for pair in PAIRS}
_EXTRA_SALT: Final = salt("type>extra")


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
            [n, pairs]: `PAIRS`, then as many slots as the frame's longest record needs, at most `EXTRAS`.
        """
        keys: dict[str, Int64] = {}
        there: dict[str, NDArray[np.bool_]] = {}
        for name in _COLUMNS:
            read = _number_column if name in NUMERIC else column_keys
            # Records whose type nobody knows are judged together, not left out.
            keys[name], there[name] = read(frame[name] if name != "type" else frame[name].fill_null(""))
        keys["previous"], there["previous"] = self._previous(frame, keys, there["type"])
        n = frame.height
        extras = frame["extra_names"].list.len().fill_null(0).to_numpy().astype(np.int64)
        width = len(PAIRS) + min(int(extras.max(initial=0)), EXTRAS)
        context = np.zeros((n, width), np.int64)
        value = np.zeros((n, width), np.int64)
        present = np.zeros((n, width), np.bool_)
        for at, pair in enumerate(PAIRS):
            mask = np.ones(n, np.bool_) if pair in PRESENCE_PAIRS else there[pair.field].copy()
            for name in pair.context:
                mask &= there[name]
            if not mask.any():
                continue
            owner = [np.full(n, _SALTS[pair.name]), *(keys[name] for name in pair.context)]
            context[:, at] = mix(joined(*owner))
            value[:, at] = keys[pair.field]
            present[:, at] = mask
        _encode_extras(frame, extras, keys["type"], context, value, present)
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


def _number_column(column: pl.Series) -> tuple[Int64, NDArray[np.bool_]]:
    """Keys of a column of numbers as text; what is no number keeps its key as text."""
    keys, present = column_keys(column)
    if present.any():
        numbers = column.cast(pl.Float64, strict=False).to_numpy()
        finite = np.isfinite(numbers)
        keys = keys.copy()
        keys[finite] = number_keys(numbers[finite])
    return keys, present


def _encode_extras(
    frame: pl.DataFrame,
    lengths: Int64,
    types: Int64,
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
    values, there = _number_column(some["extra_values"])
    kept = np.flatnonzero(there & (slot < EXTRAS))
    at = (row[kept], len(PAIRS) + slot[kept])
    context[at] = mix(joined(np.full(len(kept), _EXTRA_SALT), types[row[kept]], names[kept]))
    value[at] = values[kept]
    present[at] = True
