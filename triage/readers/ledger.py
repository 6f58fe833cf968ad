"""What was not read, and what was mended, counted while reading one source."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ..limits import FAILURES, REASONS, REPAIRS, LogLimits
from ..records import times
from ..records.clocks import Clock
from ..values import Rejected, SourceFile, SourceReport


@dataclass(slots=True)
class Ledger:
    """Counts of one source; nothing that is left out goes unwritten here."""

    limits: LogLimits
    lines: int = 0
    records: int = 0
    untimed: int = 0
    failed: str | None = None
    failure: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    encodings: Counter[str] = field(default_factory=Counter)
    _counts: Counter[str] = field(default_factory=Counter)
    _examples: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    _repairs: Counter[str] = field(default_factory=Counter)

    def reject(self, code: str, line: int, content: bytes | str, count: int = 1) -> None:
        """Count *count* rejected lines; remember the first of them.

        Parameters
        ----------
        code
            One of `REASONS`.
        line
            0-based number of the (first) line.
        content
            The line; only a short printable excerpt is kept.
        """
        if code not in REASONS:
            raise ValueError(f"{code} is not a documented reason")
        self._counts[code] += count
        examples = self._examples.setdefault(code, [])
        if len(examples) < self.limits.examples:
            examples.append((line, excerpt(content, self.limits.excerpt_chars)))

    def repair(self, code: str, count: int = 1) -> None:
        """Count something that was mended; *code* is one of `REPAIRS`."""
        if code not in REPAIRS:
            raise ValueError(f"{code} is not a documented repair")
        if count:
            self._repairs[code] += count

    def stamped(self, texts: pl.Series, parsed: pl.Series) -> None:
        """Count the zones that stamps name, and those that name none.

        Parameters
        ----------
        texts, parsed
            As `assay.triage.records.times.zones` takes them.
        """
        zones = times.zones(texts, parsed)
        self.clock.name_zones(zones)
        self.repair("zone-assumed", zones[times.UNZONED])

    def fail(self, code: str, message: str) -> None:
        """Write down why the source could not be read to its end; *code* is one of `FAILURES`."""
        if code not in FAILURES:
            raise ValueError(f"{code} is not a documented failure")
        self.failed, self.failure = code, message

    def state(self) -> dict[str, Any]:
        """The counts as JSON, for `absorb`."""
        return {
            "lines": self.lines,
            "counts": dict(self._counts),
            "examples": self._examples,
            "repairs": dict(self._repairs),
            "columns": self.columns,
            "encodings": dict(self.encodings),
            "zones": dict(self.clock.zones),
            "failed": [self.failed, self.failure],
        }

    def absorb(self, state: Mapping[str, Any], first: int) -> int:
        """Add the counts of the next part of the same source.

        Parameters
        ----------
        state
            From `state`.
        first
            Number of the part's first line.

        Returns
        -------
        int
            Lines of the part.
        """
        self.lines += state["lines"]
        self._counts.update(state["counts"])
        self._repairs.update(state["repairs"])
        self.columns.update(state["columns"])
        self.encodings.update(state["encodings"])
        self.clock.name_zones(state["zones"])
        if state["failed"][0] is not None:
            self.fail(*state["failed"])
        for code, examples in state["examples"].items():
            known = self._examples.setdefault(code, [])
            room = self.limits.examples - len(known)
            known += [(line + first, text) for line, text in examples[:room]]
        return int(state["lines"])

    def report(self, source: SourceFile) -> SourceReport:
        """Close the account."""
        return SourceReport(
            source=source,
            lines=self.lines,
            records=self.records,
            rejected=tuple(
                Rejected(code, count, tuple(self._examples[code]))
                for code, count in self._counts.most_common()
            ),
            untimed=self.untimed,
            repairs=dict(self._repairs),
            failed=self.failed,
            failure=self.failure,
            columns=dict(self.columns),
            encodings=dict(self.encodings),
            clock=self.clock.report(),
        )


def excerpt(content: bytes | str, chars: int) -> str:
    """Return the start of *content*, safe to print on a terminal."""
    text = content[: chars * 4].decode("utf-8", "replace") if isinstance(content, bytes) else content
    shown = "".join(c if c.isprintable() else "\N{MIDDLE DOT}" for c in text[:chars])
    return shown + "\N{HORIZONTAL ELLIPSIS}" if len(content) > chars else shown
