"""The latent auto-encoder."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_sample_images

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from assay.detect.forge.latent import AutoEncoderWeightsError, LatentAutoEncoder  # noqa: E402
from assay.detect.forge.twins import psnr  # noqa: E402


def test_the_described_weights_reconstruct_a_photo(assay_data: Path) -> None:
    network = LatentAutoEncoder.open(assay_data / "weights")
    photo = np.asarray(load_sample_images().images[1], dtype=np.uint8)[200:349, 300:500]
    drawn = network.redraw(photo)
    assert drawn.shape == photo.shape
    assert 28 < psnr(photo, drawn) < 45


def kept(folder: Path, network: LatentAutoEncoder, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    for part, layers in (("encoder", network.encoder), ("decoder", network.decoder)):
        save_file(
            {key: value.half() for key, value in layers.state_dict().items()},
            folder / f"{name}_{part}.safetensors",
        )
    return folder


@pytest.mark.parametrize(("latents", "pooled"), [(4, False), (16, False), (32, True)])
def test_the_smaller_relatives_are_told_by_their_weights(
    tmp_path: Path, pixels: np.ndarray, latents: int, pooled: bool
) -> None:
    torch.manual_seed(0)
    network = LatentAutoEncoder(latents, pooled).eval()
    found = LatentAutoEncoder.open(kept(tmp_path / "weights", network, "taesd"))
    assert found.encoder(torch.zeros(1, 3, 16, 24)).shape == (1, latents, 2, 3)
    difference = found.redraw(pixels[:50, :43]).astype(int) - network.redraw(pixels[:50, :43])
    assert np.abs(difference).max() <= 1


def test_weights_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(AutoEncoderWeightsError, match="taef2_encoder"):
        LatentAutoEncoder.open(tmp_path)
    network = LatentAutoEncoder(4, False)
    kept(tmp_path / "two", network, "one")
    with pytest.raises(AutoEncoderWeightsError, match=r"one_encoder.*other_encoder"):
        LatentAutoEncoder.open(kept(tmp_path / "two", network, "other"))
    folder = kept(tmp_path / "half", network, "one")
    (folder / "one_decoder.safetensors").write_bytes(b"no")
    with pytest.raises(AutoEncoderWeightsError, match="layout"):
        LatentAutoEncoder.open(folder)
    (folder / "one_decoder.safetensors").unlink()
    with pytest.raises(AutoEncoderWeightsError, match=r"one_decoder.*missing"):
        LatentAutoEncoder.open(folder)
