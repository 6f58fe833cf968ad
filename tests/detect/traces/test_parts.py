"""Parts of a map of likelihood ratios that speak against the rest."""

import numpy as np

from assay.detect.traces.parts import parts, share


def _ratios(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(1.0, 0.5, (40, 60)).astype(np.float32)


def test_a_part_is_boxed_in_pixels() -> None:
    ratios = _ratios()
    ratios[10:20, 30:45] = -2.0
    found = parts(ratios, (3, 5), -6.0, 0.5)
    assert len(found.found) == 1
    part = found.found[0]
    assert abs(part.x - (3 + 8 * 30)) <= 8 and abs(part.y - (5 + 8 * 10)) <= 8
    assert abs(part.width - 120) <= 16 and abs(part.height - 80) <= 16 and part.log10_nfa < -100
    assert found.mask[15, 37] and not found.mask[5, 5]


def test_a_part_must_come_half_as_far_as_one_that_has_nothing_in_common() -> None:
    ratios = _ratios()
    ratios[10:20, 30:45] = -2.0
    for expected, number in ((-3.0, 1), (-9.0, 0)):
        without = np.full(ratios.shape, expected, np.float32)
        assert len(parts(ratios, (0, 0), -6.0, 0.5, without).found) == number


def test_what_shares_the_past_has_no_parts() -> None:
    for seed in range(5):
        found = parts(_ratios(seed), (0, 0), -1.0, 0.5)
        assert not found.found and not found.mask.any() and found.least > 0


def test_nothing_told_is_half() -> None:
    assert np.all(share(np.zeros((5, 7), np.float32)) == 0.5)
    told = share(np.full((5, 7), -3.0, np.float32))
    assert told.min() > 0.99 and share(np.full((5, 7), 1e9, np.float32)).max() < 1e-6
