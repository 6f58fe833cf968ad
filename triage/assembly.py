"""Clusters of groups into incidents that a person can read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Protocol

import polars as pl

from ..models.calibration.conformal import ConformalP
from .answer import Incident, Neighbour, Record
from .pipeline import Ranking, percentiles
from .ranking.bursts import GROUP
from .ranking.feeding import ColumnEngine
from .ranking.groups import LISTS
from .ranking.identity import kind_of
from .ranking.incidents import Cluster
from .words.around import neighbours, reach
from .words.attack import techniques
from .words.explain import questions, record_reasons, window_reasons
from .words.leading import in_order
from .words.sentences import ONE_LINE, one_line, summary
from .words.tree import lineage
from .words.typical import Question, Usual, usual_values

if TYPE_CHECKING:
    from .sigma.signal import Signal

RECORDS: Final = 12
"""Most records shown per incident."""

NAMES: Final = 12
"""Most names shown per kind of entity."""


NEAR: Final = ("source", "line", "time", "host", "parent", "extra_names", "extra_values", *ONE_LINE)
"""Columns of the records around one that are shown."""


class RowSource(Protocol):
    """The part of the spool that is used here."""

    def rows(self, ids: Iterable[int], columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Normalised records by their running number, in any order."""

    def frames(self, columns: Sequence[str] | None = None, *, every: int = 1) -> Iterator[pl.DataFrame]:
        """All records, or those of every so-many-th stored frame."""

    def __len__(self) -> int: ...


UsualOf = Callable[[ColumnEngine, RowSource, Iterable[Question], bool], Mapping[Question, Usual]]
"""Says what is usual, as `assay.triage.words.typical.usual_values` does."""


def assemble(
    found: Sequence[Cluster],
    ranking: Ranking,
    spool: RowSource,
    sources: Sequence[str],
    reference: ConformalP | None,
    included: bool,
    engine: ColumnEngine,
    signal: "Signal | None" = None,
    usual_of: UsualOf = usual_values,
) -> tuple[Incident, ...]:
    """Make incidents.

    Parameters
    ----------
    found
        From `assay.triage.ranking.incidents.clusters`.
    ranking
        What they were read off.
    spool
        Where the records are.
    sources
        Names of the sources by index.
    reference
        Bits of a baseline's held-out windows, or None.
    included
        Whether the records are in the counts themselves.
    engine
        Runs the artifact that scored, to ask what is usual.
    signal
        What detection rules said of the records.
    usual_of
        Asks it.

    Returns
    -------
    tuple of Incident
        In the order of *found*.
    """
    if not found:
        return ()
    members = pl.concat([cluster.groups.select(*GROUP, rank=pl.lit(cluster.rank)) for cluster in found])
    known = ranking.best(members)
    best = members.join(known, on=list(GROUP), how="inner", maintain_order="left_right")
    chosen = (
        best.sort("rank", "raw", "row", descending=[False, True, False])
        # Of a window on which a rule fired, the best such record goes before all.
        .with_columns(call=pl.col("marked") & (pl.col("marked").cast(pl.Int64).cum_sum().over("rank", *GROUP) == 1))
        .with_columns(nth=pl.when("call").then(-1).otherwise(pl.int_range(pl.len()).over("rank", *GROUP)))
        # One record of every window before a second of any: the first lines should show different things.
        .sort("rank", "nth", "raw", "row", descending=[False, False, True, False])
        .drop("nth", "call")
        .group_by("rank", maintain_order=True)
        .head(RECORDS)
    )
    # The opening group's best record is shown first whatever else the incident holds.
    openers = pl.concat([cluster.groups.head(1).select(*GROUP, rank=pl.lit(cluster.rank)) for cluster in found])
    led = openers.join(known, on=list(GROUP), how="inner", maintain_order="left_right")
    first = led.unique("rank", keep="first", maintain_order=True)
    scored = pl.concat([first.select(chosen.columns), chosen]).unique(["rank", "row"], maintain_order=True)
    rows = {row["row"]: row for row in spool.rows(scored["row"].unique().to_list()).iter_rows(named=True)}
    by_rank = scored.partition_by("rank", as_dict=True, maintain_order=True)
    asked = [each for row in scored.iter_rows(named=True) for each in questions(row, rows[row["row"]])]
    with ThreadPoolExecutor(1, thread_name_prefix="assay-usual") as beside:
        asking = beside.submit(usual_of, engine, spool, asked, included)
        firsts = [rows[shown["row"][0]] for shown in by_rank.values()]
        near = spool.rows(chain.from_iterable(reach(opener, len(spool)) for opener in firsts), NEAR)
        names = members.join(ranking.names(members), on=list(GROUP), how="left", maintain_order="left")
        usual = asking.result()
    percentile = percentiles(ranking.groups["bits"])
    fired = {} if signal is None else signal.titles(rows)
    return tuple(
        _incident(
            cluster,
            list(by_rank[(cluster.rank,)].head(RECORDS).iter_rows(named=True)),
            rows,
            names.filter(pl.col("rank") == cluster.rank),
            sources,
            None if reference is None else reference.p(cluster.bits),
            percentile(cluster.bits),
            included,
            usual,
            near,
            signal,
            fired,
        )
        for cluster in found
    )


def _incident(
    cluster: Cluster,
    scored: list[dict[str, Any]],
    rows: Mapping[int, Mapping[str, Any]],
    names: pl.DataFrame,
    sources: Sequence[str],
    p: float | None,
    percentile: float,
    included: bool,
    usual: Mapping[Question, Usual],
    near: pl.DataFrame,
    signal: "Signal | None",
    fired: Mapping[int, tuple[str, ...]],
) -> Incident:
    groups = cluster.groups
    opener = groups.row(0, named=True)
    kinds = groups["type"].n_unique()
    windows = {tuple(group[key] for key in GROUP): group for group in groups.iter_rows(named=True)}
    records = []
    explained: set[tuple[Any, ...]] = set()
    ruled: set[tuple[tuple[Any, ...], str]] = set()
    for row in scored:
        place = tuple(row[key] for key in GROUP)
        reasons = record_reasons(row, rows[row["row"]], included, usual)
        if place not in explained:
            # A window's own reasons are told once, with its most unusual record.
            explained.add(place)
            company = kinds - 1 if place == tuple(opener[key] for key in GROUP) else 0
            reasons = (*reasons, *window_reasons(windows[place], included, company))
        record = rows[row["row"]]
        titles = fired.get(row["row"], ())
        if signal is not None and titles:
            # A rule is told once for each window, with the first record of it that is shown.
            called = [r for r in signal.reasons(place, windows[place]["records"]) if r.value in titles]
            reasons = (*reasons, *(r for r in called if (place, r.value) not in ruled))
            ruled.update((place, r.value) for r in called)
        records.append(
            Record(
                source=sources[row["source"]],
                line=row["line"],
                time=row["time"],
                score=row["raw"],
                type=record["type"] or "",
                text=one_line(record),
                reasons=in_order(reasons),
                rules=titles,
            )
        )
    total = int(groups["records"].sum())
    last: datetime | None = groups["last"].max()  # type: ignore[assignment]
    first = rows[scored[0]["row"]]
    before, after = neighbours(near, first, [row["row"] for row in scored])
    shown = pl.DataFrame([dict(rows[row["row"]]) for row in scored], schema=_ATTACK_COLUMNS)
    return Incident(
        rank=cluster.rank,
        risk=cluster.risk,
        p=p,
        percentile=percentile,
        entities=_entities(opener["host"], names),
        first_seen=groups["first"].min(),  # type: ignore[arg-type]
        last_seen=last,
        count=total,
        records=tuple(records),
        attack=tuple(sorted({*techniques(shown), *(() if signal is None else signal.techniques(windows))})),
        summary=summary(first, first["time"], records[0].reasons, total, kinds, last, included),
        id=cluster.place.id,
        kind=kind_of(opener["host"], opener["type"], records[0].reasons),
        before=tuple(_neighbour(record, sources) for record in before),
        after=tuple(_neighbour(record, sources) for record in after),
        tree=lineage(near, first),
    )


def _neighbour(record: Mapping[str, Any], sources: Sequence[str]) -> Neighbour:
    kind = record["type"] or ""
    return Neighbour(sources[record["source"]], record["line"], record["time"], kind, one_line(record))


_ATTACK_COLUMNS: Final = {
    name: pl.String() for name in ("channel", "event_id", "service", "path", "target_user", "action", "outcome")
}


def _entities(host: str, names: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    entities: dict[str, tuple[str, ...]] = {"host": (host,) if host else ()}
    for column, listed in LISTS.items():
        counted = (
            names.select(pl.col(listed).explode().drop_nulls().alias("name"))
            .group_by("name")
            .agg(number=pl.len())
            .sort("number", "name", descending=[True, False])
        )
        entities[column] = tuple(counted["name"].head(NAMES).to_list())
    return entities
