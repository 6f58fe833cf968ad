"""From a ranking to what is told: marks, incidents, what they continue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from ..models.calibration.conformal import ConformalP
from .answer import Incident
from .assembly import RowSource, UsualOf, assemble
from .continuity.carrying import Carried, carry, follow
from .continuity.threads import State
from .feedback.review import Review, reviewed
from .feedback.store import Marks
from .pipeline import Ranking
from .ranking.bursts import GROUP
from .ranking.feeding import ColumnEngine
from .ranking.incidents import Cluster, clusters
from .ranking.leads import Rows, leads
from .words.typical import usual_values

if TYPE_CHECKING:
    from .sigma.signal import Signal

_MEMBERS: Final = {"host": pl.String(), "type": pl.String(), "window": pl.Int64(), "incident": pl.Int64()}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one input.

    Attributes
    ----------
    incidents
        Most urgent first.
    members
        `GROUP` of their windows, and `incident`, the rank of theirs.
    review
        What marks did; None when none were given.
    nothing_new
        Incidents that earlier batches had shown whole; None when no state was given.
    state
        What is known of the site after this batch; None when no state was given.
    """

    incidents: tuple[Incident, ...]
    members: pl.DataFrame
    review: Review | None
    nothing_new: int | None
    state: State | None


def tell(
    ranking: Ranking,
    rows: RowSource,
    sources: Sequence[str],
    reference: ConformalP | None,
    included: bool,
    engine: ColumnEngine,
    *,
    budget: int,
    marks: Marks | None,
    state: State | None,
    usual: UsualOf = usual_values,
    signal: "Signal | None" = None,
) -> Told:
    """Read incidents off a ranking.

    Parameters
    ----------
    ranking
        Scored and grouped input.
    rows
        Where the records are.
    sources
        Names of the sources by index.
    reference
        Bits of a baseline's held-out windows, or None.
    included
        Whether the records are in the counts themselves.
    engine
        Runs the artifact that scored, to ask what is usual.
    budget
        Most incidents.
    marks
        Of earlier incidents, or None.
    state
        What earlier batches of the site showed, or None.
    usual
        Says what is usual.
    signal
        What detection rules said of the records.

    Returns
    -------
    Told
    """
    severe = None if signal is None else signal.severe
    groups, notes, review = reviewed(ranking, rows, marks or Marks(), included, severe=severe)
    carried = _carried(groups, ranking, rows, state, budget, included)
    found = carried.clusters
    made = assemble(found, ranking, rows, sources, reference, included, engine, signal, usual)
    incidents = tuple(
        replace(incident, feedback=notes.get(cluster.place, ()))
        for incident, cluster in zip(made, found, strict=True)
    )
    after = None
    if state is not None:
        incidents, after = follow(incidents, carried, state)
    return Told(
        incidents,
        _members(found),
        None if marks is None else review,
        None if state is None else carried.nothing_new,
        after,
    )


def _carried(
    groups: pl.DataFrame, ranking: Ranking, rows: Rows, state: State | None, budget: int, included: bool
) -> Carried:
    """Incidents, beside what they continue."""
    if state is None:
        found = clusters(groups, budget)
        return Carried(tuple(found), (None,) * len(found), 0)
    # As many more as earlier batches may have shown already, or begun.
    known = pl.DataFrame(
        [(place.host, place.type, place.window) for place in state.known()],
        schema={key: groups.schema[key] for key in GROUP},
        orient="row",
    )
    again = groups.join(known, on=GROUP, how="semi").height
    found = clusters(groups, budget + len(state.threads) + again)
    members = pl.concat([groups.clear(), *(cluster.groups.select(groups.columns) for cluster in found)])
    return carry(found, leads(members, ranking, rows, included), state, budget)


def _members(found: Sequence[Cluster]) -> pl.DataFrame:
    """Groups of incidents with the rank of theirs."""
    parts = [cluster.groups.select(*GROUP, incident=pl.lit(cluster.rank, pl.Int64)) for cluster in found]
    members: pl.DataFrame = pl.concat([pl.DataFrame(schema=_MEMBERS), *parts])
    return members
