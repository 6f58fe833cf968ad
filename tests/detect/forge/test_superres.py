"""Super-resolution: sizes, what the network is found to be, which photo gets which network."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

from assay.detect.forge.ncnn import NetworkLayoutError
from assay.detect.forge.superres import SuperResolutionWeightsError, SuperResolver, SuperResolvers
from assay.detect.forge.twins import psnr


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_photo_is_made_small_and_drawn_large_by_the_network(
    network_files: Any, tmp_path: Path, pixels: np.ndarray, factor: int
) -> None:
    network = SuperResolver.open(network_files.nearest(tmp_path / "net.param", factor))
    assert (network.factor, network.margin) == (factor, 0)
    whole = pixels[: 36 * factor, : 40 * factor]
    small = np.asarray(Image.fromarray(whole).resize((40, 36), Image.Resampling.BOX))
    expected = small.repeat(factor, axis=0).repeat(factor, axis=1)
    assert np.array_equal(network.redraw(whole, Image.Resampling.BOX), expected)


def test_odd_sizes_stay_and_nothing_moves(network_files: Any, tmp_path: Path, pixels: np.ndarray) -> None:
    network = SuperResolver.open(network_files.valid(tmp_path / "net.param"))
    assert (network.factor, network.margin) == (2, 1)
    drawn = network.redraw(pixels, Image.Resampling.BICUBIC)
    assert drawn.shape == pixels.shape == (161, 210, 3)
    middle = (slice(8, -8), slice(8, -8))
    moved = [
        psnr(pixels[middle], np.roll(drawn, step, axis=(0, 1))[middle])
        for step in ((0, 0), (1, 0), (0, 1), (-1, -1))
    ]
    assert np.argmax(moved) == 0


def test_values_that_are_not_finite_are_told(network_files: Any, tmp_path: Path, pixels: np.ndarray) -> None:
    network = SuperResolver.open(network_files.nearest(tmp_path / "net.param", gain=float("nan")))
    with pytest.raises(FloatingPointError, match="net"):
        network.enlarge(pixels)


def test_networks_that_do_not_enlarge_are_refused(network_files: Any, tmp_path: Path) -> None:
    with pytest.raises(SuperResolutionWeightsError, match="2, 3 or 4"):
        SuperResolver.open(network_files.nearest(tmp_path / "same.param", 1))
    with pytest.raises(SuperResolutionWeightsError, match="no network"):
        SuperResolvers.open(tmp_path / "empty")
    (tmp_path / "alone.param").write_text("7767517\n0 0\n")
    with pytest.raises(NetworkLayoutError, match="alone"):
        SuperResolver.open(tmp_path / "alone.param")


def test_a_photo_names_its_network_and_small_ones_are_drawn_more(network_files: Any, tmp_path: Path) -> None:
    network_files.nearest(tmp_path / "a" / "two.param", 2)
    network_files.nearest(tmp_path / "four.param", 4)
    everyone = SuperResolvers.open(tmp_path)
    assert [one.name for one in everyone.networks] == ["a/two", "four"]
    names = [everyone.drawn(str(number))[0].name for number in range(600)]
    assert names == [everyone.drawn(str(number))[0].name for number in range(600)]
    # The larger one has four times the weights, so it is drawn half as often.
    assert Counter(names)["a/two"] / len(names) == pytest.approx(2 / 3, abs=0.06)
    assert len({everyone.drawn(str(number))[1] for number in range(30)}) == 3


def test_real_networks_repeat_and_stay_close(pixels: np.ndarray) -> None:
    folder = os.environ.get("ASSAY_SUPERRES")
    if folder is None:
        pytest.skip(
            "no super-resolution networks: let ASSAY_SUPERRES name a folder of some, see docs/training.md"
        )
    part = np.ascontiguousarray(pixels[:96, :96])
    for network in SuperResolvers.open(Path(folder)).networks:
        one, two = (network.redraw(part, Image.Resampling.BICUBIC) for _ in range(2))
        assert np.array_equal(one, two), network.name
        assert psnr(part, one) > 16, network.name
