"""Which incidents of a batch go on with which of earlier batches.

A window that an earlier batch held exactly so (as many records, the last at the same time) is not shown again. Of
what is left, an incident continues a thread of the same host when, in this order,

1. it holds a window of the thread, of which there are more records now;
2. it is of the thread's kind, within `KEEP` of its last record;
3. it lies within `REACH` windows of the thread and is not much more or less unusual: one file would have held both
   as one incident, by the rule of `assay.triage.ranking.incidents`.

By 1 and 3 it is a part of what was begun, and so has at least its risk. A thread is continued by one incident of a
batch, the most urgent that fits; others begin threads of their own.

Records without a time have windows by their position, which means nothing in another batch: they are always new,
and continue a thread by its kind only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ..answer import Incident
from ..ranking.bursts import WINDOW
from ..ranking.identity import Kind, Place
from ..ranking.incidents import REACH, SHARE, Cluster
from .threads import SHOWN, THREADS, Continued, Held, State, Thread, latest, some

KEEP: Final = timedelta(days=30)
"""How long after its last record a thread is continued by its kind."""

NEAR: Final = timedelta(microseconds=(REACH + 1) * WINDOW)
"""How far from a thread's records those may lie that one file would have held as the same incident."""


NOTHING: Final = Held(0, 0, -1)
"""What is known of a window that no batch has held."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Incidents of a batch beside the threads they continue.

    Attributes
    ----------
    clusters
        What is new, most urgent first, ranks from 1.
    threads
        As long: the thread each continues, or None.
    nothing_new
        Incidents that held nothing but what an earlier batch had held.
    """

    clusters: tuple[Cluster, ...]
    threads: tuple[Thread | None, ...]
    nothing_new: int


def carry(found: Sequence[Cluster], kinds: Mapping[Place, Kind], state: State, budget: int) -> Carried:
    """Match incidents with threads.

    Parameters
    ----------
    found
        Most urgent first, more than *budget* where earlier batches may have held some.
    kinds
        Of the places where windows lead, from `assay.triage.ranking.leads.leads`.
    state
        What is known of the site.
    budget
        Most incidents.

    Returns
    -------
    Carried
    """
    known = state.known()
    open_ = {thread.id: thread for thread in state.threads}
    fresh = [new for cluster in found if (new := _fresh(cluster, known)) is not None]
    # Whoever holds a window of a thread comes before whoever is only like it: the window is the thread's id.
    continued = [_taken(open_, _same(cluster, _mine(cluster, open_.values()))) for cluster in fresh]
    kept: list[tuple[Cluster, Thread | None]] = []
    for cluster, same in zip(fresh, continued, strict=True):
        thread, part = same, same is not None
        if thread is None:
            thread, part = _like(cluster, kinds.get(cluster.place), _mine(cluster, open_.values()))
            _taken(open_, thread)
        risk = max(cluster.risk, thread.risk) if thread is not None and part else cluster.risk
        kept.append((replace(cluster, risk=risk), thread))
    kept = sorted(kept, key=lambda pair: -pair[0].risk)[:budget]
    clusters = tuple(replace(cluster, rank=rank) for rank, (cluster, _) in enumerate(kept, 1))
    return Carried(clusters, tuple(thread for _, thread in kept), len(found) - len(fresh))


def follow(
    incidents: Sequence[Incident], carried: Carried, state: State
) -> tuple[tuple[Incident, ...], State]:
    """Say what incidents continue, and what is known of the site after this batch.

    Parameters
    ----------
    incidents
        Of `carried.clusters`, as long.
    carried
        From `carry`.
    state
        Before the batch.

    Returns
    -------
    incidents, state
    """
    known = state.known()
    after = {thread.id: thread for thread in state.threads}
    told = []
    for incident, cluster, thread in zip(incidents, carried.clusters, carried.threads, strict=True):
        windows, records = _held(cluster, known)
        names = _names(incident, cluster)
        if thread is None:
            told.append(incident)
            after[incident.id] = Thread(
                incident.id, incident.kind, incident.first_seen, incident.last_seen, 1, records,
                cluster.risk, cluster.bits, latest(windows),
                {key: some(values) for key, values in names.items()},
            )  # fmt: skip
            continue
        new = {key: tuple(v for v in names[key] if v not in thread.names[key]) for key in SHOWN}
        batches = thread.batches + 1
        told.append(
            replace(incident, continues=Continued(thread.id, thread.since, batches, thread.records, new))
        )
        del after[thread.id]  # most recently seen last
        after[thread.id] = replace(
            thread,
            kind=incident.kind,
            since=_first(thread.since, incident.first_seen),
            last=_last(thread.last, incident.last_seen),
            batches=batches,
            records=thread.records + records,
            risk=max(thread.risk, cluster.risk),
            bits=max(thread.bits, cluster.bits),
            windows=latest({**thread.windows, **windows}),
            names={key: some({*thread.names[key], *names[key]}) for key in SHOWN},
        )
    threads = tuple(after.values())
    excess = max(0, len(threads) - THREADS)
    return tuple(told), State(state.batches + 1, threads[excess:], state.dropped + excess)


def _fresh(cluster: Cluster, known: Mapping[Place, Held]) -> Cluster | None:
    """The cluster without windows that were held exactly so before; None when nothing is left."""
    if not known:
        return cluster
    kept = []
    for group in cluster.groups.select("host", "type", "window", "records", "last").iter_rows():
        host, kind, window, records, last = group
        held = known.get(Place(host, kind, window)) if window >= 0 else None
        # Only what is exactly as before is old: another file of the same minutes must never be taken for it.
        kept.append(held is None or _micros(last) != held.last or records not in held[:2])
    if all(kept):
        return cluster
    groups = cluster.groups.filter(kept)
    if groups.is_empty():
        return None
    first = groups.row(0, named=True)
    return replace(cluster, groups=groups, risk=min(cluster.risk, float(first["risk"])), bits=float(first["bits"]))


def _mine(cluster: Cluster, threads: Iterable[Thread]) -> list[Thread]:
    """The threads of a cluster's host, most urgent first."""
    return sorted((t for t in threads if t.kind.host == cluster.place.host), key=lambda t: -t.risk)


def _taken(threads: dict[str, Thread], thread: Thread | None) -> Thread | None:
    """A thread, which nothing else can continue from here on."""
    if thread is not None:
        del threads[thread.id]
    return thread


def _same(cluster: Cluster, mine: Sequence[Thread]) -> Thread | None:
    """The thread that held most of a cluster's windows; None when none held any."""
    places = set(cluster.groups.select("type", "window").iter_rows())
    shared = [(len(places & thread.windows.keys()), thread) for thread in mine]
    if shared and (best := max(shared, key=lambda pair: pair[0]))[0]:
        return best[1]
    return None


def _like(cluster: Cluster, kind: Kind | None, mine: Sequence[Thread]) -> tuple[Thread | None, bool]:
    """The thread that a cluster continues without a window of it, and whether it is a part of what was begun."""
    first: datetime | None = cluster.groups["first"].min()  # type: ignore[assignment]
    last: datetime | None = cluster.groups["last"].max()  # type: ignore[assignment]
    for thread in mine:
        if kind is not None and thread.kind == kind and _within(thread, first, KEEP):
            return thread, False
    for thread in mine:
        if first is None or last is None or thread.last is None or thread.since is None:
            continue
        alike = min(cluster.bits, thread.bits) >= SHARE * max(cluster.bits, thread.bits)
        if alike and thread.since - NEAR < last and first < thread.last + NEAR:
            return thread, True
    return None, False


def _within(thread: Thread, first: datetime | None, span: timedelta) -> bool:
    return first is None or thread.last is None or first - thread.last <= span


def _held(cluster: Cluster, known: Mapping[Place, Held]) -> tuple[dict[tuple[str, int], Held], int]:
    """Windows of a cluster as they are remembered, and how many of their records are new."""
    windows, fresh = {}, 0
    columns = cluster.groups.select("host", "type", "window", "records", "first", "last")
    for host, kind, window, records, first, last in columns.iter_rows():
        before = known.get(Place(host, kind, window), NOTHING) if window >= 0 else NOTHING
        # The same records once more, and some: or only those after them, where the batch was cut in the window.
        again = _micros(first) <= before.last
        fresh += records - min(before.records, records) if again else records
        total = max(records, before.records) if again else records + before.records
        windows[(kind, window)] = Held(total, records, max(_micros(last), before.last))
    return windows, fresh


def _names(incident: Incident, cluster: Cluster) -> dict[str, tuple[str, ...]]:
    types = tuple(dict.fromkeys(cluster.groups["type"].to_list()))
    return {"type": types, **{key: incident.entities.get(key, ()) for key in SHOWN if key != "type"}}


def _micros(time: datetime | None) -> int:
    return -1 if time is None else int(time.timestamp() * 1_000_000)


def _first(one: datetime | None, two: datetime | None) -> datetime | None:
    return min(one, two) if one is not None and two is not None else one or two


def _last(one: datetime | None, two: datetime | None) -> datetime | None:
    return max(one, two) if one is not None and two is not None else one or two
