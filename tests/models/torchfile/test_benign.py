"""What torch.save writes comes out byte by byte, without torch."""

import io
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.models.torchfile import TorchFileWithoutTensors, index
from assay.models.torchfile.index import listed
from assay.models.torchfile.tensors import StoredIndex, arrays

torch = pytest.importorskip("torch")


def read(path: Path, inside: str | None = None) -> dict[str, np.ndarray]:
    with path.open("rb") as stream:
        meta, _ = listed(descriptor=stream.fileno(), inside=inside)
        return dict(arrays(stream.fileno(), StoredIndex.of(meta)))


def saved(path: Path, value: Any, **options: Any) -> Path:
    torch.save(value, path, **options)
    return path


def same(array: np.ndarray, tensor: Any) -> bool:
    plain = tensor.detach().float() if tensor.dtype is torch.bfloat16 else tensor.detach()
    wanted = plain.contiguous().numpy()
    return array.shape == wanted.shape and array.dtype == wanted.dtype and array.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_state_dict_of_every_type(tmp_path: Path, protocol: int) -> None:
    plain = torch.arange(-6, 6).reshape(3, 4)
    kinds = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
             torch.int8, torch.uint8, torch.bool)  # fmt: skip
    state = OrderedDict((str(kind).removeprefix("torch."), plain.to(kind)) for kind in kinds)
    state |= {
        "turned": plain.t(),
        "part": plain[1:, ::2],
        "spread": torch.ones(1).expand(5),
        "one": torch.tensor(3.5),
    }
    state |= {"none": torch.empty(0, 4), "parameter": torch.nn.Parameter(torch.randn(2, 3))}
    found = read(saved(tmp_path / "a.pth", state, pickle_protocol=protocol))
    assert list(found) == list(state)
    assert all(same(found[name], tensor) for name, tensor in state.items())


def test_the_state_of_a_module_and_of_what_trained_it(tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 1))
    optimiser = torch.optim.AdamW(module.parameters())
    module(torch.randn(2, 3, 8, 6)).sum().backward()
    optimiser.step()
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, 3)
    whole = {
        "model": module.state_dict(),
        "optimizer": optimiser.state_dict(),
        "epoch": 3,
        "note": ("a", 2.5, None),
    }
    whole["scheduler"] = schedule.state_dict()
    path = saved(tmp_path / "b.pt", whole)
    found = read(path)
    assert {name: same(found[name], tensor) for name, tensor in module.state_dict().items()} == dict.fromkeys(
        module.state_dict(), True
    )
    with path.open("rb") as stream:
        told = index(stream)
    assert (told.inside, told.left) == ("model", ("optimizer", "epoch", "note", "scheduler"))


def test_a_dict_is_chosen_only_where_there_is_no_doubt(tmp_path: Path) -> None:
    two = {"model": {"w": torch.ones(2)}, "net": {"w": torch.zeros(2)}}
    path = saved(tmp_path / "c.pt", two)
    with pytest.raises(TorchFileWithoutTensors, match="2 dicts"):
        read(path)
    assert read(path, "net")["w"].tolist() == [0, 0]
    with pytest.raises(TorchFileWithoutTensors, match="'other'"):
        read(path, "other")
    with pytest.raises(TorchFileWithoutTensors, match="list"):
        read(saved(tmp_path / "d.pt", [torch.ones(1)]))
    with pytest.raises(TorchFileWithoutTensors, match="0 dicts"):
        read(saved(tmp_path / "e.pt", {"epoch": 3}))


def test_dicts_in_dicts_have_dotted_names(tmp_path: Path) -> None:
    path = saved(tmp_path / "f.pt", {"model": {"top": torch.ones(1), "block": {"0": {"w": torch.zeros(2)}}}})
    assert {name: array.shape for name, array in read(path).items()} == {"top": (1,), "block.0.w": (2,)}


@given(
    shape=st.lists(st.integers(0, 4), min_size=0, max_size=4),
    turn=st.randoms(use_true_random=False),
    kind=st.sampled_from([torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.bool]),
)
def test_any_view_comes_out_as_torch_sees_it(shape: list[int], turn: Any, kind: Any) -> None:
    axes = list(range(len(shape)))
    turn.shuffle(axes)
    tensor = torch.randn([side + 2 for side in shape]).to(kind).permute(axes)
    for axis in axes:
        tensor = tensor.narrow(axis, turn.randint(0, 2), shape[axes[axis]])
    stream = io.BytesIO()
    torch.save({"t": tensor}, stream)
    with tempfile.TemporaryFile() as file:
        file.write(stream.getvalue())
        file.flush()
        meta, _ = listed(descriptor=file.fileno())
        found = dict(arrays(file.fileno(), StoredIndex.of(meta)))
    assert same(found["t"], tensor)
