"""Alphabets: what values are made of."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from assay.triage.records.spelling import KINDS, alphabet_keys, alphabets, kinds


def test_kinds_of_characters():
    assert kinds("5' or 1=1") == ["digits", "small letters", "spaces", "'", "="]
    assert kinds("") == []
    assert kinds("\x00\tÄß") == ["control", "other letters"]
    assert kinds("~") == ["~"] == [KINDS[-1]]


@given(st.lists(st.text(max_size=12), max_size=20))
def test_each_value_by_itself_whatever_its_neighbours(values):
    made = alphabets(pl.Series(values, dtype=pl.String)).tolist()
    assert made == [int(alphabets(pl.Series([value], dtype=pl.String))[0]) for value in values]


@given(st.text(max_size=20))
def test_order_and_number_of_characters_do_not_matter(value):
    found = alphabets(pl.Series([value, value[::-1], value + value])).tolist()
    assert len(set(found)) == 1


def test_slices_and_nulls():
    column = pl.Series(["a", "B", None, "", "7"])
    assert alphabets(column[1:]).tolist() == alphabets(column).tolist()[1:]
    assert alphabets(column)[2] == alphabets(column)[3] == 0


def test_keys_are_pinned():
    # Saved baselines depend on these numbers.
    assert alphabet_keys(pl.Series(["", "a1-"])).tolist() == [2902805962516761537, -3714767099288052390]
