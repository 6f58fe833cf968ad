"""Checkpoints of a training run: safetensors and JSON in one folder a step, complete or not there at all.

A folder is written under another name, flushed to the disk and renamed; a process that dies at any moment
leaves either the whole checkpoint or none. A checkpoint whose bytes changed since is passed over for the one
before it.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import AssayError
from .weights import flush_folder, write_flushed

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer

SCHEMA_VERSION = 1
_NAMED = re.compile(r"step-(\d{9})")


class CheckpointMismatch(AssayError):
    """A checkpoint that belongs to another network, dataset or configuration."""

    code = "checkpoint-mismatch"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint on disk: `step` steps are done, `state` is what was given to `Checkpoints.save`."""

    step: int
    state: Mapping[str, Any]
    folder: Path

    def tensors(self) -> "dict[str, Tensor]":
        """All tensors by name, on the CPU."""
        from safetensors.torch import load_file

        return load_file(self.folder / "tensors.safetensors")


class Checkpoints:
    """The checkpoints in `folder`, of which the newest `keep` stay."""

    def __init__(self, folder: Path, keep: int) -> None:
        self._folder, self._keep = folder, keep

    def save(self, step: int, tensors: "Mapping[str, Tensor]", state: Mapping[str, Any]) -> None:
        """Write one checkpoint and drop those that are too many; `state` is a JSON value."""
        from safetensors.torch import save

        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob(".part-*"):
            shutil.rmtree(left)
        part = self._folder / f".part-{step:09d}"
        part.mkdir()
        data = save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
        document = {
            "schema_version": SCHEMA_VERSION,
            "step": step,
            "sha256": hashlib.sha256(data).hexdigest(),
            "state": dict(state),
        }
        write_flushed(part / "tensors.safetensors", data)
        write_flushed(part / "state.json", json.dumps(document, indent=1, allow_nan=False).encode())
        final = self._folder / f"step-{step:09d}"
        if final.exists():
            shutil.rmtree(final)
        part.rename(final)
        flush_folder(self._folder)
        for old in sorted(self._steps(), reverse=True)[self._keep :]:
            shutil.rmtree(self._folder / f"step-{old:09d}")

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint whose bytes are what was written, or None."""
        for step in sorted(self._steps(), reverse=True):
            folder = self._folder / f"step-{step:09d}"
            try:
                document = json.loads((folder / "state.json").read_bytes())
                digest = hashlib.sha256((folder / "tensors.safetensors").read_bytes()).hexdigest()
                whole = digest == document["sha256"] and document["schema_version"] == SCHEMA_VERSION
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if whole:
                return Checkpoint(step, document["state"], folder)
        return None

    def _steps(self) -> Iterator[int]:
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                match = _NAMED.fullmatch(path.name)
                if match and path.is_dir():
                    yield int(match[1])


def capture(module: "Module", optimizer: "Optimizer") -> "dict[str, Tensor]":
    """Every tensor that decides how training goes on: parameters, buffers, state of the optimizer."""
    import torch

    found = {f"module/{name}": value for name, value in module.state_dict().items()}
    for name, parameter in module.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, torch.Tensor):
                found[f"optimizer/{name}/{key}"] = value
    # Tied parameters share memory, which a safetensors file cannot say; a copy of each is the same on return.
    return {name: value.clone() for name, value in found.items()}


def restore(module: "Module", optimizer: "Optimizer", tensors: "Mapping[str, Tensor]") -> None:
    """Put back what `capture` took, in the memory layout that the module has.

    Raises
    ------
    CheckpointMismatch
        The tensors are not those of this module.
    """
    import torch

    own = {
        name.removeprefix("module/"): value for name, value in tensors.items() if name.startswith("module/")
    }
    present = module.state_dict()
    shapes = {name: tuple(value.shape) for name, value in present.items()}
    if {name: tuple(value.shape) for name, value in own.items()} != shapes:
        raise CheckpointMismatch(
            "the checkpoint holds another network than this one; train into an empty folder, or build the same"
        )
    with torch.no_grad():
        for name, value in present.items():
            value.copy_(own[name])
        parameters = dict(module.named_parameters())
        for name, value in tensors.items():
            if not name.startswith("optimizer/"):
                continue
            owner, key = name.removeprefix("optimizer/").rsplit("/", 1)
            parameter = parameters.get(owner)
            if parameter is None:
                raise CheckpointMismatch(
                    f"the checkpoint trains {owner}, which this network lacks; train into an empty folder"
                )
            if key != "step" and value.shape == parameter.shape:
                # The layout of the parameter decides which kernel runs, and with it the last bit.
                placed = torch.empty_like(parameter, dtype=value.dtype, requires_grad=False)
                value = placed.copy_(value)
            optimizer.state[parameter][key] = value
