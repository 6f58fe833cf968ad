"""The chain of programs: nearest record before, same host and file, bounded, no loops."""

import json
from pathlib import Path

import polars as pl

from assay.triage.contract import incident_json
from assay.triage.session import triage
from assay.triage.words.tree import LONGEST, lineage

SCHEMA = {"row": pl.UInt64(), "source": pl.UInt32(), "host": pl.String(), "process": pl.String(), "parent": pl.String()}


def chain(*rows, last):
    """Chain of the last of some records (host, process, parent)."""
    made = [(n, 0, *row) for n, row in enumerate([*rows, last])]
    near = pl.DataFrame(made, schema=SCHEMA, orient="row")
    return lineage(near, near.row(len(rows), named=True))


def test_programs_are_linked_to_what_started_them():
    started = [("h", r"C:\b.exe", r"C:\a.exe"), ("h", r"C:\c.exe", r"c:\B.exe")]
    assert chain(*started, last=("h", r"C:\c.exe", None)) == (r"C:\a.exe", r"c:\B.exe", r"C:\c.exe")
    assert chain(*started, last=("h", r"C:\d.exe", r"C:\c.exe")) == (
        (r"C:\a.exe", r"c:\B.exe", r"C:\c.exe", r"C:\d.exe")
    )


def test_the_nearest_record_before_counts():
    assert chain(("h", "b", "old"), ("h", "b", "new"), last=("h", "b", None)) == ("new", "b")


def test_other_hosts_and_what_knows_no_parent_do_not_count():
    assert chain(("other", "b", "a"), last=("h", "b", None)) == ()
    assert chain(("h", "b", None), last=("h", "b", None)) == chain(last=("h", None, None)) == ()


def test_it_is_bounded_and_does_not_go_round():
    long = [("h", f"p{n + 1}", f"p{n}") for n in range(9)]
    assert chain(*long, last=("h", "p9", None)) == tuple(f"p{n}" for n in range(10 - LONGEST, 10))
    assert chain(("h", "a", "b"), ("h", "b", "a"), last=("h", "b", None)) == ("a", "b")
    assert chain(last=("h", "a", "A")) == ("A", "a") and chain(last=("h", "a.exe", "A.exe")) == ()


def test_an_incident_has_its_chain(tmp_path: Path):
    def event(n, process, parent):
        fields = {"timestamp": 1_700_000_000 + n, "host": "srv", "event_id": "1", "channel": "Sysmon"}
        return fields | {"process": process, "parent": parent}

    lines = [event(n, f"C:\\p{n % 5}.exe", "C:\\services.exe") for n in range(600)]
    lines += [event(600, "C:\\word.exe", "C:\\shell.exe"), event(601, "C:\\odd.exe", "C:\\word.exe")]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    with triage([path]) as answer:
        trees = [incident_json(incident)["tree"] for incident in answer.incidents]
    assert trees[0][0] == "C:\\shell.exe" and trees[0][1] == "C:\\word.exe"
