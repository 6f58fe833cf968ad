"""Sentences that programs say, found in messages and taken apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..records.fields import SCHEMA

_ALWAYS: Final = ("user", "target_user", "source_ip", "action", "outcome", "template")
_WHOLE: Final = "whole"
_MANY: Final = 16_384
"""Messages from which it pays to sort them by program first."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a program.

    Attributes
    ----------
    literal
        Text that every such message holds.
    pattern
        Regular expression with named groups; it must match somewhere in the message.
    action, outcome
        What it says was done, and how it ended (None: it does not say).
    template
        Signature of the message; None where what is said beside the fields matters, so that the
        message is masked.
    services
        Names of programs that say it; empty for any.
    """

    literal: str
    pattern: str
    action: str
    outcome: str | None
    template: str | None
    services: tuple[str, ...] = ()


def read(
    sentences: Sequence[Sentence], service: pl.Series, message: pl.Series
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Take messages apart by the first of the sentences that each one is.

    Parameters
    ----------
    sentences
        In their order.
    service
        Program that wrote each message, without process number.
    message
        Its text.

    Returns
    -------
    columns
        Fields of `fields.SCHEMA`; `user`, `target_user`, `source_ip`, `action`, `outcome` and
        `template` are always among them. Null where no sentence matched.
    extras
        Other named parts, by name.
    """
    height = len(message)
    rows: list[NDArray[np.int64]] = []
    found: list[pl.DataFrame] = []
    for places, known, sure in _programs(sentences, service):
        left = message if len(places) == height else message.gather(places)
        for sentence in known:
            if left.is_empty():
                break
            # One step after the other: the pattern is tried only where the literal is.
            likely = left.str.contains(sentence.literal, literal=True).arg_true()
            if sentence.services and not sure and len(likely):
                likely = likely.filter(service.gather(places[likely.to_numpy()]).is_in(sentence.services))
            if likely.is_empty():
                continue
            said = _said(sentence, left.gather(likely))
            fits = said[_WHOLE].is_not_null()
            if not fits.any():
                continue
            chosen = likely.filter(fits).to_numpy()
            rows.append(places[chosen])
            found.append(said.filter(fits).drop(_WHOLE))
            waiting = np.ones(len(left), dtype=bool)
            waiting[chosen] = False
            left, places = left.filter(pl.Series(waiting)), places[waiting]
    nothing = pl.DataFrame({name: [None] for name in _ALWAYS}, schema=dict.fromkeys(_ALWAYS, pl.String))
    parts = pl.concat([nothing, *found], how="diagonal")
    place = np.zeros(height, np.uint32)
    if rows:
        place[np.concatenate(rows)] = np.arange(1, parts.height, dtype=np.uint32)
    whole = parts.select(pl.all().gather(pl.Series(place)))
    columns = whole.select([name for name in whole.columns if name in SCHEMA])
    return columns, {name: whole[name] for name in whole.columns if name not in SCHEMA}


def _said(sentence: Sentence, messages: pl.Series) -> pl.DataFrame:
    """The parts of messages; the outer group says whether there is a match, for what is in it may be optional."""
    groups = messages.str.extract_groups(f"(?P<{_WHOLE}>{sentence.pattern})").struct.unnest()
    names = [name for name in groups.columns if name != _WHOLE]
    return groups.select(
        _WHOLE,
        *(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names),
        pl.lit(sentence.action).alias("action"),
        pl.lit(sentence.outcome, dtype=pl.String).alias("outcome"),
        pl.lit(sentence.template, dtype=pl.String).alias("template"),
    )


def _programs(
    sentences: Sequence[Sentence], service: pl.Series
) -> Iterator[tuple[NDArray[np.int64], list[Sentence], bool]]:
    """Rows of programs that say the same sentences, those sentences, and whether each row's program says each."""
    names = service.unique().drop_nulls().to_list()
    if len(service) < _MANY:
        present = set(names)
        known = [s for s in sentences if not s.services or not present.isdisjoint(s.services)]
        yield np.arange(len(service)), known, False
        return
    said: dict[tuple[int, ...], list[str]] = {}
    anyone = tuple(n for n, s in enumerate(sentences) if not s.services)
    for name in names:
        key = tuple(n for n, s in enumerate(sentences) if not s.services or name in s.services)
        said.setdefault(key, []).append(name)
    said.setdefault(anyone, [])
    numbers = {name: number for number, group in enumerate(said.values()) for name in group}
    usual = list(said).index(anyone)
    group = service.replace_strict(numbers, default=usual, return_dtype=pl.UInt32).fill_null(usual).to_numpy()
    for number, key in enumerate(said):
        places = np.flatnonzero(group == number)
        if len(places):
            yield places, [sentences[n] for n in key], True
