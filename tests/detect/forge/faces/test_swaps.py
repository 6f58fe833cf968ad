"""A replaced face changes what lies under its mask and nothing else, and the draw alone decides how."""

import numpy as np
import pytest

from assay.detect.forge.faces.masks import PUBLISHED, WIDE, Brush, mask
from assay.detect.forge.faces.portraits import Portrait
from assay.detect.forge.faces.swaps import LEAST_CHANGE, SHARES, Kind, Scene, swapped

KINDS: tuple[Kind, ...] = ("self", "faint", "person", "redrawn")


def scene(portraits: list[Portrait]) -> Scene:
    one, other = portraits
    again = np.clip(one.pixels.astype(int) + 12, 0, 255).astype(np.uint8)
    return Scene(one.pixels, one.mesh, other.pixels, other.mesh, again)


def test_shares_add_up() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)
    assert all(sum(brush.shares.values()) == pytest.approx(1) for brush in (PUBLISHED, WIDE))
    assert "redrawn" not in SHARES, "one family must stay new to the network"


def test_masks_lie_on_the_face(portraits: list[Portrait]) -> None:
    one = portraits[0]
    areas = _areas(one, WIDE)
    assert max(areas) > 3 * min(areas), "whole faces and mouths differ in size"
    assert min(_areas(one, PUBLISHED)) > 2 * min(areas), "no brush for parts of a face"


def _areas(one: Portrait, brush: Brush) -> list[float]:
    areas = []
    for seed in range(40):
        alpha = mask(one.mesh, one.pixels.shape[:2], np.random.default_rng(seed), brush)
        assert alpha.dtype == np.float32 and alpha.min() >= 0 and 0.2 < alpha.max() <= 1.0
        rows, columns = np.nonzero(alpha > 0.5 * alpha.max())
        assert abs(columns.mean() - 120) < 40 and abs(rows.mean() - 130) < 90
        areas.append(float((alpha > 0.5 * alpha.max()).mean()))
    return areas


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_face_is_replaced(kind: Kind, portraits: list[Portrait]) -> None:
    for seed in range(8):
        host, made, alpha = swapped(scene(portraits), kind, np.random.default_rng(seed))
        assert host.shape == made.shape == portraits[0].pixels.shape and made.dtype == np.uint8
        change = np.abs(made.astype(int) - host).mean(2)
        assert change[alpha == 0].mean() < 1.0
        assert change[alpha > 0.2].mean() >= 0.5 * LEAST_CHANGE
        if kind not in ("self", "faint"):
            assert np.array_equal(host, portraits[0].pixels)
    first, second = (swapped(scene(portraits), kind, np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("kind", ["self", "faint"])
def test_in_self_blends_either_side_is_changed(kind: Kind, portraits: list[Portrait]) -> None:
    hosts = [swapped(scene(portraits), kind, np.random.default_rng(seed))[0] for seed in range(24)]
    untouched = sum(np.array_equal(host, portraits[0].pixels) for host in hosts)
    assert 4 <= untouched <= 20, "were one side always the changed one, the change would be learnt"
