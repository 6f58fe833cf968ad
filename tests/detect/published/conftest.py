"""Small detectors with random weights, in the layouts that published ones have."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")

SMALL = {"img_size": 64, "embed_dim": 64, "depth": 2, "num_heads": 2}


@pytest.fixture(scope="session")
def describe() -> Callable[..., Path]:
    """Write a description: describe(folder, layout=..., files=...)."""

    def written(folder: Path, **told: Any) -> Path:
        whole = {
            "name": "published",
            "title": "A small one",
            "source": "made by a test",
            "licence": "CC0-1.0",
            **told,
        }
        (folder / "assay.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(whole))))
        return folder

    return written


def filled(module: Any, seed: int = 0) -> Any:
    """Random weights that are not nearly nothing, so that logits differ from picture to picture."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, tensor in module.named_parameters():
            if tensor.ndim > 1 or "embed" in name:
                tensor.normal_(0, 0.3)
            elif name.endswith("bias"):
                tensor.normal_(0, 0.1)
    return module.eval()


@pytest.fixture(scope="session")
def vit() -> Any:
    """A small ViT of timm with one logit."""
    return filled(timm.create_model("vit_small_patch16_384", num_classes=1, **SMALL))


@pytest.fixture(scope="session")
def pictures(photo: Any, flower: Any) -> list[np.ndarray]:
    """Two photos and one that is small."""
    return [np.asarray(photo), np.asarray(flower), np.asarray(photo.resize((90, 70)))]
