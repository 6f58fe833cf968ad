"""JSON objects of any shape: the fast way of flattening against the plain one, and records apart from each other."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.triage.limits import DEFAULT, LogLimits
from assay.triage.readers.collector import Collector
from assay.triage.readers.dialects import Dialect
from assay.triage.readers.generic import RANKS, flatten
from assay.triage.readers.ledger import Ledger

KEYS = st.sampled_from(["user", "userName", "host", "source.ip", "ip", "a", "b", "eventTime", "message", "", "É"])
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=6)
VALUES = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=3),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=2),
    max_leaves=12,
)
RECORDS = st.dictionaries(KEYS, VALUES, max_size=6)
TIGHT = LogLimits(fields=4, extras=2, value_chars=5, nesting=3, name_chars=4)


def placed(record: dict[str, Any], limits: LogLimits) -> tuple[dict[str, str], list[str], list[str]] | None:
    """Columns and further fields of one record, scalar after scalar."""
    best: dict[str, tuple[int, str, str]] = {}
    names, values = [], []
    try:
        scalars = list(flatten(record, limits))
    except RecursionError:
        return None
    for name, value in scalars:
        value = value if len(value) <= limits.value_chars else value[: limits.value_chars - 1] + "…"
        if name.lower() in RANKS:
            column, rank = RANKS[name.lower()]
            before = best.get(column)
            if before is None or rank < before[0]:
                best[column] = (rank, name, value)
                if before is None:
                    continue
                name, value = before[1:]
        if len(names) < limits.extras:
            names.append(name[: limits.name_chars])
            values.append(value)
    return {column: value for column, (_, _, value) in best.items()}, names, values


@pytest.mark.parametrize("limits", [DEFAULT, TIGHT])
@settings(max_examples=60, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=8))
def test_records_are_placed_as_scalar_after_scalar(limits: LogLimits, records: list[dict[str, Any]]) -> None:
    collector = Collector(limits, Ledger(limits))
    wanted = {}
    for number, record in enumerate(records):
        known = placed(record, limits)
        if known is None:
            with pytest.raises(RecursionError):
                collector.add(number, record)
        else:
            collector.add(number, record)
            wanted[number] = known
    assert len(collector) == len(wanted)
    if not wanted:
        return
    frame = collector.frame()
    assert frame["line"].to_list() == list(wanted)
    for row, (columns, names, values) in zip(frame.iter_rows(named=True), wanted.values(), strict=True):
        assert (row["extra_names"], row["extra_values"]) == (names, values)
        given = {name: row[name] for name in frame.columns if name in columns and name != "time"}
        assert given == {name: value for name, value in columns.items() if name != "time"}
        assert all(row[name] is None for name in {"user", "host", "source_ip", "message"} - set(columns) if name in row)


def test_kinds_and_lines_stay_with_their_records() -> None:
    collector = Collector(DEFAULT, Ledger(DEFAULT))
    for line, kind in ((5, "json"), (7, "zeek"), (6, "json")):
        collector.add(line, {"user": str(line)}, Dialect(kind))
    frame = collector.frame()
    assert frame.select("line", "raw_kind", "user").rows() == [
        (5, "json", "5"), (6, "json", "6"), (7, "zeek", "7"),
    ]  # fmt: skip
    assert frame["line"].dtype == pl.UInt32
