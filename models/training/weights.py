"""Weights on disk: safetensors files that are whole or not there at all, whenever the process dies."""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.nn import Module


def write_weights(path: Path, module: "Module") -> str:
    """Write parameters and buffers as safetensors, whole or not at all; returns the SHA-256 of the file."""
    from safetensors.torch import save

    data = save(
        {name: value.detach().cpu().contiguous().clone() for name, value in module.state_dict().items()}
    )
    part = path.with_name(f".{path.name}.part")
    write_flushed(part, data)
    part.replace(path)
    flush_folder(path.parent)
    return hashlib.sha256(data).hexdigest()


def write_flushed(path: Path, data: bytes) -> None:
    """Write and wait until the disk has it."""
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def flush_folder(folder: Path) -> None:
    """Wait until the disk has the names in `folder` (where the system lets a folder be opened)."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
