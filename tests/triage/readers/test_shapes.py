"""Flat Windows events decoded by hundreds of lines: no line may change what another one becomes."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.triage.limits import LogLimits
from assay.triage.readers import open_sources
from assay.triage.values import SourceReport


def read(path: Path, data: bytes, **options: Any) -> tuple[pl.DataFrame, SourceReport]:
    path.write_bytes(data)
    reading = open_sources([path], format="jsonl", **options)
    frames = [batch.frame for batch in reading.batches()]
    return (pl.concat(frames) if frames else pl.DataFrame()), reading.report[0]


def event(number: int, **more: Any) -> dict[str, Any]:
    return {
        "@timestamp": f"2020-06-10T02:50:{number % 60:02d}.537Z",
        "EventID": (1, 3, 4624)[number % 3],
        "Channel": "Security",
        "Hostname": f"DC{number}",
        "Keywords": -9214364837600034816,
        "Message": f"Event {number} was seen.\r\n\r\nMore text.",
        ("Image", "DestinationIp", "TargetUserName")[number % 3]: f"value {number}",
        "CallTrace": f"trace {number}",
        "ThreadID": number,
        **more,
    }


def text(**more: Any) -> bytes:
    return json.dumps(event(7, **more)).encode()


ODD = {
    "number as name": text(Hostname=17.5),
    "nested field": text(NewField={"a": [1, {"b": None}]}),
    "number of half": text(EventID=1.5),
    "number as text": text(EventID="4624"),
    "number as truth": text(EventID=True),
    "number twice": text().replace(b"{", b'{"EventID": 77, ', 1),
    "blanks around": b"  " + text() + b" \t",
    "carriage return": text() + b"\r",
    "blanks after colons": text().replace(b":", b" : "),
    "long value": text(CallTrace="x" * 5000),
    "dull values": text(Image="-", CallTrace="", Hostname="-"),
    "message ends in blanks": text(Message="Short. \u00a0"),
    "message of one long line": text(Message="é" * 300),
    "message with quotes": text(Message='He said "no".\nThen'),
    "no message": text(Message=None),
    "message as number": text(Message=5),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_line_among_many_becomes_what_it_becomes_alone(tmp_path: Path, kind: str) -> None:
    usual = [json.dumps(event(n)).encode() for n in range(700)]
    lines = [*usual[:600], ODD[kind], *usual[600:]]
    together, report = read(tmp_path / "all", b"\n".join(lines) + b"\n")
    assert report.rejected == () and together["line"].to_list() == list(range(701))
    for line in (0, 1, 2, 599, 600, 601, 700):
        alone, _ = read(tmp_path / "one", lines[line] + b"\n")
        assert together[line].drop("row", "line").equals(alone.drop("row", "line"), null_equal=True), line


def test_two_objects_on_a_line_are_no_event_even_if_the_count_is_right(tmp_path: Path) -> None:
    lines = [json.dumps(event(n)).encode() for n in range(600)]
    lines[510] = lines[510] + b" " + lines[511]
    lines[511] = b""
    found, report = read(tmp_path / "all", b"\n".join(lines) + b"\n")
    assert [(r.code, r.count, r.examples[0][0]) for r in report.rejected] == [("not-json", 1, 510)]
    assert found["line"].to_list() == [n for n in range(600) if n not in (510, 511)]
    assert found["host"].to_list() == [f"DC{n}" for n in range(600) if n not in (510, 511)]


def test_a_line_end_inside_a_value_is_no_line_end_of_an_object(tmp_path: Path) -> None:
    lines = [json.dumps(event(n)).encode() for n in range(600)]
    lines[100] = lines[100][:-1] + b',"Rule":"}'
    lines[101] = b'{"}'
    found, report = read(tmp_path / "all", b"\n".join(lines) + b"\n")
    assert [(r.code, r.count) for r in report.rejected] == [("not-json", 2)]
    assert found["line"].to_list() == [n for n in range(600) if n not in (100, 101)]


def test_the_number_of_further_fields_is_bounded_for_each_record(tmp_path: Path) -> None:
    lines = [json.dumps(event(0, **{f"Field{n}": "x", f"Field{n + 1}": "y"})) for n in range(0, 40, 2)]
    limits = LogLimits(extras=2)
    found, _ = read(tmp_path / "all", "\n".join(lines).encode(), limits=limits)
    assert found["extra_names"].to_list() == [["CallTrace", f"Field{n}"] for n in range(0, 40, 2)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 20),
            st.dictionaries(
                st.sampled_from(["Image", "User", "Details", "Odd", "Hostname", "EventTime"]),
                st.none()
                | st.booleans()
                | st.integers(-(2**70), 2**70)
                | st.text(max_size=8)
                | st.lists(st.integers()),
                max_size=3,
            ),
        ),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_lines_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, dict[str, Any]]], random: Any
) -> None:
    folder = tmp_path_factory.mktemp("order")
    lines = [json.dumps(event(n, **more)).encode() for n, more in drawn]
    order = list(range(len(lines)))
    random.shuffle(order)
    straight, _ = read(folder / "straight", b"\n".join(lines * 20))
    mixed, _ = read(folder / "mixed", b"\n".join(lines[n] for n in order))
    for place, line in enumerate(mixed["line"].to_list()):
        (same,) = straight.with_row_index("i").filter(pl.col("line") == order[line])["i"].to_list()
        one, other = mixed[place].drop("row", "line"), straight[same].drop("row", "line")
        assert one.equals(other, null_equal=True)
