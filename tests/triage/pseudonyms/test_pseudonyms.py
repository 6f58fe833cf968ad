"""No name is left in anything that is told; the key gives every one of them back."""

import csv
import io
import json
import re
import stat
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.triage import triage
from assay.triage.contract import incident_json
from assay.triage.exports.rows import incident_row
from assay.triage.exports.tables import CsvWriter
from assay.triage.feedback import FeedbackStore
from assay.triage.pseudonyms import names as naming
from assay.triage.pseudonyms.key import Key, KeyFileInvalid
from assay.triage.pseudonyms.names import COLUMNS, PUBLIC, Names
from assay.triage.pseudonyms.reveal import reveal_file
from assay.triage.pseudonyms.token import TOKEN, cut, cut_before
from assay.triage.pseudonyms.veil import WITHHELD
from assay.triage.readers import open_sources

KEY, OTHER = Key(bytes(range(64))), Key(bytes(64))


def names(**values):
    made = Names(KEY)
    frame = {column: pl.Series(values.get(column, []), dtype=pl.String) for column in COLUMNS}
    height = max(len(series) for series in frame.values())
    made.add(pl.DataFrame({name: series.extend_constant(None, height - len(series)) for name, series in frame.items()}))
    return made


def whole_words(name, text):
    """Places where a name stands in a text and is no part of a longer word."""
    low, name = text.casefold(), name.casefold()
    found = []
    for place in range(len(low) - len(name) + 1):
        if low.startswith(name, place):
            before, after = low[place - 1 : place], low[place + len(name) : place + len(name) + 1]
            left = name[0].isalnum() and (before.isalnum() or before == "_")
            right = name[-1].isalnum() and (after.isalnum() or after == "_")
            if not left and not right:
                found.append(place)
    return found


@given(st.sampled_from(["host", "user", "ip"]), st.text(min_size=1, max_size=80))
def test_a_token_is_always_the_same_and_only_its_key_opens_it(kind, value):
    token = KEY.token(kind, value)
    assert token == Key(bytes(range(64))).token(kind, value) and TOKEN.fullmatch(token)
    assert KEY.value(token) == value and OTHER.value(token) is None
    assert OTHER.token(kind, value) != token
    assert KEY.reveal(f'<{token}>,"{token}"') == f'<{value}>,"{value}"'


def test_a_token_is_pinned():
    # Files that were given away must stay readable.
    assert KEY.token("user", "chloe") == "user-wepmxnzerkb54dzqdekgjl7edv5d6q7r7q"


def test_a_changed_token_or_another_kind_does_not_open():
    token = KEY.token("user", "chloe")
    swapped = token[:-2] + ("a" if token[-2] != "a" else "b") + token[-1]
    assert KEY.value(swapped) is None and KEY.value("host" + token[4:]) is None
    assert KEY.reveal(swapped) == swapped and KEY.value("chloe") is None


def test_a_text_is_never_cut_within_a_pseudonym():
    token = KEY.token("user", "chloe")
    assert cut("abcdef", 4) == "abc…" and cut("abcd", 4) == "abcd"
    for longest in range(5, 60):
        told = cut(f"ab {token}, cd efgh", longest)
        assert not re.search("user-[a-z2-7]{1,35}…", told) or token in told
        told = cut_before(f"C:/ab/{token}/cd/efgh", longest)
        assert len(told) < longest + len(token) and (token in told or not re.search("[a-z2-7]{6}/cd", told))
    assert cut_before("/a/b/cdef", 6) == "…/cdef"[-6:] and cut_before(token, 10) == token
    assert cut(token, 10) == token and cut(f"{token} and more", 10) == f"{token}…"


def test_a_key_file_is_written_once_and_for_its_owner(tmp_path):
    path = tmp_path / "new" / "a.key"
    with pytest.raises(KeyFileInvalid):
        Key.open(path)
    first = Key.open(path, create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Key.open(path, create=True).token("ip", "10.0.0.1") == first.token("ip", "10.0.0.1")
    assert Key.open(path).token("ip", "10.0.0.1") != KEY.token("ip", "10.0.0.1")
    for text in ("", "secret", "assay-pseudonyms-1:", "assay-pseudonyms-1:AAAA"):
        path.write_text(text)
        with pytest.raises(KeyFileInvalid, match="holds no key"):
            Key.open(path, create=True)
        assert path.read_text() == text


def test_fields_of_names():
    made = names()
    assert made.token("10.0.0.5", "ip") == KEY.token("ip", "10.0.0.5")
    assert made.token("dc1", "ip") == KEY.token("host", "dc1")
    assert made.token("al", "user") == KEY.token("user", "al")
    for value in ("", "-", "SYSTEM", "NT AUTHORITY\\SYSTEM", "::1", "Root"):
        assert made.token(value, "user") == value


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("user=chloe logged on", ["chloe"], ["user=", " logged on"]),
        ("CHLOE, Chloe and chloe's", ["CHLOE", "Chloe", "chloe"], ["'s"]),
        (r"C:\Users\chloe\AppData\chloes.txt", ["chloe\\A"], ["AppData", "chloes.txt"]),
        ("/share?u=%5Cchloe%40x", ["chloe"], ["%5C", "%40x"]),
        ("OFFICE\\chloe on WS-03", ["OFFICE", "chloe", "WS-03"], [" on "]),
        ("ws-03.office.example and ws-03 in office.example", ["ws-03", "office"], [" and ", " in "]),
        ("ws-030 and aws-03 are others", [], ["ws-030 and aws-03 are others"]),
        ("from 198.51.100.7 port 22, fe80::1%eth0", ["198.51.100.7", "fe80::1"], ["from ", " port 22, ", "%eth0"]),
        ("version 10.0.18362.1 of 1.2.3.4.5 at 12:30:45", [], ["version 10.0.18362.1 of 1.2.3.4.5 at 12:30:45"]),
        ("mail eve.x@mail.example.org now", ["eve.x", "example.org"], ["mail ", " now"]),
        ("用户王小明登录成功", ["王小明"], ["用户", "登录成功"]),
        ("用户王小明abc", ["王小明"], ["用户", "abc"]),
        ("root on localhost as SYSTEM", [], ["root on localhost as SYSTEM"]),
        ("service account svc_backup$ runs", ["svc_backup"], ["service account ", " runs"]),
    ],
)
def test_names_in_texts(text, gone, kept):
    made = names(host=["ws-03.office.example", "SYSTEM"], user=["OFFICE\\chloe", "王小明", "svc_backup$", "root"])
    told = made.text(text)
    assert [part for part in gone if part in told] == [] and [part for part in kept if part not in told] == []
    assert KEY.reveal(told) == text


def test_names_that_are_called_like_tokens_do_not_break_them():
    made = names(host=["host", "user"], user=["ip", "user"])
    told = made.text("host user host-user 10.1.2.3")
    assert KEY.reveal(told) == "host user host-user 10.1.2.3" and not whole_words("10.1.2.3", told)


word = st.text("abzÄß王小_-.\\@$ 10:", min_size=1, max_size=8)


@given(st.lists(word, max_size=5), st.lists(word, max_size=8).map(" ".join), st.data())
def test_no_name_stays_and_every_text_comes_back(users, text, data):
    if users:
        text += data.draw(st.sampled_from([" ", "=", "/", '"'])) + data.draw(st.sampled_from(users))
    made = names(user=users)
    told = made.text(text)
    assert KEY.reveal(told) == text
    bare = TOKEN.sub("|", told)
    for name in users:
        if naming._sought(name.casefold()) and not re.search(r"[^\x00-\x7f]", name):
            assert not whole_words(name, bare), (name, told)


def test_names_that_are_too_many_are_counted(monkeypatch):
    monkeypatch.setattr(naming, "MOST", 3)
    made = names(user=["anna", "berta", "carla", "dora", "emil"])
    assert made.dropped == 2 and made.token("emil", "user").startswith("user-")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs") / "web-seven" / "auth.log"
    path.parent.mkdir()
    lines = [
        f"Mar  1 10:{n % 60:02}:00 web-seven sshd[{n}]: Accepted password for anna from 10.7.0.{n % 9} port 1 ssh2\n"
        for n in range(300)
    ]
    lines += [
        "Mar  1 11:30:00 web-seven sudo: berta : TTY=pts/0 ; PWD=/home/berta ; USER=root ; COMMAND=/bin/cat anna/k\n",
        "Mar  1 11:31:00 db-nine sshd[9]: Failed password for invalid user zoe from 203.0.113.9 port 2 ssh2\n",
    ]
    path.write_text("".join(lines))
    return path


SECRETS = ("web-seven", "db-nine", "anna", "berta", "zoe", "10.7.0.1", "203.0.113.9")


def test_only_names_change(log):
    with triage([log]) as plain, triage([log], pseudonyms=KEY) as veiled:
        one, two = list(plain.incidents), list(veiled.incidents)
        assert [(i.rank, i.risk, i.count, i.attack) for i in one] == [(i.rank, i.risk, i.count, i.attack) for i in two]
        for a, b in zip(one, two, strict=True):
            assert KEY.reveal(b.entities["host"][0]) == a.entities["host"][0] and a.id != b.id
            assert {KEY.reveal(u) for u in b.entities["user"]} == set(a.entities["user"])
        names_free = ("line", "time", "score", "p", "incident")
        for a, b in zip(plain.events(), veiled.events(), strict=True):
            assert [a[name] for name in names_free] == [b[name] for name in names_free]
            assert [(r["field"], r["bits"]) for r in a["reasons"]] == [(r["field"], r["bits"]) for r in b["reasons"]]
            assert KEY.reveal(b["source"]) == a["source"]
        shown = [window.host for window in veiled.windows()]
        assert {KEY.reveal(host) for host in shown} == {window.host for window in plain.windows()}


def test_no_name_is_in_anything_that_is_told(log):
    with triage([log], pseudonyms=KEY) as answer:
        told = [json.dumps(incident_json(i)) for i in answer.incidents]
        told += [json.dumps([row, {k: str(v) for k, v in record.items()}]) for row, record in answer.detailed()]
        told += [str(window) for window in answer.windows()] + [str(answer.report)]
        told += [str(each.to_json()) for each in answer.shown()]
    text = "\n".join(told)
    for secret in SECRETS:
        # The path of the log is a text; `report` holds the real one for whoever has the object, in `source.path`.
        assert not whole_words(secret, text.replace(str(log), "")), secret


def test_the_same_key_gives_the_same_ids_and_marks_hold_pseudonyms(log, tmp_path):
    store = FeedbackStore(tmp_path / "marks.jsonl")
    with triage([log], pseudonyms=KEY) as first:
        store.add(next(first.shown()), "benign", by="lead")
        ids = [incident.id for incident in first.incidents]
    assert not any(secret in store.path.read_text() for secret in SECRETS)
    with triage([log], pseudonyms=KEY, feedback=store.read()) as again:
        assert ids[0] not in {incident.id for incident in again.incidents} and again.report.feedback.windows
    with triage([log], pseudonyms=OTHER, feedback=store.read()) as other:
        assert other.report.feedback.windows == 0 and ids[0] not in {i.id for i in other.incidents}


def test_rejected_lines_are_withheld(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"user": "anna", "a": "b"}\n{"user": "anna", oops\n')
    with triage([path], pseudonyms=KEY) as answer:
        (rejected,) = answer.report.sources[0].rejected
    assert rejected.count == 1 and rejected.examples == ((1, WITHHELD),)


def revealed(text, ending):
    return "".join(reveal_file(io.StringIO(text, newline=""), ending, KEY))


def test_files_are_revealed_by_their_grammar(tmp_path):
    odd = 'OFFICE\\ch"loe, =1'
    token = KEY.token("user", odd)
    page = {"user": token, "all": [f"<{token}>", 1, None]}
    assert json.loads(revealed(json.dumps(page) + "\n", ".jsonl")) == {"user": odd, "all": [f"<{odd}>", 1, None]}
    assert revealed(f"no json {token}\n", ".jsonl") == f"no json {odd}\n"
    writer = CsvWriter(tmp_path / "a.csv", {"a": "text", "b": "text"})
    writer.write({"a": token, "b": f"x {KEY.token('user', '=cmd')}"})
    writer.write({"a": KEY.token("user", "=cmd"), "b": "'"})
    writer.close()
    with (tmp_path / "a.csv").open(newline="") as file:
        table = list(csv.reader(io.StringIO("".join(reveal_file(file, ".csv", KEY)), newline="")))
    assert table == [["a", "b"], [odd, "x =cmd"], ["'=cmd", "''"]]
    foreign = OTHER.token("user", "x")
    assert revealed(f"CEF:0|{token}|\n{foreign}", ".cef") == f"CEF:0|{odd}|\n{foreign}"


@pytest.mark.parametrize(
    "pattern", ["otrf_windows/*psexec_lsa*", "otrf_windows/*dcsync_dcerpc*", "ait_ads/russellmitchell*", "web/*"]
)
def test_no_name_survives_in_real_logs(assay_data: Path, tmp_path: Path, pattern: str) -> None:
    paths = sorted((assay_data / "logs").glob(pattern))[:2]
    if not paths:
        pytest.skip(f"no {pattern} in the evaluation data")
    if "ait" in pattern:
        import zstandard

        paths = [tmp_path / "alerts.csv"]
        source = next((assay_data / "logs").glob(pattern))
        with source.open("rb") as packed:
            head = zstandard.ZstdDecompressor().stream_reader(packed).read(1_500_000)
        paths[0].write_bytes(head.rpartition(b"\n")[0])
    known: set[str] = set()
    for batch in open_sources(paths).batches():
        known |= {value for column in COLUMNS for value in batch.frame[column].drop_nulls()}
    known = {name for name in known if len(name) >= 3 and not name.isdigit() and name.casefold() not in PUBLIC}
    assert known
    with triage(paths, pseudonyms=KEY) as answer:
        pages = [incident_json(incident) for incident in answer.incidents]
        texts = {text for page in pages for text in (*_texts(page), *_texts(incident_row(page)))}
        for row, record in answer.detailed():
            texts.update(_texts(row))
            texts.update(_texts({k: v for k, v in record.items() if isinstance(v, str | list)}))
    told = TOKEN.sub("|", "\n".join(texts))
    assert "|" in told
    low = told.casefold()
    left = {name for name in known if name.casefold() in low and whole_words(name, told)}
    assert not left


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
