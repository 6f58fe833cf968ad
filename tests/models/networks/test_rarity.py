"""The rarity network: what its bits mean, and that torch and arrays agree."""

import numpy as np
import pytest

from assay.models.networks import rarity_arrays, rarity_tables
from assay.models.networks.rarity_arrays import RarityArrays
from assay.models.networks.rarity_roles import Roles, combine
from assay.models.networks.rarity_tables import Buckets, entry_keys, mix, tables

STEP = 0.5 / 1024
"""Bits are rounded to steps of 1/1024."""


def state_of(pairs, spilled=None):
    """State that counts some (context, value) pairs."""
    contexts = np.array([pair[0] for pair in pairs], np.int64)
    keys = entry_keys(contexts, np.array([pair[1] for pair in pairs], np.int64))
    key, first, count = np.unique(keys, return_index=True, return_counts=True)
    owner, total = np.unique(contexts, return_counts=True)
    return {
        "entry_key": key,
        "entry_context": contexts[first],
        "entry_count": count.astype(np.int64),
        "context_key": owner,
        "context_total": total.astype(np.int64),
        "context_spilled": np.zeros(len(owner), np.int64) if spilled is None else np.array(spilled, np.int64),
    }


def score(state, rows, *, included=False, event_pairs=0, alone_pairs=0, strong_pairs=0, burst=0.0):
    context = np.array([[pair[0] for pair in row] for row in rows], np.int64)
    value = np.array([[pair[1] for pair in row] for row in rows], np.int64)
    asked = feeds(context, value, np.ones(context.shape, np.bool_), burst)
    found = RarityArrays(state, included, Roles(event_pairs, alone_pairs, strong_pairs))(asked)
    return per_row(found, asked["index"])


def feeds(context, value, present, burst=0.0):
    """The network's input for rows of pairs, each distinct pair once."""
    entry = entry_keys(context, value)
    distinct, first, place = np.unique(entry, return_index=True, return_inverse=True)
    return {
        "entry": distinct,
        "context": context.reshape(-1)[first],
        "index": np.where(present, place.reshape(context.shape) + 1, 0).astype(np.int32),
        "pair": np.arange(context.shape[1], dtype=np.int16),
        "burst": np.full(len(context), burst, np.float32),
    }


def per_row(found, index):
    """Outputs of distinct pairs, spread over the rows again."""
    spread = {name: np.append(np.zeros(1, found[name].dtype), found[name])[index] for name in found if name != "raw"}
    return {"raw": found["raw"], **spread}


def test_bits_are_those_of_all_values_at_most_as_frequent():
    state = state_of([(1, 10)] * 12 + [(1, 11)] * 3 + [(1, 12)])
    found = score(state, [[(1, 10)], [(1, 11)], [(1, 12)]], included=True)
    assert found["bits"][:, 0] == pytest.approx([0.0, np.log2(16 / 4), np.log2(16 / 1)], abs=STEP)
    assert found["seen"][:, 0].tolist() == [12, 3, 1]
    assert found["of"][:, 0].tolist() == [16, 16, 16]


def test_a_field_whose_values_are_all_different_has_no_bits():
    state = state_of([(1, value) for value in range(1000)])
    assert score(state, [[(1, 7)]], included=True)["bits"][0, 0] == 0
    assert score(state, [[(1, 7)], [(1, 5000)]])["bits"][:, 0].tolist() == [0, 0]


def test_an_unseen_value_of_a_constant_field_has_the_surprise_of_one_in_all():
    state = state_of([(1, 10)] * 4120)
    found = score(state, [[(1, 99)]])
    assert found["bits"][0, 0] == pytest.approx(np.log2(4121), abs=STEP)
    assert (found["seen"][0, 0], found["of"][0, 0]) == (0, 4120)


def test_an_unknown_context_says_nothing():
    found = score(state_of([(1, 10)] * 50), [[(2, 10)]])
    assert (found["bits"][0, 0], found["of"][0, 0]) == (0, 0)


def test_spilled_observations_count_as_values_seen_once():
    bare = score(state_of([(1, 10)] * 90), [[(1, 99)]])["bits"][0, 0]
    state = state_of([(1, 10)] * 90, spilled=[9])
    state["context_total"] = state["context_total"] + 9
    assert score(state, [[(1, 99)]])["bits"][0, 0] == pytest.approx(np.log2(100 / 10), abs=STEP)
    assert bare == pytest.approx(np.log2(91), abs=STEP)


def test_an_absent_pair_says_nothing_and_burst_adds():
    state = state_of([(1, 10)] * 50)
    pair, network = (np.array([[1]], np.int64), np.array([[99]], np.int64)), RarityArrays(state, False, Roles(0))
    assert network(feeds(*pair, np.array([[False]]), 2.5))["raw"].tolist() == [2.5]
    assert network(feeds(*pair, np.array([[True]]), 2.5))["raw"][0] > 2.5


def test_many_mildly_odd_fields_do_not_outrank_one_rare_event_type():
    state = state_of(
        [(0, 1)] * 5000 + [(0, 2)] + [(c, v) for c in range(1, 30) for v in [1] * 9 + [2]]
    )
    wide = [(0, 1)] + [(c, 2) for c in range(1, 30)]
    rare = [(0, 2)] + [(c, 1) for c in range(1, 30)]
    raw = score(state, [wide, rare], included=True, event_pairs=1)["raw"]
    assert raw[1] > raw[0] > 0


def test_pairs_that_stand_alone_give_no_support():
    state = state_of([(0, 1)] * 15 + [(0, 2)] + [(c, v) for c in (1, 2, 3) for v in [1] * 7 + [2]])
    row = [[(0, 2), (1, 2), (2, 1), (3, 1)]]
    alone = score(state, row, included=True, event_pairs=1, alone_pairs=1)["raw"][0]
    support = score(state, row, included=True, event_pairs=1, alone_pairs=0)["raw"][0]
    assert alone == pytest.approx(4.0)
    assert support == pytest.approx(4.0 + 0.25 * 3.0 + 0.0625 * 3.0)


def test_a_row_scores_the_same_whatever_its_batch():
    rng = np.random.default_rng(5)
    pairs = [(int(c), int(v)) for c, v in zip(rng.integers(0, 9, 900), rng.geometric(0.3, 900), strict=True)]
    state = state_of(pairs)
    rows = [[pairs[i], pairs[i + 1], (3, 999)] for i in range(60)]
    together = score(state, rows, event_pairs=1)
    for at in (0, 17, 59):
        alone = score(state, [rows[at]], event_pairs=1)
        assert all(np.array_equal(alone[name][0], together[name][at]) for name in together)


def test_buckets_find_what_searchsorted_finds():
    rng = np.random.default_rng(3)
    top = np.iinfo(np.int64).max
    for size in (0, 1, 2, 500, 40_000):
        keys = np.append(np.unique(rng.integers(-(2**63), 2**63 - 1, size)), top)
        asked = np.concatenate([keys, rng.integers(-(2**63), 2**63 - 1, 999), [-(2**63), top, 0, -1]])
        assert np.array_equal(Buckets(keys).find(asked), np.searchsorted(keys, asked))


def test_buckets_find_in_keys_that_all_lie_together():
    keys = np.append(np.arange(300, dtype=np.int64), np.iinfo(np.int64).max)
    assert np.array_equal(Buckets(keys).find(keys), np.arange(301))


def test_keys_are_pinned():
    # Saved baselines depend on these numbers: they must not change with a library or a platform.
    assert mix(np.array([0, 1, -1], np.int64)).tolist() == [0, 6238072747940578789, -5417735806833148549]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("entry_count", lambda column: column[:-1]),
        ("entry_key", lambda column: column[::-1].copy()),
        ("context_total", lambda column: column.astype(np.int32)),
        ("context_key", lambda column: column + 1),
    ],
)
def test_a_damaged_state_is_refused(name, change):
    state = state_of([(1, 10), (1, 11), (2, 10), (2, 10)])
    with pytest.raises(ValueError):
        tables({**state, name: change(state[name])}, included=False)
    with pytest.raises(ValueError):
        tables({key: value for key, value in state.items() if key != name}, included=False)


def test_torch_gives_the_same_numbers():
    torch = pytest.importorskip("torch")
    from assay.models.networks.rarity import Rarity

    rng = np.random.default_rng(11)
    pairs = [(int(c), int(v)) for c, v in zip(rng.integers(-5, 20, 4000), rng.geometric(0.2, 4000), strict=True)]
    shape = (500, 12)
    asked = feeds(rng.integers(-6, 22, shape), rng.geometric(0.15, shape).astype(np.int64), rng.random(shape) < 0.8)
    asked |= {"burst": rng.random(500).astype(np.float32), "pair": np.sort(rng.permutation(14)[:12]).astype(np.int16)}
    asked["pair"][:3] = [0, 1, 3]
    # All sources are of one context.
    asked["context"][asked["index"][:, 1][asked["index"][:, 1] > 0] - 1] = 7
    every = (Roles(2, 3, 2), Roles(2, 2, 1, 6, 3, (1, 3)))
    for included, roles in [(included, roles) for included in (False, True) for roles in every]:
        state = state_of(pairs)
        arrays = RarityArrays(state, included, roles)(asked)
        made = Rarity(state, included, roles)({name: torch.from_numpy(array) for name, array in asked.items()})
        for name, array in arrays.items():
            assert np.array_equal(array, made[name].numpy()), name


def test_the_array_network_needs_no_torch():
    import ast
    from pathlib import Path

    trees = [ast.parse(Path(module.__file__).read_text()) for module in (rarity_arrays, rarity_tables)]
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else name.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert not any(name.startswith("torch") for name in imported)


def test_pairs_of_presence_support_more():
    state = state_of([(0, 1)] * 15 + [(0, 2)] + [(c, v) for c in (1, 2, 3) for v in [1] * 7 + [2]])
    row = [[(0, 2), (1, 2), (2, 1), (3, 1)]]
    found = score(state, row, included=True, event_pairs=1, strong_pairs=1)["raw"][0]
    assert found == pytest.approx(4.0 + 0.75 * 3.0)


def test_a_spread_counts_sources_not_records():
    # Context 5 holds all sources; 1 and 2 are event types, of which 2 has come from one source only, often.
    sources = [(5, source) for source in range(16)] + [(5, 3)] * 40
    state = state_of(sources + [(1, source) for source in range(16)] + [(2, 3)] * 40)
    asked = feeds(
        np.array([[5, 1], [5, 2], [5, 9]], np.int64),
        np.array([[0, 0], [3, 3], [4, 4]], np.int64),
        np.array([[True, True], [True, True], [True, False]]),
    )
    roles = Roles(1, 1, spread=(0, 1))
    found = RarityArrays(state, True, roles)(asked)
    wide = {name: found[f"spread_{name}"][asked["index"][:2, 1] - 1] for name in ("bits", "seen", "of")}
    assert {name: column.tolist() for name, column in wide.items()} == {
        "bits": [0.0, 4.0], "seen": [16, 1], "of": [16, 16],
    }  # fmt: skip
    assert found["raw"].tolist() == [0.0, 4.0, 0.0]
    later = RarityArrays(state, False, roles)(asked)
    assert later["spread_bits"][asked["index"][1, 1] - 1] == pytest.approx(np.log2(17 / 2), abs=STEP)


def test_numbers_add_up_beyond_what_one_may_have_by_chance():
    state = state_of([(0, 1)] * 15 + [(0, 2)] + [(c, v) for c in (1, 2, 3, 4) for v in [1] * 7 + [2]])
    row = [[(0, 2), (1, 1), (2, 2), (3, 1), (4, 2)]]
    roles = Roles(1, 0, 0, named_pairs=1, slot=2)
    context, value = (np.array([[pair[at] for pair in row[0]]], np.int64) for at in (0, 1))
    found = RarityArrays(state, True, roles)(feeds(context, value, np.ones((1, 5), np.bool_)))
    assert found["raw"][0] == pytest.approx(4.0 + 2 * 0.25 * (3.0 - 2.0))


def test_pairs_that_no_row_has_change_nothing():
    rng = np.random.default_rng(2)
    pairs = [(int(c), int(v)) for c, v in zip(rng.integers(0, 9, 900), rng.geometric(0.3, 900), strict=True)]
    network = RarityArrays(state_of(pairs), False, Roles(1, 1, 1, 4, 2))
    shape = (5000, 6)
    asked = feeds(rng.integers(0, 9, shape), rng.geometric(0.3, shape).astype(np.int64), rng.random(shape) < 0.7)
    asked["index"][:, [2, 4]] = 0
    without = {**asked, "index": asked["index"][:, [0, 1, 3, 5]], "pair": np.array([0, 1, 3, 5], np.int16)}
    assert np.array_equal(network(asked)["raw"], network(without)["raw"])
    part = {**asked, "index": asked["index"][4090:4100], "burst": asked["burst"][4090:4100]}
    assert np.array_equal(network(part)["raw"], network(asked)["raw"][4090:4100])


@pytest.mark.parametrize("roles", [Roles(2, 3, 2), Roles(2, 2, 1, 6, 3), Roles(0, 0, 0), Roles(1, 1, 1, 11, 3)])
def test_a_score_is_combined_as_it_is_defined(roles):
    rng = np.random.default_rng(1)
    bits = (rng.integers(0, 9000, (300, 12)) * (rng.random((300, 12)) < 0.6)).astype(np.float32) / 1024
    of = rng.integers(0, 3, bits.shape)
    found = combine(np.asfortranarray(bits), of, roles)
    number = roles.numbers(12)
    for row, seen, score in zip(bits, of, found, strict=True):
        fields, known = row[~number][roles.event_pairs :], seen[~number][roles.event_pairs :]
        alone = fields.max() - np.log2(max(int((known > 0).sum()), 1))
        support = np.sort(fields[roles.alone_pairs + roles.strong_pairs :])
        event = 0.0
        if roles.event_pairs:
            strong = fields[roles.alone_pairs :][: roles.strong_pairs].sum()
            event = row[: roles.event_pairs].max() + 0.75 * strong + 0.25 * support[-2:].sum() + support.sum() / 16
            event += 0.25 * np.maximum(row[number] - 2, 0).sum()
        assert score == pytest.approx(max(0.0, alone, event), abs=1e-4)
