"""What reading some sources found in them, before anything is scored: which fields are filled, and how often."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from .limits import REASONS, REPAIRS
from .readers import Reading
from .records.fields import FIELDS
from .values import Batch, SourceReport

MOST_NAMES: Final = 200
"""Names of further fields that are told apart; the rest is counted together."""

_SHOWN: Final = tuple(f.name for f in FIELDS if f.role not in ("key", "extra"))
_EXAMPLE_CHARS: Final = 80


@dataclass(slots=True)
class Fill:
    """How often a field is filled.

    Attributes
    ----------
    count
        Records that have it.
    example
        Its first value.
    """

    count: int = 0
    example: str = ""


@dataclass(slots=True)
class Found:
    """What was found in one source.

    Attributes
    ----------
    fields
        Column to how often it is filled; empty ones are left out.
    further
        Name of a further field, as the source spells it, to the records that have it.
    more
        Fields whose names came after the first `MOST_NAMES`.
    kinds
        Shape of the records to their number.
    """

    fields: dict[str, Fill] = field(default_factory=dict)
    further: Counter[str] = field(default_factory=Counter)
    more: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def take(self, batch: Batch) -> None:
        """Count the records of a batch."""
        frame = batch.frame
        for name in _SHOWN:
            column = frame[name]
            count = len(column) - column.null_count()
            if not count:
                continue
            fill = self.fields.setdefault(name, Fill())
            if not fill.count:
                value = column.drop_nulls()[0]
                fill.example = (value.isoformat() if name == "time" else str(value))[:_EXAMPLE_CHARS]
            fill.count += count
        self.kinds.update(dict(frame["raw_kind"].value_counts().iter_rows()))
        counts = frame["extra_names"].explode(empty_as_null=False).value_counts(sort=True)
        for name, count in counts.iter_rows():
            if name in self.further or len(self.further) < MOST_NAMES:
                self.further[name] += count
            else:
                self.more += count


@dataclass(frozen=True, slots=True)
class Survey:
    """A source and what was found in it.

    Attributes
    ----------
    report
        What became of its lines.
    found
        What its records hold.
    """

    report: SourceReport
    found: Found

    @property
    def encoding(self) -> str:
        """Encoding of its text, ``utf-8`` with others after a plus where some lines are not."""
        others = sorted(self.report.encodings)
        wide = any(name.startswith("utf-16") for name in others)
        return " + ".join(others if wide else ["utf-8", *others])

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as ``docs/schema/source.json`` describes them."""
        report, found = self.report, self.found
        records = max(report.records, 1)
        return {
            "source": report.source.name,
            "format": report.source.format,
            "confidence": report.source.confidence,
            "encoding": self.encoding,
            "encodings": dict(report.encodings),
            "lines": report.lines,
            "records": report.records,
            "untimed": report.untimed,
            "kinds": dict(found.kinds.most_common()),
            "fields": {
                name: {"filled": round(fill.count / records, 4), "example": fill.example}
                for name, fill in found.fields.items()
            },
            "further": {name: round(count / records, 4) for name, count in found.further.most_common()},
            "further_more": found.more,
            "columns": dict(report.columns),
            "rejected": [
                {
                    "code": group.code,
                    "meaning": REASONS[group.code],
                    "count": group.count,
                    "examples": [{"line": line, "text": text} for line, text in group.examples],
                }
                for group in report.rejected
            ],
            "repairs": [
                {"code": code, "meaning": REPAIRS[code], "count": count}
                for code, count in report.repairs.items()
            ],
            "clock": report.clock.to_json(),
            "failed": report.failed,
            "failure": report.failure,
        }


def survey(reading: Reading) -> Iterator[Survey | int]:
    """Read everything and say what is there.

    Parameters
    ----------
    reading
        Not yet begun.

    Yields
    ------
    Survey or int
        The number of records so far after each batch, and each source once it is done.
    """
    found: dict[int, Found] = {}
    told = done = 0
    for batch in reading.batches():
        while told < len(reading.report):
            yield _closed(reading.report[told], found)
            told += 1
        found.setdefault(batch.source.index, Found()).take(batch)
        done += len(batch)
        yield done
    while told < len(reading.report):
        yield _closed(reading.report[told], found)
        told += 1


def _closed(report: SourceReport, found: dict[int, Found]) -> Survey:
    return Survey(report, found.pop(report.source.index, Found()))
