"""What multiples of a step tell of an earlier one."""

import numpy as np
import pytest

from assay.detect.traces.rounding import REACH, Envelope, odds, tell


def _spread(size: int = 20_000) -> np.ndarray:
    return np.random.default_rng(0).laplace(0, 25, size).astype(np.float32)


@pytest.mark.parametrize(("present", "earlier"), [(1, 7), (2, 5), (3, 8), (6, 9)])
def test_the_true_past_is_told_and_no_past_is_not(present: int, earlier: int) -> None:
    values = _spread()
    told = tell(odds(Envelope(values), present, earlier))
    noise = np.random.default_rng(1).normal(0, 0.35, values.shape)
    twice = np.rint((earlier * np.rint(values / earlier) + noise) / present)
    once = np.rint(values / present)
    for sizes, sign in ((twice, 1), (once, -1)):
        kept = np.abs(sizes[np.abs(sizes) <= REACH // present]).astype(int)
        assert sign * told[kept].sum() > 0.02 * len(kept)


def test_zero_and_strays_are_bounded() -> None:
    told = tell(odds(Envelope(_spread()), 2, 7), strays=0.05)
    assert told[0] == 0.0 and told.min() >= np.log(0.05) - 1e-9 and np.isfinite(told).all()


def test_a_wrong_past_tells_less_than_the_true_one() -> None:
    values = _spread()
    envelope = Envelope(values)
    counts = np.bincount(np.abs(np.rint(9 * np.rint(values / 9) / 2)).astype(int), minlength=REACH // 2 + 1)
    gains = {step: float(counts[: REACH // 2 + 1] @ tell(odds(envelope, 2, step))) for step in range(3, 40)}
    assert max(gains, key=lambda step: gains[step]) == 9
