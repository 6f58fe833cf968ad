"""Marks on disk, and the incidents they speak of."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.triage.feedback.marks import Mark
from assay.triage.feedback.memory import IncidentUnknown, Memory, Remembered
from assay.triage.feedback.store import FeedbackFileUnreadable, FeedbackStore, FeedbackUnknown
from assay.triage.limits import DEFAULT
from assay.triage.ranking.identity import Kind, Place

KIND = Kind("db1", "sshd | login", "source_ip", "10.9.9.9")
NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)


def remembered(number=1, **other):
    made = {
        "id": f"{number:016x}",
        "artifact": "site@1.0.0 sha256:ab",
        "baseline": "site@1.0.0",
        "summary": "Something.",
        "places": (Place("db1", "sshd | login", number), Place("db1", "sudo", number)),
        "kind": KIND,
    }
    return Remembered(**{**made, **other})


@pytest.fixture
def store(tmp_path):
    return FeedbackStore(tmp_path / "new" / "feedback.jsonl")


def test_a_mark_says_who_when_what_and_by_which_artifact(store):
    said = store.add(remembered(), "benign", reason="backup", until=date(2026, 4, 1), by="ana", at=NOW)
    (mark,) = store.read().marks
    assert mark == said
    assert (mark.by, mark.at, mark.artifact, mark.until) == ("ana", NOW, "site@1.0.0 sha256:ab", date(2026, 4, 1))
    assert mark.places == remembered().places and mark.kind == KIND


def test_the_last_word_counts_and_nothing_is_ever_rewritten(store):
    before = b""
    for step in (
        lambda: store.add(remembered(1), "benign", at=NOW),
        lambda: store.add(remembered(2), "false", at=NOW),
        lambda: store.add(remembered(1), "true", at=NOW),
        lambda: store.remove(remembered(2).id, by="ben"),
    ):
        step()
        after = store.path.read_bytes()
        assert after.startswith(before) and after != before
        before = after
    (mark,) = store.read().marks
    assert (mark.incident, mark.verdict) == (remembered(1).id, "true")
    assert json.loads(before.splitlines()[-1])["by"] == "ben"


def test_a_removed_mark_can_be_made_again(store):
    store.add(remembered(), "false", at=NOW)
    store.remove(remembered().id[:15])
    assert store.read().marks == ()
    store.add(remembered(), "benign", at=NOW)
    assert [mark.verdict for mark in store.read().marks] == ["benign"]


@pytest.mark.parametrize("wanted", ["", "ffff", "0000"])
def test_what_is_unknown_or_unclear_is_not_removed(store, wanted):
    store.add(remembered(1), "false")
    store.add(remembered(2), "false")
    with pytest.raises(FeedbackUnknown):
        store.remove(wanted)
    assert len(store.read().marks) == 2


def test_damaged_lines_are_counted_and_stop_nothing(store):
    store.add(remembered(1), "false")
    with store.path.open("ab") as file:
        file.write(b'{"incident": 1}\n[]\n\xff\n{"verdict": "maybe"}\n' + b"[" * 100_000 + b"\n" + b'{"cut')
    store.add(remembered(2), "true")  # an unfinished line does not swallow the next one
    known = store.read()
    assert [mark.verdict for mark in known.marks] == ["false", "true"] and known.damaged == 6


def test_a_file_that_is_none_or_too_large_is_an_error(tmp_path, store):
    assert store.read().marks == ()
    with pytest.raises(FeedbackFileUnreadable):
        FeedbackStore(tmp_path).read()
    store.add(remembered(), "true")
    with store.path.open("r+b") as file:
        file.truncate(DEFAULT.feedback_bytes + 1)
    with pytest.raises(FeedbackFileUnreadable, match="larger"):
        store.read()


text = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    verdict=st.sampled_from(["true", "false", "benign"]),
    reason=text,
    until=st.none() | st.dates(),
    kind=st.builds(Kind, text, text, text, text),
    places=st.lists(st.builds(Place, text, text, st.integers(-(2**40), 2**40)), max_size=3),
)
def test_marks_come_back_as_they_went(verdict, reason, until, kind, places):
    mark = Mark("00", verdict, reason, until, "ana", NOW, None, None, "s", tuple(places), kind)
    assert Mark.from_json(json.loads(json.dumps(mark.to_json()))) == mark
    assert mark.rule()


def test_it_counts_to_the_end_of_its_last_day():
    mark = Mark("00", "false", "", date(2026, 3, 17), "", NOW, None, None, "", (), KIND)
    assert mark.active(datetime(2026, 3, 17, 23, 59, tzinfo=UTC))
    assert not mark.active(datetime(2026, 3, 18, tzinfo=UTC))


def test_an_incident_shown_lately_is_found_by_the_beginning_of_its_id(tmp_path):
    memory = Memory(tmp_path / "new")
    memory.add([remembered(0x10), remembered(0x20)])
    memory.add([remembered(0x20, summary="Again.")])
    assert memory.find(f"{0x20:016x}").summary == "Again."
    assert memory.find("000000000000001") == remembered(0x10)
    for wanted in ("", "f", "00"):
        with pytest.raises(IncidentUnknown):
            memory.find(wanted)


def test_what_is_remembered_is_bounded_and_the_oldest_go(tmp_path):
    memory = Memory(tmp_path)
    memory.add(remembered(number) for number in range(DEFAULT.remembered + 5))
    assert len(memory.path.read_bytes().splitlines()) == DEFAULT.remembered
    with pytest.raises(IncidentUnknown):
        memory.find(remembered(4).id)
    assert memory.find(remembered(5).id) == remembered(5)


def test_a_damaged_memory_forgets(tmp_path):
    memory = Memory(tmp_path)
    memory.path.write_bytes(b"\x00\n{}\n[1]\n")
    memory.add([remembered()])
    assert memory.find(remembered().id) == remembered()
