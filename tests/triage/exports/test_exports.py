"""Exports say the same in every format, and no field of a log can break out of its place."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.triage import triage
from assay.triage.contract import incident_json
from assay.triage.exports import ExportTargetInvalid, Target, export, target
from assay.triage.exports.messages import cef, syslog
from assay.triage.exports.rows import EVENT, INCIDENT, RECORD, event_row, incident_row, severity, sound
from assay.triage.exports.tables import DANGEROUS, CsvWriter, ParquetWriter, safe
from assay.triage.readers import open_sources

nasty = st.text(max_size=40) | st.text("=+-@\t\r\n'\"\\|]; a", max_size=12)


def cells(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


def page(text="x", **other):
    reason = {"field": text, "value": text, "context": text, "seen": 0, "of": 9, "bits": 3.0, "words": text}
    record = {
        "source": text, "line": 4, "time": None, "score": 3.0, "type": text, "text": text,
        "reasons": [reason], "rules": [text],
    }  # fmt: skip
    made = {
        "rank": 1,
        "risk": 12.5,
        "p": 0.004,
        "percentile": 99.0,
        "entities": {"host": [text], "user": [text, "b"], "source_ip": ["10.9.9.9"], "process": [text]},
        "first_seen": "2026-03-17T02:13:20.000001Z",
        "last_seen": "2026-03-17T02:30:56Z",
        "count": 7,
        "records": [record],
        "attack": ["T1059"],
        "summary": text,
        "id": "0123456789abcdef",
        "kind": {"host": text, "type": text, "field": text, "value": text},
        "feedback": [],
        "continues": None,
    }
    return {**made, **other}


def event(text="x", **other):
    row = {"source": text, "line": 4, "time": "2026-03-17T02:13:20Z", "score": 3.0, "p": None, "incident": 1,
           "reasons": [{"words": text, "bits": 1.0}]}  # fmt: skip
    return row, {**dict.fromkeys(RECORD, text), **other}


def syslog_parts(line):
    """RFC 5424 by its grammar: header, structured data, message."""
    word = "([!-~]{1,%d})"
    grammar = " ".join([r"<(\d{1,3})>1", r"(\S+)", *(word % most for most in (255, 48, 128, 32)), r"\[" + word % 32])
    header = re.match(grammar, line)
    assert header, line
    place, found = header.end(), {}
    while line[place] == " ":
        name = re.compile(r' ([!#-<>-\\^-~]{1,32})="').match(line, place)
        place, value = name.end(), ""
        while line[place] != '"':
            assert line[place] != "]"
            if line[place] == "\\" and line[place + 1] in '"\\]':
                place += 1
            value, place = value + line[place], place + 1
        found[name[1]], place = value, place + 1
    assert line[place : place + 2] == "] "
    return header.groups(), found, line[place + 2 :]


def cef_parts(line):
    """CEF by its guide: seven fields between bars that no backslash precedes, then key=value pairs."""
    parts, field, place = [], "", len("CEF:")
    while len(parts) < 7:
        if line[place] == "\\":
            assert line[place + 1] in "|\\"
            field, place = field + line[place + 1], place + 2
        elif line[place] == "|":
            parts, field, place = [*parts, field], "", place + 1
        else:
            field, place = field + line[place], place + 1
    pairs = {}
    keys = list(re.finditer(r"(?:^| )([A-Za-z0-9]+)=", line[place:]))
    keys = [key for key in keys if not line[place:][: key.end() - 1].endswith("\\")]
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        raw = line[place:][key.end() : following.start() if following else None]
        assert not re.search(r"(?<!\\)(?:\\\\)*=", raw), raw
        pairs[key[1]] = re.sub(
            r"\\([\\=nr])", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), raw
        )
    return parts, pairs


def printable(text):
    """As messages of one line have it."""
    return re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", lambda m: f"\\x{ord(m[0]):02x}", sound(text))


@given(nasty)
def test_no_cell_is_a_formula_and_every_cell_comes_back(text):
    cell = safe(text)
    assert not cell.startswith(DANGEROUS) and not cell.lstrip().startswith(DANGEROUS)
    assert (cell[1:] if cell.startswith("'") else cell) == text


@given(st.lists(st.tuples(nasty, nasty), max_size=4))
def test_csv_comes_back_by_another_parser(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    writer = CsvWriter(path, {"a": "text", "b": "texts", "n": "number"})
    for one, two in rows:
        writer.write({"a": one, "b": [two, "z"], "n": -1.5})
    writer.close()
    found = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert found[0] == ["a", "b", "n"] and len(found) == len(rows) + 1
    for row, (one, two) in zip(found[1:], rows, strict=True):
        assert row == [safe(sound(one)), safe(sound(f"{two}; z")), "-1.5"]


@given(nasty)
def test_syslog_follows_its_grammar_whatever_a_log_holds(text):
    line = syslog(incident_row(page(text)), "incidents", "0.1")
    assert "\n" not in line and "\r" not in line
    (level, time, *_), data, message = syslog_parts(line)
    assert (level, time) == ("107", "2026-03-17T02:30:56Z")
    assert data.get("type", "") == printable(text)
    assert data["id"] == "0123456789abcdef" and data["source_ip"] == "10.9.9.9"
    assert message.removeprefix("\ufeff") == printable(text)
    assert message.startswith("\ufeff") != printable(text).isascii()
    syslog_parts(syslog(event_row(*event(text), {}), "events", "0.1"))


@given(nasty)
def test_cef_follows_its_guide_whatever_a_log_holds(text):
    line = cef(incident_row(page(text)), "incidents", "0.1")
    assert "\n" not in line and "\r" not in line
    parts, pairs = cef_parts(line)
    assert parts[1:4] == ["Assay", "triage", "0.1"] and parts[6] == "7"
    assert parts[5] == (printable(text) or "records without a type")
    assert pairs["externalId"] == "0123456789abcdef" and pairs["src"] == "10.9.9.9" and pairs["cnt"] == "7"
    whole = "".join(part if part in "\r\n" else printable(part) for part in re.split(r"([\r\n])", text))
    assert pairs.get("msg", "") == whole
    cef_parts(cef(event_row(*event(text), {}), "events", "0.1"))


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30))
def test_the_product_reads_its_own_messages(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("read")
    text = f"a{text.strip()}z"
    for form, name, column in ((cef, "cef", "message"), (syslog, "syslog", "message")):
        path = folder / name
        path.write_text(form(incident_row(page(text)), "incidents", "0.1") + "\n", encoding="utf-8")
        reading = open_sources([path], format=name)
        (batch,) = reading.batches()
        assert reading.report[0].rejected == ()
        assert text in str(batch.frame[column][0])


def test_an_address_of_six_stands_under_its_own_key_and_a_name_under_none():
    six = page(entities={"host": [], "user": [], "source_ip": ["fe80::1"], "process": []})
    _, pairs = cef_parts(cef(incident_row(six), "incidents", "1"))
    assert pairs["c6a2"] == "fe80::1" and "src" not in pairs and "dvchost" not in pairs
    named = page(entities={"host": [], "user": [], "source_ip": ["ip-abc"], "process": []})
    _, pairs = cef_parts(cef(incident_row(named), "incidents", "1"))
    assert "src" not in pairs and pairs["cs3"] == "ip-abc"


@pytest.mark.parametrize(
    ("p", "bits", "marked", "level"),
    [(0.5, 99, True, 10), (0.001, 0, False, 9), (0.01, 0, False, 7), (0.05, 0, False, 5), (0.06, 99, False, 3),
     (None, 30, False, 9), (None, 20, False, 7), (None, 10, False, 5), (None, 9.9, False, 3)],
)  # fmt: skip
def test_how_severe(p, bits, marked, level):
    assert severity(p, bits, marked) == level


@pytest.mark.parametrize("text", ["", "csv", "csv:", "xml:a", "records.csv:a", "timesketch:a.txt", ":a", "events.:a"])
def test_no_target(text):
    with pytest.raises(ExportTargetInvalid):
        target(text)


def test_targets():
    assert target("csv:a:b.csv").path.name == "a:b.csv" and target("csv:a").what == "incidents"
    assert target("events.timesketch:a.csv") == Target("events", "timesketch", Path("a.csv"))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    log = folder / "auth.log"
    log.write_text(
        "".join(
            f"Mar  1 10:{n % 60:02}:00 web1 sshd[{n}]: Accepted password for ana from 10.0.0.{n % 9} port 1 ssh2\n"
            for n in range(400)
        )
        + "Mar  1 11:30:00 web1 useradd[9]: new user: name=eve, UID=0, GID=0, home=/home/eve, shell=/bin/sh\n"
        + "no syslog\n"
    )
    names = [f"{what}{form}" for what in ("", "events.") for form in ("jsonl", "csv", "parquet", "syslog", "cef")]
    names += [f"{what}timesketch{end}" for what in ("", "events.") for end in ("@.jsonl", "@.csv")]
    with triage([log], budget=5) as answer:
        pages = [incident_json(incident) for incident in answer.incidents]
        rows = list(answer.detailed())
        targets = [target(f"{name.partition('@')[0]}:{folder / name}") for name in names]
        export(targets, pages, answer.detailed())
    return folder, pages, rows


def test_every_format_has_every_row(written):
    folder, pages, rows = written
    for name, count in (("", len(pages)), ("events.", len(rows))):
        for form in ("jsonl", "syslog", "cef", "timesketch@.jsonl"):
            assert len((folder / f"{name}{form}").read_text().splitlines()) == count, form
        for form in ("csv", "timesketch@.csv"):
            assert len(cells(folder / f"{name}{form}")) == count, form
        assert pl.read_parquet(folder / f"{name}parquet").height == count
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


def test_jsonl_is_the_contract(written):
    folder, pages, rows = written
    assert [json.loads(line) for line in (folder / "jsonl").read_text().splitlines()] == json.loads(json.dumps(pages))
    found = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert found == json.loads(json.dumps([row for row, _ in rows]))


def test_parquet_and_csv_agree(written):
    folder, _, _ = written
    for name, columns in (("", INCIDENT), ("events.", EVENT)):
        table = pl.read_parquet(folder / f"{name}parquet")
        assert table.columns == list(columns)
        for row, other in zip(table.iter_rows(named=True), cells(folder / f"{name}csv"), strict=True):
            for column, kind in columns.items():
                value = row[column]
                if kind == "time":
                    text = other[column]
                    assert (None if not text else datetime.fromisoformat(text)) == value
                elif kind == "texts":
                    assert other[column] == safe("; ".join(value))
                elif value is None:
                    assert other[column] == ""
                else:
                    assert other[column] == (safe(value) if kind == "text" else str(value))


def test_a_timeline_has_what_timesketch_asks_for(written):
    folder, pages, rows = written
    lines = [json.loads(line) for line in (folder / "events.timesketch@.jsonl").read_text().splitlines()]
    table = cells(folder / "events.timesketch@.csv")
    for line, cell, (row, _) in zip(lines, table, rows, strict=True):
        for name in ("message", "datetime", "timestamp", "timestamp_desc"):
            assert line[name] not in (None, "") and cell[name] not in (None, "")
        when = datetime.fromisoformat(line["datetime"])
        assert when == datetime.fromtimestamp(line["timestamp"] / 1e6, UTC)
        assert str(line["timestamp"]) == cell["timestamp"]
        if row["time"] is None:
            assert line["timestamp"] == 0 and line["timestamp_desc"] == "Not a time"
        else:
            assert when == datetime.fromisoformat(row["time"]) and line["timestamp_desc"] == "Event logged"
        assert (line["source"], line["line"]) == (row["source"], row["line"])
    ids = {page["id"] for page in pages}
    assert ids == {line.get("incident_id") for line in lines} - {None}


def test_a_file_stays_as_it_was_when_writing_fails(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("before")

    def rows():
        yield event()
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        export([target(f"events.csv:{path}")], [page()], rows())
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def test_parquet_is_written_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr("assay.triage.exports.tables.PIECE", 7)
    writer = ParquetWriter(tmp_path / "a", {"a": "text"})
    for number in range(23):
        writer.write({"a": str(number)})
        assert len(writer._rows) < 7
    writer.close()
    assert pl.read_parquet(tmp_path / "a")["a"].to_list() == [str(number) for number in range(23)]
