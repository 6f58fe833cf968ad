"""A veil between what was scored and what is told: behind it every name is its token.

Scores are those of the names themselves. Everything after them is made from veiled records: reasons, summaries,
ids, kinds, marks, states of sites, events and exports. So no text of ours has to be searched for names afterwards.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from ..assembly import RowSource
from ..pipeline import Ranking
from ..ranking.bursts import GROUP
from ..ranking.feeding import ColumnEngine
from ..ranking.groups import LISTS
from ..ranking.lookup import Lookup
from ..taggers import Tags
from ..values import Rejected, SourceReport
from ..words.typical import Question, Usual, usual_values
from .names import COLUMNS, Names

if TYPE_CHECKING:
    from .key import Key

WITHHELD: Final = "(withheld: pseudonyms)"
"""In place of the first examples of rejected lines, of which nobody knows what they name."""


class Veil:
    """Replaces names in whatever is told of one input.

    Parameters
    ----------
    names
        Of the input; complete.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.text = names.text

    @classmethod
    def over(cls, key: "Key", frames: Iterable[pl.DataFrame]) -> "Veil":
        """The veil over all names of some records.

        Parameters
        ----------
        key
            Makes the tokens.
        frames
            Normalised records, at least their columns of names.

        Returns
        -------
        Veil
        """
        names = Names(key)
        for frame in frames:
            names.add(frame)
        return cls(names)

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Records, windows or sums of them: every column of text, names in their own fields, others as texts.

        Parameters
        ----------
        frame
            Columns are known by their names.

        Returns
        -------
        pl.DataFrame
        """
        columns = []
        for name, dtype in frame.schema.items():
            if dtype == pl.String():
                columns.append(_mapped(frame[name], self._of(name)))
            elif dtype == pl.List(pl.String()):
                owner = next((column for column, listed in LISTS.items() if listed == name), name)
                columns.append(_listed(frame[name], self._of(owner)))
        return frame.with_columns(columns) if columns else frame

    def opened(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The columns of text of a veiled frame as they were."""
        texts = [name for name, dtype in frame.schema.items() if dtype == pl.String()]
        return frame.with_columns(_mapped(frame[name], self.names.opened) for name in texts)

    def _of(self, column: str) -> Callable[[str], str]:
        kind = COLUMNS.get(column)
        return self.text if kind is None else lambda value: self.names.token(value, kind)

    def ranking(self, ranking: Ranking) -> Ranking:
        """A ranking under the veil; its order and numbers stay."""
        return replace(
            ranking,
            groups=self.frame(ranking.groups),
            windows=self.frame(ranking.windows),
            lookup=_VeiledLookup(ranking.lookup, self),
            tags=_VeiledTags(ranking.tags, self),
        )

    def rows(self, rows: RowSource) -> "VeiledRows":
        """A spool under the veil."""
        return VeiledRows(rows, self)

    def usual(
        self, engine: ColumnEngine, rows: RowSource, asked: Iterable[Question], included: bool
    ) -> dict[Question, Usual]:
        """What is usual, asked of the names themselves and answered under the veil.

        Parameters
        ----------
        engine, included
            As for `assay.triage.words.typical.usual_values`.
        rows
            From `rows`.
        asked
            Contexts of veiled records.

        Returns
        -------
        dict
            Contexts as asked to veiled values with their counts.
        """
        bare = rows.bare if isinstance(rows, VeiledRows) else rows
        opened = {self._opened(each): each for each in asked}
        found = usual_values(engine, bare, opened, included)
        told = {}
        for each, values in found.items():
            to = self.text if each.field == "value" else self._of(each.field)
            told[opened[each]] = tuple((to(value), count) for value, count in values)
        return told

    def _opened(self, asked: Question) -> Question:
        return replace(asked, context=tuple(self.names.opened(part) for part in asked.context))

    def source(self, report: SourceReport) -> SourceReport:
        """What became of a source: its name is a text, and examples of rejected lines are withheld."""
        hidden = tuple(
            Rejected(each.code, each.count, tuple((line, WITHHELD) for line, _ in each.examples))
            for each in report.rejected
        )
        failure = None if report.failure is None else self.text(report.failure)
        source = replace(report.source, name=self.text(report.source.name))
        columns = {self.text(name): role for name, role in report.columns.items()}
        return replace(report, source=source, rejected=hidden, failure=failure, columns=columns)


class VeiledRows:
    """A spool whose records come veiled.

    Attributes
    ----------
    bare
        The spool itself.
    """

    def __init__(self, rows: RowSource, veil: Veil) -> None:
        self.bare, self._veil = rows, veil

    def rows(self, ids: Iterable[int], columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Normalised records by their running number, in any order."""
        return self._veil.frame(self.bare.rows(ids, columns))

    def frames(self, columns: Sequence[str] | None = None, *, every: int = 1) -> Iterator[pl.DataFrame]:
        """All records, or those of every so-many-th stored frame."""
        for frame in self.bare.frames(columns, every=every):
            yield self._veil.frame(frame)

    def __len__(self) -> int:
        return len(self.bare)


class _VeiledLookup(Lookup):
    """What is shown of groups, asked and answered under the veil."""

    def __init__(self, lookup: Lookup, veil: Veil) -> None:
        self._bare, self._veil = lookup, veil

    def best(self, groups: pl.DataFrame) -> pl.DataFrame:
        return self._veil.frame(self._bare.best(self._veil.opened(groups.select(GROUP))))

    def names(self, groups: pl.DataFrame) -> pl.DataFrame:
        return self._veil.frame(self._bare.names(self._veil.opened(groups.select(GROUP))))


class _VeiledTags(Tags):
    """Tags whose groups are under the veil."""

    def __init__(self, tags: Tags, veil: Veil) -> None:
        super().__init__()
        self._tags, self._veil = tags, veil

    def rows(self, ids: Iterable[int]) -> pl.DataFrame:
        return self._tags.rows(ids)

    def groups(self) -> pl.DataFrame:
        return self._veil.frame(self._tags.groups()).sort(*GROUP, "tagger", "tag")


def _mapped(series: pl.Series, to: Callable[[str], str]) -> pl.Series:
    values = series.drop_nulls().unique()
    if values.is_empty():
        return series
    old = values.to_list()
    return series.replace_strict(old, [to(value) for value in old], default=None, return_dtype=pl.String())


def _listed(series: pl.Series, to: Callable[[str], str]) -> pl.Series:
    values = series.explode().drop_nulls().unique()
    if values.is_empty():
        return series
    old = values.to_list()
    new = [to(value) for value in old]
    changed = pl.element().replace_strict(old, new, default=None, return_dtype=pl.String())
    frame: pl.DataFrame = series.to_frame().select(pl.col(series.name).list.eval(changed))
    return frame.to_series()
