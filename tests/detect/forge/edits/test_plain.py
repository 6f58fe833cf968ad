"""Things before plain backgrounds: even, and without the seam in noise or saves that an edit would leave."""

import numpy as np
import pytest
from PIL import Image

from assay.detect.crops import telling_share
from assay.detect.forge.edits import pasts, plain
from assay.detect.forge.launder import reencode


def test_plain_hosts_repeat_and_are_mostly_even(photo: Image.Image) -> None:
    rgb = np.asarray(photo)
    made = [plain.plain_host(rgb, 320, np.random.default_rng(n)) for n in range(12)]
    assert all(one.shape == (320, 320, 3) and one.dtype == np.uint8 for one in made)
    assert np.array_equal(made[3], plain.plain_host(rgb, 320, np.random.default_rng(3)))
    other = [pasts.host(rgb, 320, np.random.default_rng(n)) for n in range(12)]
    assert np.mean([telling_share(one) for one in made]) < np.mean([telling_share(one) for one in other]) - 0.1
    assert len({one.tobytes() for one in made}) == 12


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_noise_comes_after_the_scene_is_put_together(photo: Image.Image, seed: int) -> None:
    noisy = np.asarray(photo)[:400, :400].astype(np.float64)
    noisy = np.clip(noisy + np.random.default_rng(9).normal(0, 12, noisy.shape), 0, 255).astype(np.uint8)
    scene = plain._smooth(plain._composed(reencode(noisy, 40), np.random.default_rng(seed)), np.random.default_rng(1))
    raw = plain._composed(reencode(noisy, 40), np.random.default_rng(seed))

    def rough(given: np.ndarray) -> float:
        return float(np.abs(given[:, 2:] - 2 * given[:, 1:-1] + given[:, :-2]).mean())

    assert rough(scene) < 0.5 * rough(raw)
