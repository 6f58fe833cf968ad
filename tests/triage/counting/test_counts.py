"""Counts: addition, order, cap, disk."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from assay.models.artifact.tensors import pack_tensors, unpack_tensors
from assay.models.networks.rarity_tables import entry_keys
from assay.triage.counting.counts import EMPTY, Counter, Counts

pairs = st.lists(st.tuples(st.integers(-3, 3), st.integers(-50, 50)), max_size=60)


def counts_of(rows, cap=1_000_000):
    counter = Counter(cap)
    add(counter, rows)
    return counter.counts()


def add(counter, rows):
    context = np.array([row[0] for row in rows], np.int64)
    value = np.array([row[1] for row in rows], np.int64)
    counter.add(entry_keys(context, value), context, np.ones(len(rows), np.int64))


def same(first, second):
    return first.entries.equals(second.entries) and first.contexts.equals(second.contexts)


@given(pairs, pairs)
def test_the_sum_equals_counting_both(first, second):
    assert same(counts_of(first) + counts_of(second), counts_of(first + second))


@given(pairs, pairs, pairs)
def test_the_order_of_addition_does_not_matter(a, b, c):
    x, y, z = counts_of(a), counts_of(b), counts_of(c)
    assert same((x + y) + z, z + (y + x))


@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert same(counts_of(rows), counts_of(shuffled))


@given(pairs)
def test_saving_and_loading_changes_no_bit(rows):
    counts = counts_of(rows)
    data = np.frombuffer(pack_tensors(counts.state()), np.uint8)
    assert same(Counts.from_state(unpack_tensors(data, "counts")), counts)


@given(pairs)
def test_totals_are_the_sums_of_the_entries(rows):
    counts = counts_of(rows)
    sums = counts.entries.group_by("context").agg(pl.col("count").sum()).sort("context")
    assert sums["count"].to_list() == counts.contexts["total"].to_list()
    assert counts.contexts["total"].sum() == len(rows)


def test_counting_in_pieces_gives_the_same(monkeypatch):
    monkeypatch.setattr("assay.triage.counting.counts.PENDING", 10)
    counter = Counter()
    rows = [(n % 3, n % 7) for n in range(100)]
    for row in rows:
        add(counter, [row])
    assert same(counter.counts(), counts_of(rows))


def test_nothing_counted_is_the_zero_of_addition():
    counts = counts_of([(1, 2), (1, 3)])
    assert same(EMPTY + counts, counts)
    assert same(counts_of([]), EMPTY)


def test_the_cap_drops_what_says_least_and_says_how_much():
    useful = [(1, 5)] * 40 + [(1, 6)] * 10 + [(1, 7)]
    unique = [(2, value) for value in range(1000)]
    counts = counts_of(useful + unique, cap=100)
    assert len(counts) == 100
    assert counts.spilled == 903
    totals = dict(counts.contexts.select("context", "total").iter_rows())
    assert totals == {1: 51, 2: 1000}
    kept = counts.entries.filter(pl.col("context") == 1)["count"].sort().to_list()
    assert kept == [1, 10, 40]


def test_what_the_cap_drops_does_not_depend_on_order():
    rows = [(c, v) for c in range(5) for v in range(200)]
    assert same(counts_of(rows, cap=77), counts_of(rows[::-1], cap=77))


def test_many_different_pairs_stay_within_the_cap_as_they_come(monkeypatch):
    monkeypatch.setattr("assay.triage.counting.counts.PENDING", 300)
    counter, rows = Counter(100), [(value % 3, value) for value in range(5000)]
    for start in range(0, 5000, 250):
        add(counter, rows[start : start + 250] + [(7, 1)] * 5)
        assert counter._height + len(counter._counts) + (0 if counter._sums is None else len(counter._sums[0])) <= 951
    counts = counter.counts()
    assert len(counts) == 100
    assert counts.contexts["total"].sum() == 5000 + 20 * 5
    assert counts.spilled == 5000 - 99
    assert counts.entries["count"].max() == 100
