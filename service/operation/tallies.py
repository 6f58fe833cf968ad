"""Histograms of scores by artifact, kept in a table, since many processes work on one room."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select, text

from ..database.tables import job, tally

__all__ = ["BUCKETS", "Tallies", "count"]

BUCKETS: Final[Mapping[str, tuple[float, ...]]] = {
    "assay_score": tuple(step / 20 for step in range(21)),
    "assay_incident_risk_bits": (1, 2, 5, 10, 20, 40, 80, 160, 320, 640),
}
"""Upper bounds of the buckets of each histogram; a last one holds what is above."""

_WORDS: Final = {
    "assay_score": "Scores (0..1) of verdicts by artifact that took part; a drift says that what comes in has changed.",
    "assay_incident_risk_bits": "Risk of incidents that an artifact found.",
}
_ADD: Final = text(
    "INSERT INTO tally (name, artifact, bucket, count, total) VALUES (:name, :artifact, :bucket, 1, :total) "
    "ON CONFLICT (name, artifact, bucket) "
    "DO UPDATE SET count = tally.count + 1, total = tally.total + excluded.total"
)


def count(connection: Connection, name: str, scores: Iterable[tuple[str, float]]) -> None:
    """Count scores in a transaction that holds the custody log.

    Parameters
    ----------
    connection
        Of a transaction that writes.
    name : str
        One of `BUCKETS`.
    scores
        Artifact, ``name@version``, and score.
    """
    bounds = BUCKETS[name]
    rows = [
        {"name": name, "artifact": artifact, "bucket": bisect_left(bounds, score), "total": score}
        for artifact, score in scores
    ]
    if rows:
        connection.execute(_ADD, rows)


class Tallies(Collector):
    """Gives what the tables counted to whoever scrapes."""

    def __init__(self) -> None:
        self._families: list[HistogramMetricFamily] = []
        self.jobs: dict[tuple[str, str], int] = {}

    def read(self, connection: Connection) -> None:
        """Read the tables."""
        families = []
        for name, bounds in BUCKETS.items():
            family = HistogramMetricFamily(name, _WORDS[name], labels=("artifact",))
            found: dict[str, dict[int, int]] = {}
            totals: dict[str, float] = {}
            query = select(tally.c.artifact, tally.c.bucket, tally.c.count, tally.c.total)
            for artifact, bucket, number, total in connection.execute(query.where(tally.c.name == name)):
                found.setdefault(artifact, {})[bucket] = number
                totals[artifact] = totals.get(artifact, 0.0) + total
            for artifact, numbers in sorted(found.items()):
                below, buckets = 0, []
                for place, bound in enumerate((*bounds, float("inf"))):
                    below += numbers.get(place, 0)
                    buckets.append(("+Inf" if place == len(bounds) else str(float(bound)), below))
                family.add_metric([artifact], buckets, totals[artifact])
            families.append(family)
        self._families = families
        states = select(job.c.kind, job.c.state, func.count()).group_by(job.c.kind, job.c.state)
        self.jobs = {(kind, state): number for kind, state, number in connection.execute(states)}

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The histograms as they were read."""
        yield from self._families
