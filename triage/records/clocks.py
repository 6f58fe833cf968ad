"""The clock of a source: the zones its stamps name, where it jumps, and how many records have no time.

Nothing is put right here: a record keeps the time it states. But a window, a silence or an hour that comes from a
clock that was set is no finding, so whoever reads an incident must be able to see that it was.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

BACK: Final = 300_000_000
"""Microseconds by which a record must lie before the one above it to count as a jump backward: 5 minutes."""

AHEAD: Final = 86_400_000_000
"""Microseconds between neighbours from which a jump forward, or a long silence, is told: a day."""

FUTURE: Final = timedelta(days=1)
"""How far after now a stamp may lie: no log is written tomorrow."""

EXAMPLES: Final = 3
"""Jumps of each kind that are told with their line."""

STEPS: Final = 10
"""Steps back from which records may be said to stand newest first: two or three say nothing."""

ZONES: Final = 16
"""Different zones that are counted by name; there are fewer than 40 in the world."""

MANY: Final = "others"
"""All zones beyond `ZONES`."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A step of a clock.

    Attributes
    ----------
    line
        0-based line of the record after it.
    before, after
        Times of the record before it and of that record, UTC.
    """

    line: int
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class SourceClock:
    """What the times of one source show.

    Attributes
    ----------
    first, last
        Earliest and latest time, UTC; None without any.
    back, ahead
        How often a record lies more than 5 minutes before the one above it, or more than a day after it.
        Where records stand newest first, both are 0.
    back_examples, ahead_examples
        The first of them.
    falling
        Whether the records stand newest first.
    future
        Records more than a day later than now.
    zones
        Zone that a stamp names (``Z``, ``+02:00``, ``none``) to how many do.
    """

    first: datetime | None = None
    last: datetime | None = None
    back: int = 0
    ahead: int = 0
    back_examples: tuple[Jump, ...] = ()
    ahead_examples: tuple[Jump, ...] = ()
    falling: bool = False
    future: int = 0
    zones: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; times are ISO 8601."""

        def jumps(found: tuple[Jump, ...]) -> list[dict[str, Any]]:
            return [{"line": j.line, "before": j.before.isoformat(), "after": j.after.isoformat()} for j in found]

        return {
            "first": None if self.first is None else self.first.isoformat(),
            "last": None if self.last is None else self.last.isoformat(),
            "back": self.back,
            "ahead": self.ahead,
            "back_examples": jumps(self.back_examples),
            "ahead_examples": jumps(self.ahead_examples),
            "newest_first": self.falling,
            "future": self.future,
            "zones": dict(self.zones),
        }


@dataclass(slots=True)
class Clock:
    """Watches the times of one source go by, piece by piece, in the order of the source."""

    last: int | None = None
    earliest: int | None = None
    latest: int | None = None
    rising: int = 0
    falling: int = 0
    back: int = 0
    ahead: int = 0
    future: int = 0
    back_examples: list[tuple[int, int, int]] = field(default_factory=list)
    ahead_examples: list[tuple[int, int, int]] = field(default_factory=list)
    zones: Counter[str] = field(default_factory=Counter)

    def add(self, line: pl.Series, time: pl.Series) -> None:
        """Take in records.

        Parameters
        ----------
        line
            0-based lines.
        time
            Datetimes in microseconds, UTC, as long; null where there is none.
        """
        known = time.is_not_null()
        if not known.any():
            return
        times = time.filter(known).to_physical().to_numpy()
        lines = line.filter(known).to_numpy()
        before = np.concatenate([[times[0] if self.last is None else self.last], times[:-1]])
        step = times - before
        self.rising += int(np.count_nonzero(step > 0))
        self.falling += int(np.count_nonzero(step < 0))
        self.back += self._jumps(step < -BACK, lines, before, times, self.back_examples)
        self.ahead += self._jumps(step > AHEAD, lines, before, times, self.ahead_examples)
        self.last = int(times[-1])
        low, high = int(times.min()), int(times.max())
        self.earliest = low if self.earliest is None else min(low, self.earliest)
        self.latest = high if self.latest is None else max(high, self.latest)
        limit = int((datetime.now(UTC) + FUTURE).timestamp() * 1_000_000)
        if high > limit:
            self.future += int(np.count_nonzero(times > limit))

    @staticmethod
    def _jumps(
        where: Any, lines: Any, before: Any, times: Any, examples: list[tuple[int, int, int]]
    ) -> int:
        places = np.flatnonzero(where)
        for place in places[: EXAMPLES - len(examples)] if len(examples) < EXAMPLES else ():
            examples.append((int(lines[place]), int(before[place]), int(times[place])))
        return len(places)

    def name_zones(self, zones: Mapping[str, int]) -> None:
        """Count zones that stamps name; a bounded number of different ones is kept."""
        for zone, count in zones.items():
            self.zones[zone if zone in self.zones or len(self.zones) < ZONES else MANY] += count

    def report(self) -> SourceClock:
        """Close the account."""
        falling = self.falling > self.rising and self.falling >= STEPS
        return SourceClock(
            first=_moment(self.earliest),
            last=_moment(self.latest),
            back=0 if falling else self.back,
            ahead=0 if falling else self.ahead,
            back_examples=() if falling else _told(self.back_examples),
            ahead_examples=() if falling else _told(self.ahead_examples),
            falling=falling,
            future=self.future,
            zones=dict(self.zones.most_common()),
        )


def _moment(stamp: int | None) -> datetime | None:
    return None if stamp is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=stamp)


def _told(examples: list[tuple[int, int, int]]) -> tuple[Jump, ...]:
    found = []
    for line, before, after in examples:
        first, second = _moment(before), _moment(after)
        assert first is not None and second is not None
        found.append(Jump(line, first, second))
    return tuple(found)
