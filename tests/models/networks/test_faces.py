"""The trunk computes what the public one does, without its batch normalisations."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from assay.models.networks.faces import CELL, SIDE, FaceSwap, Lite0, Same, folded  # noqa: E402


def test_folding_changes_no_output() -> None:
    torch.manual_seed(0)
    conv, norm = Same(3, 8, 3, 2, bias=False), torch.nn.BatchNorm2d(8, 1e-3).eval()
    with torch.no_grad():
        for value in (norm.weight, norm.bias, norm.running_mean):
            value.normal_()
        norm.running_var.uniform_(0.5, 2)
    public = {
        "_conv_stem.weight": conv.weight,
        **{f"_bn0.{name}": value for name, value in norm.state_dict().items()},
    }
    made = Same(3, 8, 3, 2)
    own = folded({**public, "_fc.weight": torch.zeros(1)})
    assert set(own) == {"_conv_stem.weight", "_conv_stem.bias"}
    made.load_state_dict({name.removeprefix("_conv_stem."): value for name, value in own.items()})
    x = torch.rand(2, 3, 16, 16)
    with torch.no_grad():
        assert torch.allclose(norm(conv(x)), made(x), atol=1e-5)


def test_padding_is_at_the_end_where_the_sum_is_odd() -> None:
    conv = Same(1, 1, 3, 2, bias=False)
    with torch.no_grad():
        conv.weight.zero_()
        conv.weight[0, 0, 2, 2] = 1
    x = torch.arange(16.0).view(1, 1, 4, 4)
    assert conv(x)[0, 0].tolist() == [[10.0, 0.0], [0.0, 0.0]]


def test_shapes_and_that_crops_do_not_touch_one_another() -> None:
    torch.manual_seed(0)
    network = FaceSwap().eval()
    pixels = torch.from_numpy(np.random.default_rng(0).integers(0, 255, (3, SIDE, SIDE, 3), np.uint8))
    with torch.inference_mode():
        made, alone = network(pixels), network(pixels[1:2])
    count = SIDE // CELL
    assert made["logit"].shape == (3,) and made["heat"].shape == (3, count, count)
    assert torch.allclose(made["logit"][1:2], alone["logit"], atol=1e-4)


def test_frozen_blocks_take_no_gradient() -> None:
    network = FaceSwap()
    network.freeze(2)
    assert not any(one.requires_grad for one in network.trunk._blocks[1].parameters())
    assert all(one.requires_grad for one in network.trunk._blocks[2].parameters())
    assert sum(value.numel() for value in Lite0().parameters()) < 4_000_000
