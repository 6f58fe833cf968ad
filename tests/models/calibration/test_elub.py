"""The bounds against their definition: where a system, one misleading row richer, stops beating the prior."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.models.calibration.elub import bounds, effective


def beats_the_prior(t, log10_lr, labels):
    """Whether deciding by ``LR >= t`` costs less than always deciding by the prior odds ``1 / t``."""
    h1, h2 = np.sort(log10_lr[labels]), np.sort(log10_lr[~labels])
    # One more H1 row with LR 0 and one more H2 row with an infinite LR.
    misses = (np.searchsorted(h1, np.log10(t)) + 1) / (h1.size + 1)
    alarms = (h2.size - np.searchsorted(h2, np.log10(t)) + 1) / (h2.size + 1)
    p1, p2 = 1 / (1 + t), t / (1 + t)
    return p1 * misses + p2 * alarms < np.minimum(p1, p2)


@given(
    st.lists(st.integers(-30, 30).map(lambda v: v / 10), min_size=2, max_size=60),
    st.randoms(use_true_random=False),
)
def test_the_upper_bound_is_where_the_system_first_fails(values, random):
    log10_lr = np.array(values)
    labels = np.array([random.random() < 1 / (1 + 10**-v) for v in values])
    labels[:2] = [True, False]
    n1, n2 = labels.sum(), (~labels).sum()
    low, high = bounds(log10_lr, labels, np.ones(labels.size), n1, n2)
    assert -np.log10(n1 + 1) <= low <= 0 <= high <= np.log10(n2 + 1)
    grid = 10 ** (np.arange(0.0005, 3.1, 0.001))
    fine = beats_the_prior(grid, log10_lr, labels)
    inside = np.log10(grid) < high - 1e-9
    assert fine[inside].all()
    if high < 3:
        assert not fine[np.log10(grid) > high + 1e-9][0]
    # Exchanging the classes exchanges the bounds; only >= and > differ, and no grid point lies on a stated LR.
    mirrored = bounds(-log10_lr, ~labels, np.ones(labels.size), n2, n1)
    assert mirrored == (pytest.approx(-high), pytest.approx(-low))


def test_two_rows_support_nothing_and_no_information_neither():
    labels = np.array([True, False])
    assert bounds(np.array([9.0, -9.0]), labels, np.ones(2), 1, 1) == (0, 0)
    assert bounds(np.zeros(2), labels, np.ones(2), 1, 1) == (0, 0)


def test_weights_are_repeated_rows():
    generator = np.random.default_rng(0)
    labels = np.arange(40) % 2 == 0
    log10_lr = generator.normal(np.where(labels, 0.8, -0.8)).round(1)
    times = generator.integers(1, 4, 40)
    n1, n2 = times[labels].sum(), times[~labels].sum()
    weighted = bounds(log10_lr, labels, times.astype(float), n1, n2)
    repeated = bounds(np.repeat(log10_lr, times), np.repeat(labels, times), np.ones(times.sum()), n1, n2)
    assert weighted == pytest.approx(repeated)


def test_effective_rows():
    assert effective(np.ones(50)) == pytest.approx(50)
    assert effective(np.array([1.0, 0.0, 0.0])) == pytest.approx(1)
    assert effective(np.ones(50), np.repeat(np.arange(10), 5)) == pytest.approx(10)
