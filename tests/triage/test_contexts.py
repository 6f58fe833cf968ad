"""Contexts: which pairs a record has, and what enters them."""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from assay.triage.contexts import EXTRAS, PAIRS, SLOT, SPELT_EXTRAS, Encoder
from assay.triage.fields import conform


def frame_of(rows, source=0):
    columns = {name: [row.get(name) for row in rows] for row in rows for name in row}
    made = pl.DataFrame(columns).with_columns(
        source=pl.lit(source, pl.UInt32),
        row=pl.int_range(len(rows)).cast(pl.UInt64),
        time=pl.lit(datetime(2026, 1, 1, tzinfo=UTC)),
    )
    return conform(made)


def at(name):
    return [pair.name for pair in PAIRS].index(name)


def test_a_pair_is_there_when_its_context_and_its_value_are():
    rows = [
        {"host": "a", "user": "u", "event_id": "1", "channel": "c", "source_ip": None},
        {"host": None, "user": "u", "event_id": "1", "channel": "c", "source_ip": "10.0.0.1"},
    ]
    present = Encoder().encode(frame_of(rows)).present
    assert present[:, at("site>type")].tolist() == [True, True]
    assert present[:, at("host>type")].tolist() == [True, False]
    assert present[:, at("user>source_ip")].tolist() == [False, True]
    assert not present[:, at("parent>process")].any()


def test_equal_values_in_equal_contexts_have_equal_keys_and_others_do_not():
    rows = [{"host": h, "user": u, "action": "x"} for h, u in (("a", "u"), ("a", "u"), ("b", "u"), ("a", "v"))]
    made = Encoder().encode(frame_of(rows))
    context, value = made.context[:, at("host>user")], made.value[:, at("host>user")]
    assert context[0] == context[1] == context[3] != context[2]
    assert value[0] == value[1] == value[2] != value[3]
    assert made.context[0, at("host>user")] != made.context[0, at("host>process")]


def test_previous_goes_by_host_and_user_in_order_and_starts_anew_with_a_source():
    rows = [
        {"host": "a", "user": "u", "action": "one"},
        {"host": "b", "user": "u", "action": "two"},
        {"host": "a", "user": "u", "action": "three"},
    ]
    encoder = Encoder()
    place = at("previous>type")
    first = encoder.encode(frame_of(rows))
    assert first.present[:, place].tolist() == [False, False, True]
    more = encoder.encode(frame_of(rows[:1]))
    assert more.present[:, place].tolist() == [True]
    other = encoder.encode(frame_of(rows[:1], source=1))
    assert other.present[:, place].tolist() == [False]


def test_cutting_a_source_into_pieces_changes_no_key():
    rows = [{"host": f"h{n % 3}", "user": f"u{n % 2}", "action": f"a{n % 5}"} for n in range(40)]
    frame = frame_of(rows)
    whole = Encoder().encode(frame)
    encoder = Encoder()
    parts = [encoder.encode(frame[start : start + 7]) for start in range(0, 40, 7)]
    for name in ("context", "value", "present"):
        assert np.array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name))


def test_further_fields_are_judged_by_name_within_the_type():
    rows = [
        {"action": "x", "extra_names": ["p", "q"], "extra_values": ["1", "red"]},
        {"action": "x", "extra_names": ["q"], "extra_values": ["red"]},
        {"action": "y", "extra_names": ["q"], "extra_values": ["red"]},
        {"action": "x", "extra_names": None, "extra_values": None},
    ]
    made = Encoder().encode(frame_of(rows))
    first, second = len(PAIRS), len(PAIRS) + SLOT
    assert made.context[0, second] == made.context[1, first] != made.context[2, first]
    assert made.value[0, second] == made.value[1, first] == made.value[2, first]
    assert made.present[:, first].tolist() == [False, True, True, False]


def test_too_many_further_fields_are_left_out():
    names = [f"f{n}" for n in range(EXTRAS + 9)]
    made = Encoder().encode(frame_of([{"action": "x", "extra_names": names, "extra_values": names}]))
    assert made.context.shape == (1, len(PAIRS) + SLOT * EXTRAS)


def test_records_of_unknown_type_are_judged_together():
    made = Encoder().encode(frame_of([{"host": "a"}, {"host": "a"}]))
    assert made.present[:, at("site>type")].all()
    assert made.value[0, at("site>type")] == made.value[1, at("site>type")]


def test_that_a_record_has_no_command_is_a_value_too():
    made = Encoder().encode(frame_of([{"action": "x", "command": "whoami"}, {"action": "x"}]))
    assert made.present[:, at("site>command")].tolist() == [True, True]
    assert made.value[0, at("site>command")] != made.value[1, at("site>command")]
    assert made.present[:, at("type>command")].tolist() == [True, False]


def test_a_number_is_judged_within_its_method_and_nowhere_else():
    rows = [
        {"action": action, "method": method, "extra_names": ["size"], "extra_values": ["70"]}
        for action, method in (("x", "tcp"), ("y", "tcp"), ("x", "udp"), ("x", None))
    ]
    made = Encoder().encode(frame_of(rows))
    first = len(PAIRS)
    assert made.present[:, first : first + SLOT].tolist() == [[False, False, True]] * 4
    owner = made.context[:, first + SLOT - 1]
    assert owner[0] == owner[1] and len(set(owner.tolist())) == 3


def test_an_alphabet_is_judged_where_values_are_all_different():
    rows = [{"action": "x", "url": f"/{word}"} for word in ("abc", "xyz", "a'b")]
    made = Encoder().encode(frame_of(rows))
    value = made.value[:, at("type>url~")]
    assert value[0] == value[1] != value[2]
    assert made.value[0, at("type>url")] != made.value[1, at("type>url")]


def test_alphabets_of_further_fields_are_for_records_of_few():
    few = {"action": "x", "extra_names": ["q"], "extra_values": ["a=b"]}
    names = [f"f{n}" for n in range(SPELT_EXTRAS + 1)]
    many = {"action": "x", "extra_names": names, "extra_values": names}
    made = Encoder().encode(frame_of([few, many]))
    assert made.present[:, len(PAIRS) + 1].tolist() == [True, False]
