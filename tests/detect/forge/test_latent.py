"""The latent auto-encoder and the twins it makes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

pytest.importorskip("torch")

from assay.detect.forge.latent import AutoEncoderWeightsError, LatentAutoEncoder
from assay.detect.forge.twins import make, psnr, reconstruct


def test_the_described_weights_reconstruct_a_photo(assay_data: Path) -> None:
    network = LatentAutoEncoder.open(assay_data / "weights")
    photo = np.asarray(load_sample_images().images[1], dtype=np.uint8)[200:349, 300:500]
    drawn = reconstruct(network, photo)
    assert drawn.shape == photo.shape
    assert 28 < psnr(photo, drawn) < 45


def test_a_twin_carries_the_tables_of_its_photo_and_is_made_once(assay_data: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    pixels = np.asarray(load_sample_images().images[1], dtype=np.uint8)[100:228, 100:260]
    Image.fromarray(pixels).save(photo, quality=83, subsampling=1)
    (twin,) = make([photo], assay_data / "weights", tmp_path / "twins")
    assert twin is not None
    with Image.open(photo) as one, Image.open(twin.path) as other:
        assert one.quantization == other.quantization
        assert one.layer == other.layer
    before = twin.path.stat().st_mtime_ns
    (again,) = make([photo], tmp_path / "no weights are needed", tmp_path / "twins")
    assert again == twin
    assert twin.path.stat().st_mtime_ns == before


def test_absent_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(AutoEncoderWeightsError, match="taef2_encoder"):
        LatentAutoEncoder.open(tmp_path)
