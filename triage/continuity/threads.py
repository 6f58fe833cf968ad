"""A thread: one incident over the batches in which it was seen. All threads of a site are its state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from ..limits import DEFAULT
from ..ranking.identity import Kind, Place

THREADS: Final = DEFAULT.threads
"""Most threads of a state; those that were silent longest go first, and it is counted."""

WINDOWS: Final = 500
"""Most windows remembered of one thread, the latest."""

NAMES: Final = 64
"""Most event types, users, addresses and processes, each, remembered of one thread."""

SHOWN: Final = ("type", "user", "source_ip", "process")
"""What is compared to say what is new."""


class Held(NamedTuple):
    """What was held of one window.

    Attributes
    ----------
    records
        Records in all batches, each counted once.
    batch
        Records in the batch that held it last.
    last
        Time of the last one, microseconds since 1970.
    """

    records: int
    batch: int
    last: int


@dataclass(frozen=True, slots=True)
class Thread:
    """One incident over several batches.

    Attributes
    ----------
    id
        Id of the incident that began it.
    kind
        Kind of the incident that continued it last.
    since, last
        Times of its first and last record; None where no record had a time.
    batches
        In how many batches it was seen.
    records
        How many records it held, each counted once.
    risk, bits
        The highest that it had in one batch.
    windows
        (event type, five-minute window) to what was held of it.
    names
        Keys of `SHOWN` to the values that it had shown.
    """

    id: str
    kind: Kind
    since: datetime | None
    last: datetime | None
    batches: int
    records: int
    risk: float
    bits: float
    windows: Mapping[tuple[str, int], Held]
    names: Mapping[str, frozenset[str]]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "id": self.id,
            "kind": [self.kind.host, self.kind.type, self.kind.field, self.kind.value],
            "since": None if self.since is None else self.since.isoformat(),
            "last": None if self.last is None else self.last.isoformat(),
            "batches": self.batches,
            "records": self.records,
            "risk": self.risk,
            "bits": self.bits,
            "windows": [[kind, window, *held] for (kind, window), held in self.windows.items()],
            "names": {key: sorted(values) for key, values in self.names.items()},
        }

    @classmethod
    def from_json(cls, page: Mapping[str, Any]) -> "Thread":
        """Read one back; raises KeyError, TypeError or ValueError for anything else."""
        host, kind, name, value = (str(part) for part in page["kind"])
        return cls(
            id=str(page["id"]),
            kind=Kind(host, kind, name, value),
            since=_time(page["since"]),
            last=_time(page["last"]),
            batches=int(page["batches"]),
            records=int(page["records"]),
            risk=float(page["risk"]),
            bits=float(page["bits"]),
            windows={(str(k), int(w)): Held(int(n), int(b), int(t)) for k, w, n, b, t in page["windows"]},
            names={key: frozenset(str(v) for v in page["names"][key]) for key in SHOWN},
        )


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a site's incidents.

    Attributes
    ----------
    batches
        How many batches made it.
    threads
        Most recently seen last.
    dropped
        Threads that went because there were more than `THREADS`.
    """

    batches: int = 0
    threads: tuple[Thread, ...] = ()
    dropped: int = 0

    def known(self) -> dict[Place, Held]:
        """Every remembered window of every thread."""
        return {
            Place(thread.kind.host, kind, window): held
            for thread in self.threads
            for (kind, window), held in thread.windows.items()
        }

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        threads = [thread.to_json() for thread in self.threads]
        return {"schema_version": 1, "batches": self.batches, "dropped": self.dropped, "threads": threads}

    @classmethod
    def from_json(cls, page: Any) -> "State":
        """Read one back.

        Raises
        ------
        ValueError
            It is no state.
        """
        try:
            if page["schema_version"] != 1:
                raise ValueError("a state of another version")
            threads = tuple(Thread.from_json(each) for each in page["threads"])
            return cls(int(page["batches"]), threads, int(page["dropped"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no state: {error}") from error


@dataclass(frozen=True, slots=True)
class Continued:
    """What an incident continues.

    Attributes
    ----------
    id
        Of the incident that began it.
    since
        Time of its first record.
    batches
        In how many batches it was seen, this one included.
    records
        Records it held before this batch.
    new
        Keys of `SHOWN` to what it had not shown before.
    """

    id: str
    since: datetime | None
    batches: int
    records: int
    new: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def latest(windows: Mapping[tuple[str, int], Held]) -> dict[tuple[str, int], Held]:
    """The `WINDOWS` latest of some windows; those without a time are never remembered."""
    timed = sorted((item for item in windows.items() if item[0][1] >= 0), key=lambda item: item[0][1])
    return dict(timed[-WINDOWS:])


def some(names: Iterable[str]) -> frozenset[str]:
    """At most `NAMES` of some names, always the same ones."""
    return frozenset(sorted(names)[:NAMES])


def _time(text: Any) -> datetime | None:
    if text is None:
        return None
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
