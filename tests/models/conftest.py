"""Small real artifacts."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.models.artifact import Artifact
from assay.models.artifact.tensors import pack_tensors
from assay.models.card import Architecture, Card, Metric, Tensor, TrainingData

LICENCE = b"Apache License\nNote: granted to everybody.\n"


@pytest.fixture
def card() -> Card:
    """A card without files."""
    return Card(
        name="plain-sum",
        version="1.2.0",
        task="log-rarity",
        title="Weighted sum",
        summary="Adds three numbers by fixed weights.",
        licence="Apache-2.0",
        use="any",
        architecture=Architecture(family="rarity", parameters={"width": 3, "bias": 0.5}),
        inputs=(Tensor(name="x", shape=(3,), dtype="float32"),),
        outputs=(
            Tensor(name="score", shape=(), dtype="float32"),
            Tensor(name="map", shape=(None, 2), dtype="float32"),
        ),
        raw="score",
        preprocessing={"scale": [1, 2, 3]},
        precision="fp32",
        tolerance=1e-6,
        metrics=(Metric(name="auc", value=0.9, low=0.8, high=0.95, n=100, tier="clean", source="made"),),
        training_data=(TrainingData(name="made", licence="CC0-1.0", count=10, role="train"),),
        limits=("Knows three numbers only.",),
        created="2026-01-31",
        seed=7,
    )


@pytest.fixture
def files() -> dict[str, tuple[str, bytes | Path]]:
    """Files of every format but ONNX, one of them empty."""
    weights = {"w": np.arange(3, dtype=np.float32), "table": np.arange(12, dtype=np.int64).reshape(3, 4)}
    return {
        "weights.safetensors": ("weights", pack_tensors(weights, {"made": "by a test"})),
        "state.json": ("state", b'{"counts": [1, 2, 3]}\n'),
        "LICENSE": ("licence", LICENCE),
        "notes.md": ("document", b""),
    }


@pytest.fixture
def write(card: Card, files: dict[str, Any]) -> Callable[..., Artifact]:
    """Writes an artifact into a folder: write(folder, shared=[...], version=...)."""

    def written(folder: Path, *, extra: dict[str, Any] | None = None, **options: Any) -> Artifact:
        how = {key: options.pop(key) for key in ("shared", "shared_folder", "replace") if key in options}
        return Artifact.write(folder, card.model_copy(update=options), {**files, **(extra or {})}, **how)

    return written


@pytest.fixture
def rewrite() -> Callable[..., None]:
    """Rewrites the card of a folder and its sum: rewrite(folder, lambda page: page.update(...))."""

    def rewritten(folder: Path, change: Callable[[Any], Any], indent: int | None = None) -> None:
        page = json.loads((folder / "card.json").read_bytes())
        change(page)
        text = json.dumps(page, indent=indent).encode()
        (folder / "card.json").write_bytes(text)
        (folder / "card.sha256").write_text(f"{hashlib.sha256(text).hexdigest()}  card.json\n")

    return rewritten


@pytest.fixture
def artifact(tmp_path: Path, write: Callable[..., Artifact]) -> Artifact:
    """One whole artifact, with one shared file."""
    return write(tmp_path / "store" / "plain-sum", shared=["weights.safetensors"])
