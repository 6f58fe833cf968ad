"""Keys: stable, defined by bytes, independent of their neighbours."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from assay.triage.counting.keys import LONGEST, hashed, joined, number_keys

WORD = (1 << 64) - 1


def mixed(x):
    x &= WORD
    x ^= x >> 30
    x = x * 0xBF58476D1CE4E5B9 & WORD
    x ^= x >> 27
    x = x * 0x94D049BB133111EB & WORD
    return x ^ (x >> 31)


def by_definition(text):
    """The documented definition, one byte string at a time, in Python's own integers."""
    data = text.encode()
    words = [data[at : at + 8] for at in range(0, max(len(data), 1), 8)]
    if len(words) > LONGEST:
        kept = words[: LONGEST - 16]
        tail = data[-128:]
        words = kept + [tail[at : at + 8] for at in range(0, 128, 8)]
    total = sum(
        mixed(int.from_bytes(word, "little") + (place + 1) * 0x9E3779B97F4A7C15)
        for place, word in enumerate(words)
    )
    key = mixed(total + len(data) * 0xBF58476D1CE4E5B9)
    return key - (1 << 64) if key >> 63 else key


@given(st.lists(st.text(max_size=700), max_size=12))
def test_keys_follow_their_definition(texts):
    assert hashed(pl.Series(texts, dtype=pl.String)).tolist() == [by_definition(text) for text in texts]


def test_keys_are_pinned():
    # Baselines on disk depend on these numbers.
    texts = ["", "a", "C:\\Windows"]
    known = dict(zip(texts, hashed(pl.Series(texts)).tolist(), strict=True))
    assert known == {"": 5197578548964807871, "a": -3679960021816422686, "C:\\Windows": -922565621057914492}


def test_long_values_differ_by_their_ends_and_their_length():
    base = "x" * 5000
    others = ["y" + base[1:], base[:-1] + "y", base + "x"]
    keys = hashed(pl.Series([base, *others]))
    assert len(set(keys.tolist())) == 4


def test_hashes_of_similar_strings_do_not_collide():
    texts = pl.Series([f"host-{i}" for i in range(200_000)])
    assert len(np.unique(hashed(texts))) == 200_000


def test_numbers_near_each_other_share_a_key():
    keys = number_keys(np.array([1000.0, 1010.0, 3000.0, -1000.0, 7.0, 8.0, 7.5, 0.0, -0.0]))
    assert keys[0] == keys[1] != keys[2]
    assert keys[3] not in (keys[0], keys[2])
    assert len({keys[4], keys[5], keys[6], keys[7]}) == 4
    assert keys[7] == keys[8]


def test_the_order_of_joined_keys_counts():
    a, b = np.array([1], np.int64), np.array([2], np.int64)
    assert joined(a, b)[0] != joined(b, a)[0]
