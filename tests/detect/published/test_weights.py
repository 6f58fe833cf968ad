"""Weights are read by way of the bounded child, whatever the file is called."""

import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from assay.detect.published.weights import INDEXER, WeightsUnreadable, read_weights
from assay.intake.child import Child
from assay.models.artifact.refusals import ArtifactTensorsMalformed
from assay.models.torchfile import TorchFileLegacy, TorchFileUnsafe

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(preload=[INDEXER]) as one:
        yield one


@pytest.mark.parametrize("name", ["a.pth", "pytorch_model.bin", "a.safetensors"])
def test_tensors_of_torch_files(tmp_path: Path, child: Child, name: str) -> None:
    torch.save({"model": {"w": torch.arange(6.0).reshape(2, 3)}, "epoch": 3}, tmp_path / name)
    found = read_weights(tmp_path / name, child)
    assert (found.inside, found.left) == ("model", ("epoch",))
    assert found.tensors["w"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_tensors_of_safetensors(tmp_path: Path, child: Child) -> None:
    save_file({"w": np.arange(3, dtype=np.float16)}, tmp_path / "model.bin")
    assert read_weights(tmp_path / "model.bin", child).tensors["w"].tolist() == [0, 1, 2]
    with pytest.raises(WeightsUnreadable, match="inside"):
        read_weights(tmp_path / "model.bin", child, inside="model")
    (tmp_path / "cut").write_bytes((tmp_path / "model.bin").read_bytes()[:-1])
    with pytest.raises(ArtifactTensorsMalformed):
        read_weights(tmp_path / "cut", child)


def test_a_trap_is_refused_by_the_child(tmp_path: Path, child: Child) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    torch.save({"w": torch.ones(1), "more": Trap()}, tmp_path / "trap.pth")
    with pytest.raises(TorchFileUnsafe, match="system"):
        read_weights(tmp_path / "trap.pth", child)
    (tmp_path / "bare.pkl").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(TorchFileLegacy):
        read_weights(tmp_path / "bare.pkl", child)
    assert not (tmp_path / "ran").exists()


def test_what_is_no_file(tmp_path: Path, child: Child) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "missing", "."):
        with pytest.raises(WeightsUnreadable):
            read_weights(tmp_path / name, child)
