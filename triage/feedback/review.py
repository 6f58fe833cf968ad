"""A ranking as the marks would have it: what is known goes, what is like a true incident comes forward.

It works on the windows that incidents are read off, before they are: what a suppressed window would have taken
into its incident opens one of its own, so nothing that happened beside a benign thing goes with it. Counts are
never touched: a mark changes the order of a list, not what is usual.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from ..pipeline import Ranking
from ..ranking.bursts import GROUP
from ..ranking.identity import Kind, Place
from ..ranking.leads import Rows, leads
from .marks import LOWERED, NEAR, RAISED, Mark
from .store import Marks

Severe = Callable[[Iterable[tuple[Any, ...]]], tuple[str, ...]]
"""From the values of `GROUP` of some windows to the titles of the severe rules that fired in any of them."""

LOOKED: Final = 5000
"""Windows, most urgent first, that are compared with the kinds of marks; those beyond keep their place."""


@dataclass(frozen=True, slots=True)
class Note:
    """What one mark did to one window or incident.

    Attributes
    ----------
    mark
        The mark.
    scope
        ``incident``: the very same one; ``kind``: one like it; ``host``: another one on its host.
    factor
        On its risk; 0 when it was suppressed.
    unless
        Titles of severe rules that fired here and had not fired in the marked incident: the mark does nothing.
    """

    mark: Mark
    scope: str
    factor: float
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What one mark did to one input.

    Attributes
    ----------
    mark
        The mark.
    suppressed, lowered, raised
        Windows.
    records
        Records of the suppressed windows.
    spared
        Windows that it would have suppressed or lowered, had no severe rule fired anew.
    """

    mark: Mark
    suppressed: int = 0
    lowered: int = 0
    raised: int = 0
    records: int = 0
    spared: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "incident": self.mark.incident,
            "verdict": self.mark.verdict,
            "reason": self.mark.reason,
            "until": None if self.mark.until is None else self.mark.until.isoformat(),
            "by": self.mark.by,
            "suppressed": self.suppressed,
            "lowered": self.lowered,
            "raised": self.raised,
            "records": self.records,
            "spared": self.spared,
        }


@dataclass(frozen=True, slots=True)
class Review:
    """What all marks did to one input.

    Attributes
    ----------
    effects
        Of the marks that did something, oldest first.
    active, expired, damaged
        Marks that count, marks whose last day is over, and lines that are no mark.
    windows, records
        Suppressed windows and their records, each counted once.
    unseen
        Windows that were not compared with kinds because they are beyond the first `LOOKED`.
    """

    effects: tuple[Effect, ...] = ()
    active: int = 0
    expired: int = 0
    damaged: int = 0
    windows: int = 0
    records: int = 0
    unseen: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "active": self.active,
            "expired": self.expired,
            "damaged": self.damaged,
            "suppressed": {"windows": self.windows, "records": self.records},
            "unseen": self.unseen,
            "marks": [effect.to_json() for effect in self.effects],
        }


def reviewed(
    ranking: Ranking,
    spool: Rows,
    marks: Marks,
    included: bool,
    *,
    severe: Severe | None = None,
    now: datetime | None = None,
) -> tuple[pl.DataFrame, Mapping[Place, tuple[Note, ...]], Review]:
    """Apply marks to a ranking.

    Parameters
    ----------
    ranking
        Scored and grouped input.
    spool
        Where the records are.
    marks
        From `FeedbackStore.read`.
    included
        Whether the records are in the counts themselves.
    severe
        Names the severe rules that fired; None when no rules were asked.
    now
        When expiry is judged; the present, unless given.

    Returns
    -------
    groups, notes, review
        `Ranking.groups` without what is suppressed, with other risks, most urgent first; what was noted of
        each window that is left; and the counts.
    """
    when = now or datetime.now(UTC)
    active = [mark for mark in marks.marks if mark.active(when)]
    expired = len(marks.marks) - len(active)
    groups = ranking.groups
    if not active or groups.is_empty():
        return groups, {}, Review(active=len(active), expired=expired, damaged=marks.damaged)
    notes, unseen = _notes(ranking, spool, active, included, severe)
    effects = {mark.incident: Effect(mark) for mark in active}
    rows, windows, records = [], 0, 0
    sizes = _sizes(groups, notes)
    for place, said in notes.items():
        gone = any(note.factor == 0 for note in said)
        rows.append((place.host, place.type, place.window, 0.0 if gone else _factor(said)))
        if gone:
            windows += 1
            records += sizes[place]
        for note in said:
            if gone and note.factor != 0:
                continue
            old = effects[note.mark.incident]
            effects[note.mark.incident] = replace(
                old,
                suppressed=old.suppressed + (note.factor == 0),
                lowered=old.lowered + (0 < note.factor < 1),
                raised=old.raised + (note.factor > 1),
                records=old.records + (sizes[place] if note.factor == 0 else 0),
                spared=old.spared + bool(note.unless),
            )
    schema = {key: groups.schema[key] for key in GROUP}
    factors = pl.DataFrame(rows, schema={**schema, "factor": pl.Float64}, orient="row")
    changed = (
        groups.join(factors, on=GROUP, how="left", maintain_order="left")
        .with_columns(pl.col("factor").fill_null(1.0))
        .filter(pl.col("factor") > 0)
        .with_columns(risk=pl.col("risk") * pl.col("factor"))
        .with_row_index("old_place")
        .sort("risk", "old_place", descending=[True, False])
        .drop("factor", "old_place")
    )
    done = tuple(e for e in effects.values() if e.suppressed or e.lowered or e.raised or e.spared)
    left = {place: said for place, said in notes.items() if all(note.factor > 0 for note in said)}
    return changed, left, Review(done, len(active), expired, marks.damaged, windows, records, unseen)


def _factor(notes: Sequence[Note]) -> float:
    """Several marks do not add up: the strongest that raises, times the strongest that lowers."""
    factors = [note.factor for note in notes]
    return max([1.0, *factors]) * min([1.0, *factors])


def _notes(
    ranking: Ranking, spool: Rows, active: Sequence[Mark], included: bool, severe: Severe | None
) -> tuple[dict[Place, tuple[Note, ...]], int]:
    """What the marks say of each window that any of them is about."""
    groups = ranking.groups
    same = {place: mark for mark in active for place in mark.places}
    hosts = {mark.kind.host: mark for mark in active if mark.verdict == "true"}
    hosts.pop("", None)
    kinds: dict[Kind, list[Mark]] = {}
    for mark in active:
        # What is true on one host is looked for on all of them; what is benign on one is not benign elsewhere.
        wanted = replace(mark.kind, host="") if mark.verdict == "true" else mark.kind
        kinds.setdefault(wanted, []).append(mark)
    types = sorted({kind.type for kind in kinds} | {place.type for place in same})
    touched = groups.filter(pl.col("type").is_in(types) | pl.col("host").is_in(list(hosts)))
    kinds_of = leads(touched.head(LOOKED), ranking, spool, included)
    notes: dict[Place, tuple[Note, ...]] = {}
    for host, kind, window in touched.select(*GROUP).iter_rows():
        place = Place(host, kind, window)
        said = []
        if place in same:
            said.append(Note(same[place], "incident", RAISED if same[place].verdict == "true" else 0.0))
        elif (lead := kinds_of.get(place)) is not None:
            for each in kinds.get(lead, ()):
                if each.verdict != "true":
                    said.append(_like(each, place, severe))
            for each in kinds.get(replace(lead, host=""), ()):
                if each.verdict == "true":
                    said.append(Note(each, "kind", RAISED))
        if host in hosts and not said:
            said.append(Note(hosts[host], "host", NEAR))
        if said:
            notes[place] = tuple(said)
    return notes, max(0, touched.height - LOOKED)


def _like(mark: Mark, place: Place, severe: Severe | None) -> Note:
    """What a benign or false mark does to a window of its kind: nothing where a severe rule fires anew."""
    fired = () if severe is None else severe([astuple(place)])
    if anew := tuple(title for title in fired if title not in mark.severe):
        return Note(mark, "kind", 1.0, anew)
    return Note(mark, "kind", LOWERED if mark.verdict == "false" else 0.0)


def _sizes(groups: pl.DataFrame, notes: Mapping[Place, object]) -> dict[Place, int]:
    wanted = pl.DataFrame(
        [(place.host, place.type, place.window) for place in notes],
        schema={key: groups.schema[key] for key in GROUP},
        orient="row",
    )
    found = groups.select(*GROUP, "records").join(wanted, on=GROUP, how="inner")
    return {Place(host, kind, window): records for host, kind, window, records in found.iter_rows()}
