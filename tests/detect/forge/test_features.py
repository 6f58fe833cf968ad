"""The feature store: order, repetition, and what is kept."""

from pathlib import Path

import numpy as np
import pytest

from assay.detect.forge.features import FeatureStore
from assay.models.artifact import Artifact


@pytest.fixture(scope="module")
def encoder(repository: Path) -> Path:
    return Artifact.open(repository / "models" / "zoo" / "clip-probe").path("encoder.onnx")


def test_features_are_kept_and_do_not_depend_on_neighbours(encoder: Path, tmp_path: Path) -> None:
    crops = [np.random.default_rng(n).integers(0, 256, (224, 224, 3), dtype=np.uint8) for n in range(3)]
    store = FeatureStore(encoder, tmp_path)
    first = np.stack(list(store.encode(crops)))
    assert first.shape == (3, 3072)
    again = FeatureStore(encoder, tmp_path)
    assert len(again) == 3
    assert np.array_equal(np.stack(list(again.encode(crops[::-1])))[::-1], first)
    alone = np.stack(list(FeatureStore(encoder, tmp_path / "other").encode(crops[1:2])))
    assert np.array_equal(alone[0], first[1])
