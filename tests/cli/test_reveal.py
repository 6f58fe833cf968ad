"""``--pseudonyms`` and ``assay triage reveal``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assay.demo.logs import LogSet


@pytest.fixture(scope="module")
def names(logs: LogSet) -> set[str]:
    """Users, hosts and addresses of the night, as two of its files write them."""
    rows = [json.loads(line) for line in (logs.night / "windows.jsonl").read_text().splitlines()]
    found = {str(row.get(name) or "") for row in rows for name in ("Hostname", "TargetUserName", "IpAddress")}
    found |= {"203.0.113.77", "web-1", "db-1", "amara", "dmitri", "deploy"}
    public = {"SYSTEM", "LocalSystem", "administrator", "127.0.0.1", "-", ""}
    return found - public


def test_nothing_that_is_written_holds_a_name_and_the_key_gives_them_back(
    assay: Callable[..., Any], logs: LogSet, names: set[str], schemas: dict[str, Any], tmp_path: Path
) -> None:
    key = tmp_path / "a.key"
    forms = ("jsonl", "csv", "timesketch", "syslog", "cef", "events.jsonl", "events.csv")
    files = {form: tmp_path / f"{form}.{'csv' if 'csv' in form else 'jsonl'}" for form in forms}
    wanted = [word for form, path in files.items() for word in ("--export", f"{form}:{path}")]
    events, page = tmp_path / "e.jsonl", tmp_path / "run.json"
    hidden = ("--pseudonyms", "--key", key)
    ran = assay("triage", logs.night, *hidden, "--json", *wanted, "--events", events, "--record", page)
    assert ran.code == 0 and str(key) in ran.err
    for line in ran.lines:
        jsonschema.validate(line, schemas["incident"])
    shown = assay("triage", logs.night, *hidden)
    told = [ran.out, ran.err, shown.out, shown.err, *(path.read_text() for path in (*files.values(), events, page))]
    for name in names:
        assert not any(name in text for text in told), name

    plain = assay("triage", logs.night, "--json")
    back = assay("triage", "reveal", files["jsonl"], "--key", key)
    assert back.code == 0
    for one, two in zip(plain.lines, back.lines, strict=True):
        assert one["entities"]["host"] == two["entities"]["host"]
        # What is said of the characters of a text is said of the text with pseudonyms.
        assert one["summary"] == two["summary"] or "characters" in one["summary"]
        assert sorted(one["entities"]["user"]) == sorted(two["entities"]["user"])


def test_one_pseudonym(assay: Callable[..., Any], logs: LogSet, tmp_path: Path) -> None:
    key, other = tmp_path / "a.key", tmp_path / "b.key"
    for each in (key, other):
        assert assay("triage", logs.night / "auth.log", "--pseudonyms", "--key", each, "--json").code == 0
    (host, *_) = assay("triage", logs.night / "auth.log", "--pseudonyms", "--key", key, "--json").lines
    token = host["entities"]["host"][0]
    ran = assay("triage", "reveal", token, "--key", key)
    assert (ran.code, ran.out.strip()) == (0, "web-1")
    ran = assay("triage", "reveal", token, "--key", other)
    assert (ran.code, ran.out.strip()) == (1, token)


def test_the_key_of_the_user_is_made_once(
    assay: Callable[..., Any], logs: LogSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.triage.pseudonyms.key.user_key", lambda: tmp_path / "own" / "pseudonyms.key")
    first = assay("triage", logs.night / "auth.log", "--pseudonyms", "--json")
    again = assay("triage", logs.night / "auth.log", "--pseudonyms", "--json")
    assert "a new key" in first.err and "a new key" not in again.err and first.out == again.out


def test_what_cannot_be_read_is_code_2(assay: Callable[..., Any], logs: LogSet, tmp_path: Path) -> None:
    key = tmp_path / "a.key"
    assert assay("triage", logs.night / "auth.log", "--pseudonyms", "--key", key, "--json").code == 0
    assert assay("triage", "reveal", tmp_path / "none.csv", "--key", key).code == 2
    key.write_text("no key")
    ran = assay("triage", logs.night / "auth.log", "--pseudonyms", "--key", key)
    assert ran.code == 2 and "[pseudonym-key]" in ran.err and key.read_text() == "no key"
