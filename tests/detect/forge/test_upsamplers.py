"""Ways of doubling: they take over each other's weights and compute the same with them."""

import pytest

torch = pytest.importorskip("torch")

from assay.detect.forge.upsamplers import upsampler  # noqa: E402


@pytest.mark.parametrize("kind", ["transposed", "shuffle"])
@pytest.mark.parametrize("size", [(5, 7), (1, 1)])
def test_two_ways_are_nearest_doubling_in_other_words(kind: str, size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(4, 3, 3, 3, generator=generator)
    x = torch.randn(2, 3, *size, generator=generator)
    expected = upsampler("nearest", weight)(x)
    got = upsampler(kind, weight)(x)
    assert got.shape == (2, 4, 2 * size[0], 2 * size[1])
    assert torch.allclose(got, expected, atol=1e-5)


def test_bilinear_doubling_is_softer_but_near() -> None:
    weight = torch.zeros(1, 1, 3, 3)
    weight[0, 0, 1, 1] = 1
    x = torch.arange(8.0).repeat(8, 1)[None, None] ** 2
    soft, hard = (upsampler(kind, weight)(x)[..., 2:-2, 2:-2].detach() for kind in ("bilinear", "nearest"))
    assert 0 < float((soft - hard).abs().mean()) < 4
    assert float(soft.diff(dim=-1).abs().max()) < float(hard.diff(dim=-1).abs().max())
