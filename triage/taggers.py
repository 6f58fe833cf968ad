"""Taggers: extra signals laid beside the records while they are in memory, such as rules that fire.

A tagger sees every normalised frame once, on its way to the spool, and answers with numbers: which record
carries which tag. It changes no score. What a tag number means is its own business.

How to plug one in: write a class with the three members of `Tagger`, and list the function that makes it
from its recipe in `KINDS`. Triage may then send the recipe to other processes, which read a part of the
input each and make their own tagger from it. A tagger of another kind works too; triage then stays in one
process. Give it as ``triage(paths, taggers=(mine,))`` and find what it said in ``Ranking.tags``:
`Tags.rows` for some records (assembly shows few), `Tags.groups` for all records summed up by group.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

import polars as pl

from .ranking.bursts import GROUP, windowed

KINDS: Final[Mapping[str, str]] = {"sigma": ".sigma.tagger:from_recipe"}
"""Kind of tagger to ``.module:function`` of this package, which makes one from its recipe."""

ROWS_IN_MEMORY: Final = 1_000_000
"""Tagged rows, or sums, that are collected before they are written, or summed up."""

ROWS: Final = pl.Schema({"row": pl.UInt64(), "tagger": pl.UInt32(), "tag": pl.UInt32()})
SUMS: Final = {
    "host": pl.String(),
    "type": pl.String(),
    "window": pl.Int64(),
    "tagger": pl.UInt32(),
    "tag": pl.UInt32(),
    "records": pl.Int64(),
}


class Tagger(Protocol):
    """Tags records.

    Attributes
    ----------
    kind
        Its name in `KINDS`.
    recipe
        What it is made from: plain JSON values, names of files among them as absolute paths.
    """

    kind: str
    recipe: Mapping[str, Any]

    def tag(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Tag some records.

        Parameters
        ----------
        frame
            Normalised records: exactly the columns of `assay.triage.records.fields.SCHEMA`. `row` and `line` only tell
            the records of one frame apart; they may be renumbered later. Frames come in any order.

        Returns
        -------
        pl.DataFrame
            Columns `row` (as in *frame*) and `tag` (from 0), in any order: one row for each tag of each
            record, none for records without.
        """
        ...


def made(kind: str, recipe: Mapping[str, Any]) -> Tagger:
    """Make a tagger from its recipe.

    Parameters
    ----------
    kind
        One of `KINDS`.
    recipe
        See `Tagger`.

    Returns
    -------
    Tagger
    """
    module, function = KINDS[kind].split(":")
    tagger: Tagger = getattr(import_module(module, __package__), function)(recipe)
    return tagger


def tagged(taggers: Sequence[Tagger], frame: pl.DataFrame) -> pl.DataFrame:
    """What several taggers say of a frame.

    Parameters
    ----------
    taggers
        In the order in which they are numbered.
    frame
        Normalised records.

    Returns
    -------
    pl.DataFrame
        `row`, `tagger`, `tag`, without repeats, in that order.
    """
    parts = [pl.DataFrame(schema=ROWS)]
    for number, tagger in enumerate(taggers):
        found = tagger.tag(frame).select("row", tagger=pl.lit(number, pl.UInt32), tag=pl.col("tag"))
        parts.append(found.cast(pl.Schema(ROWS)))
    return pl.concat(parts).unique().sort("row", "tagger", "tag")


class Tags:
    """What the taggers said of all records: rows on disk, sums in memory.

    Parameters
    ----------
    folder
        Where rows are written once there are many; None keeps them in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._rows: list[pl.DataFrame] = []
        self._height = 0
        self._files: list[tuple[int, int, Path]] = []
        self._sums: list[pl.DataFrame] = []
        self._sums_height = 0

    def add(self, frame: pl.DataFrame, found: pl.DataFrame) -> None:
        """Take in what was said of a frame.

        Parameters
        ----------
        frame
            Normalised records with their final `row`; `row`, `time`, `host` and `type` are used.
        found
            From `tagged`, of the same records.
        """
        if not found.height:
            return
        groups = windowed(frame.select("row", "time", "host", "type")).select("row", *GROUP)
        sums = (
            found.join(groups, on="row", how="inner")
            .group_by(*GROUP, "tagger", "tag")
            .agg(records=pl.len().cast(pl.Int64))
        )
        self._sums.append(sums)
        self._sums_height += sums.height
        if self._sums_height > ROWS_IN_MEMORY:
            self._sums = [self.groups()]
            self._sums_height = self._sums[0].height
        self._rows.append(found)
        self._height += found.height
        if self._folder is not None and self._height > ROWS_IN_MEMORY:
            self._write(self._folder)

    def rows(self, ids: Iterable[int]) -> pl.DataFrame:
        """Tags of some records.

        Parameters
        ----------
        ids
            Row numbers.

        Returns
        -------
        pl.DataFrame
            `row`, `tagger`, `tag`, sorted.
        """
        wanted = pl.Series(sorted(set(ids)), dtype=pl.UInt64)
        places = wanted.to_list()
        on_disk = [
            pl.read_ipc(path)
            for first, last, path in self._files
            if bisect_left(places, first) < bisect_right(places, last)
        ]
        parts = [rows.filter(pl.col("row").is_in(wanted.implode())) for rows in (*on_disk, *self._rows)]
        return pl.concat([pl.DataFrame(schema=ROWS), *parts]).sort("row", "tagger", "tag")

    def marked(self, tagger: int, tags: Iterable[int]) -> pl.Series:
        """Records with any of some tags of one tagger.

        Parameters
        ----------
        tagger
            Its number.
        tags
            Numbers of tags.

        Returns
        -------
        pl.Series
            Row numbers, UInt64, sorted, each once.
        """
        wanted = pl.Series(sorted(set(tags)), dtype=pl.UInt32).implode()
        chosen = (pl.col("tagger") == tagger) & pl.col("tag").is_in(wanted)
        parts = [pl.read_ipc(path) for _, _, path in self._files]
        found = [rows.filter(chosen)["row"] for rows in (*parts, *self._rows)]
        return pl.concat([pl.Series("row", dtype=pl.UInt64), *found]).unique().sort()

    def groups(self) -> pl.DataFrame:
        """Tagged records by group: the columns of `GROUP`, `tagger`, `tag` and `records`, sorted."""
        return (
            pl.concat([pl.DataFrame(schema=SUMS), *self._sums])
            .group_by(*GROUP, "tagger", "tag")
            .agg(pl.col("records").sum())
            .sort(*GROUP, "tagger", "tag")
        )

    def _write(self, folder: Path) -> None:
        rows = pl.concat(self._rows)
        path = folder / f"tags-{len(self._files):06d}.arrow"
        rows.write_ipc(path, compression="lz4")
        self._files.append((int(rows["row"].min()), int(rows["row"].max()), path))  # type: ignore[arg-type]
        self._rows, self._height = [], 0
