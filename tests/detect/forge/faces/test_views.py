"""Both of a pair go the same way: nothing but pixels tells a replaced face from the real one beside it."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from assay.detect.forge.faces.portraits import Portrait, holder
from assay.detect.forge.faces.swaps import SHARES
from assay.detect.forge.faces.views import CELL, SIDE, Views, alike, cells, deliver, filmed, sized
from assay.models.metrics import auc


@pytest.fixture(scope="module")
def views(portraits: list[Portrait]) -> Views:
    return Views(portraits, [[1], [0]], [None, None], dict(SHARES))


def test_a_batch_holds_pairs(views: Views) -> None:
    made = views.batch(np.array([0, 1, 0]), 7)
    count = SIDE // CELL
    assert made["pixels"].shape == (6, SIDE, SIDE, 3) and made["pixels"].dtype == np.uint8
    assert made["cells"].shape == (6, count, count) and made["replaced"].tolist() == [1, 0] * 3
    assert (made["cells"][1::2] == 0).all() and (made["cells"][::2].max((1, 2)) > 0.1).all()
    again = views.batch(np.array([0, 1, 0]), 7)
    assert all(np.array_equal(made[name], again[name]) for name in made)
    assert not np.array_equal(made["pixels"], views.batch(np.array([0, 1, 0]), 8)["pixels"])


def test_far_from_the_mask_a_pair_is_nearly_the_same(views: Views) -> None:
    made = views.batch(np.zeros(24, np.int64), 3)
    pixels, shares = made["pixels"].astype(int), made["cells"]
    inside, outside = [], []
    for fake, real, share in zip(pixels[::2], pixels[1::2], shares[::2], strict=True):
        change = np.abs(fake - real).mean(2).reshape(SIDE // CELL, CELL, SIDE // CELL, CELL).mean((1, 3))
        inside.append(change[share > 0.5 * share.max()].mean())
        outside += [change[share == 0].mean()] if (share == 0).any() else []
    assert np.mean(outside) < 0.25 * np.mean(inside)


def test_a_control_that_sees_no_face_is_at_chance(views: Views) -> None:
    """Corners of the crop, coarse colours and sharpness of what is never drawn over: all that a leak could use."""

    def facts(seed: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
        made = views.batch(np.arange(40) % 2, seed)
        corners = made["pixels"][:, :16, :16].astype(float)
        rows = [corners.mean((1, 2)), corners.std((1, 2)), np.abs(np.diff(corners, axis=1)).mean((1, 2))]
        return np.concatenate(rows, 1), made["replaced"]

    learnt, judged = facts(1), facts(2)
    model = LogisticRegression(C=0.1, max_iter=2000).fit(*learnt)
    assert abs(auc(model.decision_function(judged[0]), judged[1]) - 0.5) < 0.08


def test_sizes_shrink_and_never_grow(portraits: list[Portrait]) -> None:
    small = sized(portraits[0], 33.0)
    assert np.hypot(*(small.marks[1] - small.marks[0])) == pytest.approx(33, abs=1)
    assert sized(portraits[0], 500.0).scene.host.shape == portraits[0].pixels.shape


@pytest.mark.parametrize("way", ["clean", "web", "hard", "film"])
def test_deliveries_repeat(way, portraits: list[Portrait]) -> None:  # type: ignore[no-untyped-def]
    rgb = portraits[0].pixels
    one, two = (deliver(rgb, way, np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(one, two) and one.dtype == np.uint8


def test_films_damage_more_at_a_higher_rate_and_keep_odd_sizes(portraits: list[Portrait]) -> None:
    rgb = portraits[0].pixels[:251, :233]
    losses = [np.abs(filmed(rgb, rate).astype(int) - rgb).mean() for rate in (16, 26, 38)]
    assert filmed(rgb, 20).shape == rgb.shape and losses[0] < losses[1] < losses[2]


def test_cells_follow_the_mask(portraits: list[Portrait]) -> None:
    one = portraits[0]
    alpha = np.zeros(one.pixels.shape[:2], np.float32)
    alpha[: int(one.marks[:, 1].mean())] = 1
    found = cells(alpha, one.marks)
    assert found[0].mean() > 0.99 and found[-1].mean() < 0.01


def test_donors_are_of_the_same_side(portraits: list[Portrait]) -> None:
    assert alike(portraits, 3) == [[1], [0]]
    assert alike(portraits[:1], 3) == [[]]


def test_a_share_is_held_back_by_name_alone(portraits: list[Portrait]) -> None:
    pictures = [
        portraits[0].picture.__class__(p.path, f"{n}.jpg", False, "a", "", "")
        for n, p in enumerate([portraits[0].picture] * 400)
    ]
    held = holder(["b"], 0.25)
    assert 0.15 < np.mean([held(one) for one in pictures]) < 0.35
    assert all(held(one) == held(one) for one in pictures)
    assert all(holder(["a"], 0.0)(one) for one in pictures)
