"""The network that maps edits: any size, no sight of the level in its noise, the basis of JPEG."""

import pytest

torch = pytest.importorskip("torch")

from assay.models.networks import edits  # noqa: E402


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return edits.Edits(width=16, depth=2).eval()


@pytest.mark.parametrize(("height", "width"), [(64, 64), (72, 136), (200, 64)])
def test_maps_have_a_cell_for_each_block(network, height: int, width: int) -> None:
    pixels = torch.randint(0, 256, (2, height, width, 3), dtype=torch.uint8)
    with torch.inference_mode():
        made = network(pixels)
    assert made["logit"].shape == (2,)
    assert made["heat"].shape == made["trust"].shape == (2, height // 8, width // 8)
    assert all(bool(torch.isfinite(value).all()) for value in made.values())


def test_a_picture_does_not_depend_on_its_mates(network) -> None:
    pixels = torch.randint(0, 256, (3, 64, 64, 3), dtype=torch.uint8)
    with torch.inference_mode():
        together, alone = network(pixels), network(pixels[1:2])
    torch.testing.assert_close(together["heat"][1], alone["heat"][0], rtol=1e-4, atol=1e-5)


def test_noise_does_not_see_the_level(network) -> None:
    rgb = torch.randint(60, 160, (1, 3, 64, 64)).float()
    with torch.inference_mode():
        torch.testing.assert_close(network.noise(rgb), network.noise(rgb + 50), rtol=1e-3, atol=1e-3)


def test_the_basis_is_orthonormal() -> None:
    basis = edits._dct().reshape(64, 64)
    torch.testing.assert_close(basis @ basis.T, torch.eye(64), rtol=0, atol=1e-5)


def test_reliability_does_not_teach_the_trunk(network) -> None:
    made = network(torch.randint(0, 256, (1, 64, 64, 3), dtype=torch.uint8))
    made["trust"].sum().backward()
    assert network.trust[1].weight.grad is not None and network.join[0].weight.grad is None
