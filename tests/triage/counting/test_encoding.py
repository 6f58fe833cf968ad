"""Encoding: which pairs a record has, and what enters them."""

from datetime import UTC, datetime
from functools import cache

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.models.networks.rarity_tables import entry_keys, mix
from assay.triage.counting.contexts import EXTRAS, NUMERIC, PAIRS, PRESENCE_PAIRS, SLOT, SPELT_EXTRAS
from assay.triage.counting.encoding import encode, joined_up
from assay.triage.counting.keys import hashed, joined, number_keys, salt
from assay.triage.counting.succession import REMEMBERED, Succession
from assay.triage.records.fields import conform
from assay.triage.records.spelling import alphabet_keys


def frame_of(rows, source=0):
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    made = pl.DataFrame(columns).with_columns(
        source=pl.lit(source, pl.UInt32) if "source" not in columns else pl.col("source").cast(pl.UInt32),
        row=pl.int_range(len(rows)).cast(pl.UInt64),
        time=pl.lit(datetime(2026, 1, 1, tzinfo=UTC)),
    )
    return conform(made)


def at(name):
    return [pair.name for pair in PAIRS].index(name)


def looks(encoded, height):
    """Per record, what it asks: pair to (entry, context); and per entry, how many records ask it."""
    rows = [
        {
            int(pair): (int(encoded.entry[place - 1]), int(encoded.context[place - 1]))
            for pair, place in zip(encoded.pair, encoded.index[row], strict=True)
            if place
        }
        for row in range(height)
    ]
    counts: dict[int, int] = {}
    for entry, count in zip(encoded.entry.tolist(), encoded.count.tolist(), strict=True):
        counts[entry] = counts.get(entry, 0) + count
    return rows, counts


def asked(rows):
    """The same by definition, one record at a time."""
    frame = frame_of(rows)
    last: dict[tuple[object, ...], str] = {}
    found = []
    for record in frame.iter_rows(named=True):
        record["type"] = record["type"] or ""
        entity = (record["source"], record["host"], record["user"])
        record["previous"], last[entity] = last.get(entity), record["type"]
        mine = {}
        for place, pair in enumerate(PAIRS):
            value = record[pair.field]
            if any(record[name] is None for name in pair.context) or (value is None and pair not in PRESENCE_PAIRS):
                continue
            owner = [key_of(record[name], name in NUMERIC) for name in pair.context]
            judged = letters_of(value) if pair.spelt else key_of(value, pair.field in NUMERIC)
            mine[place] = pair_of(salt(pair.name), owner, judged)
        extras = list(zip(record["extra_names"], record["extra_values"], strict=True))
        for slot, (name, value) in enumerate(extras[:EXTRAS]):
            if value is None:
                continue
            place, kind = len(PAIRS) + SLOT * slot, [key_of(record["type"]), key_of(name)]
            if is_number(value):
                way = [key_of(record["method"]), key_of(name)]
                mine[place + 2] = pair_of(salt("method>extra"), way, key_of(value, True))
                continue
            mine[place] = pair_of(salt("type>extra"), kind, key_of(value))
            if len(extras) <= SPELT_EXTRAS:
                mine[place + 1] = pair_of(salt("type>extra~"), kind, letters_of(value))
        found.append(mine)
    return found


def letters_of(value):
    return alphabet_keys(pl.Series([value]))[0]


def is_number(value):
    try:
        return bool(np.isfinite(float(value.replace("_", "x"))))
    except ValueError:
        return False


@cache
def key_of(value, numeric=False):
    if value is None:
        return np.int64(0)
    if numeric and is_number(value):
        return number_keys(np.array([float(value)]))[0]
    return hashed(pl.Series([value]))[0]


def pair_of(own_salt, owner, value):
    context = mix(joined(*(np.array([key]) for key in (own_salt, *owner))))
    return int(entry_keys(context, np.array([value]))[0]), int(context[0])


few = st.sampled_from([None, "a", "b", "", "c"])
records = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.just(0),
            "host": few,
            "user": few,
            "action": few,
            "source_ip": few,
            "process": few,
            "parent": few,
            "command": few,
            "bytes": st.sampled_from([None, "7", "7.0", "1000", "1001", "none"]),
            "method": st.sampled_from([None, "tcp", "udp"]),
            "url": st.sampled_from([None, "/abc", "/xyz", "/a'b"]),
            "extra_names": st.just(["p", "q"]),
            "extra_values": st.tuples(few, st.sampled_from(["1", "1.0", None, "x"])).map(list),
        }
    ),
    min_size=1,
    max_size=25,
)
slow = settings(max_examples=25, deadline=None)


@slow
@given(records)
def test_every_record_asks_what_the_definition_says(rows):
    encoded, _ = encode(frame_of(rows))
    found, counts = looks(encoded, len(rows))
    wanted = asked(rows)
    assert found == wanted
    total: dict[int, int] = {}
    for row in wanted:
        for entry, _ in row.values():
            total[entry] = total.get(entry, 0) + 1
    assert counts == total


@slow
@given(records, st.integers(1, 9))
def test_cutting_a_source_into_pieces_changes_nothing(rows, size):
    frame = frame_of(rows)
    succession, found = Succession(), []
    for start in range(0, len(rows), size):
        piece = frame[start : start + size]
        encoded, border = encode(piece)
        found += looks(joined_up(encoded, *succession.join(border)), piece.height)[0]
    assert found == looks(encode(frame)[0], len(rows))[0]


def test_previous_goes_by_host_and_user_in_order_and_starts_anew_with_a_source():
    rows = [
        {"host": "a", "user": "u", "action": "one"},
        {"host": "b", "user": "u", "action": "two"},
        {"host": "a", "user": "u", "action": "three"},
    ]
    place, succession = at("previous>type"), Succession()

    def has(frame):
        encoded, border = encode(frame)
        return [place in row for row in looks(joined_up(encoded, *succession.join(border)), frame.height)[0]]

    assert has(frame_of(rows)) == [False, False, True]
    assert has(frame_of(rows[:1])) == [True]
    assert has(frame_of(rows[:1], source=1)) == [False]
    several = [{**row, "source": source} for source in (1, 2) for row in rows]
    assert has(frame_of(several)) == [True, False, True, False, False, True]
    assert has(frame_of(rows[:1], source=2)) == [True]


def test_what_came_before_is_remembered_of_a_bounded_number():
    succession = Succession()
    names = [f"u{n}" for n in range(REMEMBERED + 10)]
    everyone = frame_of([{"host": "a", "user": name, "action": "x"} for name in names])
    succession.join(encode(everyone)[1])
    assert len(succession._last) == REMEMBERED
    assert len(succession.join(encode(everyone[:10])[1])[0]) == 0
    assert len(succession.join(encode(everyone[-10:])[1])[0]) == 10


def test_too_many_further_fields_are_left_out():
    names = [f"f{n}" for n in range(EXTRAS + 9)]
    rows = [
        {"action": "x", "extra_names": names, "extra_values": names},
        {"action": "x", "extra_names": ["a"], "extra_values": ["b"]},
    ]
    encoded, _ = encode(frame_of(rows))
    assert encoded.pair.max() == len(PAIRS) + SLOT * (EXTRAS - 1)
    slots = [[pair - len(PAIRS) for pair in row if pair >= len(PAIRS)] for row in looks(encoded, 2)[0]]
    assert slots == [[SLOT * slot for slot in range(EXTRAS)], [0, 1]]


def test_a_number_is_judged_within_its_method_and_nowhere_else():
    rows = [
        {"action": action, "method": method, "extra_names": ["size"], "extra_values": ["70"]}
        for action, method in (("x", "tcp"), ("y", "tcp"), ("x", "udp"), ("x", None))
    ]
    found = looks(encode(frame_of(rows))[0], 4)[0]
    assert [[pair for pair in row if pair >= len(PAIRS)] for row in found] == [[len(PAIRS) + SLOT - 1]] * 4
    owner = [row[len(PAIRS) + SLOT - 1][1] for row in found]
    assert owner[0] == owner[1] and len(set(owner)) == 3


def test_an_alphabet_is_judged_where_values_are_all_different():
    rows = [{"action": "x", "url": f"/{word}"} for word in ("abc", "xyz", "a'b")]
    found = looks(encode(frame_of(rows))[0], 3)[0]
    spelt = [row[at("type>url~")][0] for row in found]
    assert spelt[0] == spelt[1] != spelt[2]
    assert len({row[at("type>url")][0] for row in found}) == 3


def test_alphabets_of_further_fields_are_for_records_of_few():
    few = {"action": "x", "extra_names": ["q"], "extra_values": ["a=b"]}
    names = [f"f{n}" for n in range(SPELT_EXTRAS + 1)]
    many = {"action": "x", "extra_names": names, "extra_values": names}
    found = looks(encode(frame_of([few, many]))[0], 2)[0]
    assert [len(PAIRS) + 1 in row for row in found] == [True, False]


def test_records_of_unknown_type_are_judged_together():
    rows, counts = looks(encode(frame_of([{"host": "a"}, {"host": "a"}]))[0], 2)
    assert rows[0][at("site>type")] == rows[1][at("site>type")]
    assert counts[rows[0][at("site>type")][0]] == 2


def test_that_a_record_has_no_command_is_a_value_too():
    rows, _ = looks(encode(frame_of([{"action": "x", "command": "whoami"}, {"action": "x"}]))[0], 2)
    assert rows[0][at("site>command")] != rows[1][at("site>command")]
    assert [at("type>command") in row for row in rows] == [True, False]
