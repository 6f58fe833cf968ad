"""Order of reasons: by bits, but what names something before what is only spelt oddly."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assay.triage.answer import Reason
from assay.triage.words.leading import GIVES_WAY, in_order


def reason(field, bits, detector="rare-value"):
    return Reason(field, "v", "site", 1, 100, bits, f"{field} is rare", detector)


def fields(*reasons):
    return [each.field for each in in_order(reasons)]


def test_a_mix_of_characters_gives_way_to_what_is_about_as_strong():
    assert fields(reason("message", 7.0, "spelling"), reason("user", 6.6)) == ["user", "message"]
    assert fields(reason("message", 7.0, "spelling"), reason("user", 6.4)) == ["message", "user"]


def test_the_command_line_is_told_before_the_parent_that_says_the_same():
    parent, command = reason("parent", 9.4, "program-presence"), reason("command", 5.9, "program-presence")
    assert fields(parent, reason("type", 6.2), command) == ["type", "command", "parent"]


def test_a_parent_that_is_itself_unusual_keeps_its_place():
    odd = reason("parent", 9.4, "parent-child")
    assert fields(odd, reason("command", 5.9, "program-presence")) == ["parent", "command"]


def test_company_is_told_last():
    assert fields(reason("company", 30.0, "company"), reason("type", 1.0)) == ["type", "company"]


_REASONS = st.lists(
    st.builds(
        reason,
        st.sampled_from(["command", "parent", "type", "user", "company", "message"]),
        st.floats(0, 40),
        st.sampled_from(["spelling", "program-presence", "rare-value"]),
    ),
    max_size=8,
)


@given(_REASONS)
def test_nothing_is_lost_and_the_order_is_stable(reasons):
    ordered = in_order(reasons)
    assert sorted(map(id, ordered)) == sorted(map(id, reasons))
    assert in_order(ordered) == ordered


@given(_REASONS)
def test_no_named_thing_comes_after_a_weaker_one(reasons):
    ordered = [each for each in in_order(reasons) if each.field not in ("company", "parent")]
    for before, after in pairwise(ordered):
        assert before.bits >= after.bits - (GIVES_WAY if after.detector == "spelling" else 0)
