"""The values that flow out of the log readers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from .records.clocks import SourceClock
from .records.fields import SCHEMA


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One place records were read from.

    Attributes
    ----------
    index
        Position in the reading; the `source` column of its records.
    name
        Name shown to people and written into results: the path as given, or ``-``.
    path
        The file, or None for standard input.
    format
        Name of the reader that reads it, e.g. ``jsonl``.
    confidence
        0..1, how sure content sniffing was; 1.0 when the format was named by the user.
    """

    index: int
    name: str
    path: Path | None
    format: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Batch:
    """Some consecutive records of one source, normalised.

    Attributes
    ----------
    frame
        Exactly the columns of `assay.triage.records.fields.SCHEMA`; never empty.
    source
        Where the records came from.
    """

    frame: pl.DataFrame
    source: SourceFile

    def __post_init__(self) -> None:
        if self.frame.schema != pl.Schema(SCHEMA):
            raise ValueError("a batch must have exactly the columns of fields.SCHEMA")

    def __len__(self) -> int:
        return self.frame.height


@dataclass(frozen=True, slots=True)
class Rejected:
    """Lines of one source that were not understood, for one reason.

    Attributes
    ----------
    code
        Kebab-case reason, one of `assay.triage.limits.REASONS`.
    count
        How many lines (or records, or skipped pieces) it happened to.
    examples
        The first few: 0-based line and a short printable excerpt.
    """

    code: str
    count: int
    examples: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source.

    Attributes
    ----------
    source
        The source; its format is what was sniffed or named.
    lines
        Lines (EVTX: records) seen, blank ones included.
    records
        Records that were normalised.
    rejected
        Reasons for the rest, most frequent first.
    untimed
        Records without a time.
    repairs
        What was mended on the way, code of `assay.triage.limits.REPAIRS` to count.
    failed
        Coded reason why reading stopped before the end, else None.
    failure
        The same in words, else None.
    columns
        How the reader understood the source's own columns (CSV), name to role.
    encodings
        Lines that are not UTF-8, by the encoding in which they were read; empty when all are.
    clock
        What its times show: span, jumps, zones.
    """

    source: SourceFile
    lines: int
    records: int
    rejected: tuple[Rejected, ...]
    untimed: int
    repairs: Mapping[str, int] = field(default_factory=dict)
    failed: str | None = None
    failure: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    encodings: Mapping[str, int] = field(default_factory=dict)
    clock: SourceClock = field(default_factory=SourceClock)
