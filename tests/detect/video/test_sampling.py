"""Which frames are chosen: within the budget, in order, every shot, key frames first."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.detect.video.sampling import choose, cuts


@given(
    st.lists(st.integers(-1000, 100_000), min_size=1, max_size=300, unique=True),
    st.lists(st.integers(-1000, 100_000), max_size=20),
    st.integers(1, 64),
    st.integers(1, 30),
)
def test_choices_are_frames_within_the_budget(times: list[int], shots: list[int], count: int, every: int) -> None:
    pts = np.sort(np.array(times, np.int64))
    keys = pts[::every]
    chosen = choose(pts, keys, shots, count)
    ticks = [at for _, at in chosen]
    assert ticks == sorted(set(ticks)) and 1 <= len(ticks) <= count
    assert set(ticks) <= set(times)
    assert all(key <= at and key in keys for key, at in chosen)
    if count >= len(times):
        assert len(ticks) == len(times)


def test_evenly_in_time_where_frames_are_not() -> None:
    # A burst of frames in the first second must not take all samples.
    pts = np.concatenate([np.arange(1000), np.arange(1000, 10_000, 100)])
    ticks = [at for _, at in choose(pts, pts[:1], [], 10)]
    assert sum(at < 1000 for at in ticks) == 1


def test_a_shot_is_cut_where_change_stands_out() -> None:
    still, moving = np.full(30, 1.0, np.float32), np.full(30, 25.0, np.float32)
    still[12] = moving[12] = 90.0
    assert cuts(still) == [12]
    assert cuts(moving) == []
    assert cuts(np.zeros(0, np.float32)) == []
