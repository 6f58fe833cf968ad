"""What the service counts, for Prometheus."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from sqlalchemy import Connection

from .tallies import Tallies

__all__ = ["Metrics"]

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0)
_LAGS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Metrics:
    """The counters of one process; other processes of the room have their own.

    Attributes
    ----------
    media_type : str
        Of what `text` gives.
    """

    media_type: Final = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.requests = Counter(
            "assay_requests", "Requests.", ("method", "route", "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "assay_request_seconds",
            "Time until the answer was sent.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.received_bytes = Counter(
            "assay_received_bytes", "Bytes of bodies that were read.", registry=self._registry
        )
        self.lag = Histogram(
            "assay_loop_lag_seconds",
            "How late the event loop wakes up.",
            buckets=_LAGS,
            registry=self._registry,
        )
        self.exhibits = Gauge("assay_exhibits", "Exhibits of the room.", registry=self._registry)
        self.exhibit_bytes = Gauge("assay_exhibit_bytes", "Their bytes.", registry=self._registry)
        self.free_bytes = Gauge("assay_store_free_bytes", "Bytes left for them.", registry=self._registry)
        self.custody_entries = Gauge("assay_custody_entries", "Entries of the log.", registry=self._registry)
        self.sent = Counter(
            "assay_outputs",
            "Incidents sent to other systems.",
            ("target", "outcome"),
            registry=self._registry,
        )
        self.jobs = Gauge("assay_jobs", "Jobs by state.", ("kind", "state"), registry=self._registry)
        self.tallies = Tallies()
        self._registry.register(self.tallies)

    def read(self, connection: Connection) -> None:
        """Read what the tables count."""
        self.tallies.read(connection)
        self.jobs.clear()
        for (kind, state), number in self.tallies.jobs.items():
            self.jobs.labels(kind, state).set(number)

    def text(self) -> bytes:
        """Everything, as it is scraped."""
        return generate_latest(self._registry)
