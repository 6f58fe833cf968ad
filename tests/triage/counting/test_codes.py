"""Codes: equal values have equal numbers, other values others, absent values none."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.triage.counting import codes
from assay.triage.counting.codes import Codes, column_codes, crossed, distinct, numbered, spelt, text_column
from assay.triage.counting.keys import hashed, number_keys
from assay.triage.records.spelling import alphabet_keys

texts = st.lists(st.one_of(st.none(), st.text(max_size=4), st.sampled_from(["a", "b", "1"])), max_size=60)


def spread(values):
    return (np.asarray(values, np.int64) * 7919).astype(np.uint64)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=300))
def test_distinct_numbers_and_examples_belong_together(values):
    code, first = distinct(spread(values))
    assert len(first) == len(set(values)) == code.max() + 1
    assert [values[first[number]] for number in code] == values


@pytest.mark.parametrize("count", [1, 2, 5_000, 400_000])
def test_distinct_survives_crowded_tables(count, monkeypatch):
    monkeypatch.setattr(codes, "_LARGEST", 10)
    values = np.random.default_rng(count).integers(0, count, count)
    code, first = distinct(values.astype(np.uint64))
    assert np.array_equal(values[first][code], values)
    assert len(first) == len(np.unique(values))


@given(texts)
def test_a_column_keeps_its_keys(values):
    column = pl.Series(values, dtype=pl.String)
    made = column_codes(column)
    if made is None:
        assert column.null_count() == len(column)
        return
    assert made.key[0] == 0
    for value, code in zip(values, made.code, strict=True):
        assert (code == 0) == (value is None)
        if value is not None:
            assert made.key[code] == hashed(pl.Series([value]))[0]
    assert len(made.key) == len({value for value in values if value is not None}) + 1


def test_numbers_are_keyed_as_numbers_where_asked():
    column = pl.Series(["1000", "1000.0", "ten", None, "inf"])
    text = text_column(column)
    assert text is not None
    made, number = numbered(text)
    assert number[made.code].tolist() == [True, True, False, False, False]
    keys = made.key[made.code]
    assert keys[0] == keys[1] == number_keys(np.array([1000.0]))[0]
    assert keys[2:].tolist() == [hashed(pl.Series(["ten"]))[0], 0, hashed(pl.Series(["inf"]))[0]]


def test_alphabets_are_coded_by_what_they_are():
    column = pl.Series(["abc", None, "a1", "xyz", "", "b2", "abc"])
    text = text_column(column)
    assert text is not None
    made = spelt(text)
    assert made.code[0] == made.code[3] == made.code[6] != made.code[2] == made.code[5]
    assert made.code[1] == 0 and len(made.key) == 4
    there = [0, 2, 3, 4, 5, 6]
    assert made.key[made.code[there]].tolist() == alphabet_keys(column.gather(there)).tolist()


@pytest.mark.parametrize("wide", [False, True], ids=["table", "distinct"])
def test_pairs_are_numbered_and_counted(wide):
    rng = np.random.default_rng(4)
    size = 3000 if wide else 6
    left = Codes(rng.integers(0, size, 2000).astype(np.int32), np.arange(size))
    right = Codes(rng.integers(0, size, 2000).astype(np.int32), np.arange(size))
    both = crossed(left, right)
    there = (left.code > 0) & (right.code > 0)
    assert np.array_equal(both.code > 0, there)
    assert np.array_equal(both.left[both.code], np.where(there, left.code, 0))
    assert np.array_equal(both.right[both.code], np.where(there, right.code, 0))
    assert np.array_equal(both.count, np.append(0, np.bincount(both.code)[1:]))
    assert len(both.count) == len(set(zip(left.code[there].tolist(), right.code[there].tolist(), strict=True))) + 1
