"""The latent auto-encoder."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_sample_images

pytest.importorskip("torch")

from assay.detect.forge.latent import AutoEncoderWeightsError, LatentAutoEncoder
from assay.detect.forge.twins import psnr


def test_the_described_weights_reconstruct_a_photo(assay_data: Path) -> None:
    network = LatentAutoEncoder.open(assay_data / "weights")
    photo = np.asarray(load_sample_images().images[1], dtype=np.uint8)[200:349, 300:500]
    drawn = network.redraw(photo)
    assert drawn.shape == photo.shape
    assert 28 < psnr(photo, drawn) < 45


def test_absent_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(AutoEncoderWeightsError, match="taef2_encoder"):
        LatentAutoEncoder.open(tmp_path)
