"""The trunk computes what the public one does, without its batch normalisations."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from assay.models.networks.faces import CELL, SIDE, BothWays, FaceSwap, Lite0, Same, folded, grain  # noqa: E402


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


def test_going_back_in_bf16_keeps_to_the_gradient_and_leaves_wide_depthwise_layers_in_fp32() -> None:
    torch.manual_seed(0)
    network = FaceSwap().train().requires_grad_(True)
    network.drop.p = 0.0
    pixels = torch.randint(0, 256, (4, 192, 192, 3), dtype=torch.uint8)
    seen: dict[str, torch.dtype] = {}
    for name, layer in network.trunk.named_modules():
        if isinstance(layer, Same):
            layer.register_forward_hook(lambda _, __, made, name=name: seen.update({name: made.dtype}))

    def slopes(halved: bool) -> list[torch.Tensor]:
        with torch.autocast("cpu", torch.bfloat16, enabled=halved):
            made = network(pixels)
            loss = made["logit"].square().mean() + made["heat"].square().mean()
        return list(torch.autograd.grad(loss, [p for p in network.parameters() if p.ndim == 4]))

    whole, halves = slopes(False), slopes(True)
    alike = [float(torch.cosine_similarity(a.flatten(), b.flatten(), 0)) for a, b in zip(whole, halves, strict=True)]
    assert np.median(alike) > 0.98
    grouped = {
        name: layer
        for name, layer in network.trunk.named_modules()
        if isinstance(layer, Same) and layer.groups > 1
    }
    wide = {name for name, layer in grouped.items() if layer.kernel_size[0] > 3 or layer.stride[0] > 1}
    assert len(wide) == 11
    assert {seen[name] for name in wide} == {torch.float32}
    assert seen["_conv_head"] == torch.bfloat16


def test_a_crop_and_its_mirror_image_get_one_score_and_mirrored_maps() -> None:
    torch.manual_seed(1)
    core = FaceSwap().eval()
    pixels = torch.randint(0, 256, (3, SIDE, SIDE, 3), dtype=torch.uint8)
    with torch.inference_mode():
        one, other = BothWays(core)(pixels), BothWays(core)(pixels.flip(2))
        alone, turned = core(pixels), core(pixels.flip(2))
    torch.testing.assert_close(one["logit"], other["logit"])
    torch.testing.assert_close(one["heat"], other["heat"].flip(2))
    torch.testing.assert_close(one["logit"], (alone["logit"] + turned["logit"]) / 2)
    assert not torch.allclose(alone["heat"], one["heat"], atol=1e-6)


def test_the_grain_sees_noise_and_sharpness_and_no_colour() -> None:
    rng = np.random.default_rng(0)
    flat = np.full((1, 64, 64, 3), (90, 120, 150), np.uint8)
    made = grain(torch.from_numpy(flat))
    assert made.shape == (1, 5, 64, 64)
    assert float(made[:, :3].abs().max()) == 0 and np.allclose(made[:, 3:], -1.0)
    noisy = flat.astype(np.int16)
    noisy[:, 16:48, 16:48] += rng.normal(0, 3, (1, 32, 32, 3)).round().astype(np.int16)
    made = grain(torch.from_numpy(noisy.clip(0, 255).astype(np.uint8)))
    inside, outside = made[:, 3, 24:40, 24:40], made[:, 3, :10]
    assert float(inside.min()) > float(outside.max()) + 0.3
    ramp = np.broadcast_to(np.arange(64, dtype=np.uint8)[None, None, :, None] * 3, (1, 64, 64, 3)).copy()
    assert float(grain(torch.from_numpy(ramp))[:, :3, :, 1:-1].abs().max()) < 1e-5, "slopes are no grain"


def test_a_network_that_has_not_learnt_from_the_grain_is_the_one_that_sees_colours() -> None:
    torch.manual_seed(0)
    network = FaceSwap().eval()
    pixels = torch.randint(0, 256, (1, SIDE, SIDE, 3), dtype=torch.uint8)
    with torch.inference_mode():
        alone, beside = network.trunk(pixels), network.trunk(pixels, network.grain(grain(pixels)))
    assert all(torch.equal(a, b) for a, b in zip(alone, beside, strict=True))
