"""Which tensors a file of ``torch.save`` holds, and where their bytes lie in it. Meant to run in a bounded child."""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any

from .archive import Entry, check_sum, entries, read_entry
from .limits import DEFAULT, TorchFileLimits
from .machine import Place
from .opcodes import read_pickle
from .refusals import (
    TorchFileError,
    TorchFileMalformed,
    TorchFileTooLarge,
    TorchFileWithoutTensors,
)

__all__ = ["INSIDE", "Index", "TensorPlace", "index", "listed"]

INSIDE = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params")
"""Keys under which training programs keep the state dict of the network beside other things."""


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """One tensor.

    Attributes
    ----------
    name : str
        In its state dict.
    dtype : str
        Of an element: a name of numpy, or ``bfloat16``.
    begin, size : int
        Bytes of its storage in the file.
    offset : int
        First element within the storage.
    shape, steps : tuple of int
        Length of each axis, and elements from one to the next along it.
    """

    name: str
    dtype: str
    begin: int
    size: int
    offset: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """What a file holds: its tensors in order, under which key they lay, and what else was left where it is."""

    tensors: tuple[TensorPlace, ...]
    inside: str | None
    left: tuple[str, ...]


def listed(
    *, descriptor: int, inside: str | None = None, limits: Mapping[str, int] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """`index` as a bounded child calls it: JSON values out, a refusal as ``{"problem": code, "words": text}``."""
    bounds = TorchFileLimits(**limits) if limits else DEFAULT
    try:
        with os.fdopen(os.dup(descriptor), "rb") as stream:
            found = index(stream, inside=inside, limits=bounds)
    except TorchFileError as error:
        return {"problem": error.code, "words": str(error)}, {}
    tensors = [asdict(one) | {"shape": list(one.shape), "steps": list(one.steps)} for one in found.tensors]
    return {"tensors": tensors, "inside": found.inside, "left": list(found.left)}, {}


def index(stream: IO[bytes], *, inside: str | None = None, limits: TorchFileLimits = DEFAULT) -> Index:
    """Read the list of tensors of a file.

    Parameters
    ----------
    stream : file
        Open for reading in binary, seekable.
    inside : str, optional
        Key of the state dict in the file. When not given: the file's own dict where it holds tensors, else the only
        one of `INSIDE` that does.

    Raises
    ------
    TorchFileError
        One subclass for each reason; nothing of the file was run.
    """
    size = stream.seek(0, os.SEEK_END)
    packed = entries(stream, size, limits)
    if "data.pkl" not in packed:
        raise TorchFileMalformed(
            "the archive holds no data.pkl: it is no file of torch.save; take another one"
        )
    if "byteorder" in packed and read_entry(stream, packed["byteorder"], 16, name="byteorder") != b"little":
        raise TorchFileMalformed(
            "the file was written on a machine of the other byte order; save it again here"
        )
    root = read_pickle(read_entry(stream, packed["data.pkl"], limits.pickle_bytes, name="data.pkl"), limits)
    under, state = _state(root, inside)
    found: list[TensorPlace] = []
    total = 0
    for name, place in _tensors(state, limits):
        entry = packed.get(f"data/{place.storage.key}")
        if entry is None:
            raise TorchFileMalformed(f"the bytes of the tensor {name[:100]!r} are missing in the file")
        found.append(_placed(name, place, entry))
        total += math.prod(place.shape) * place.storage.item
        if len(found) > limits.tensors:
            raise TorchFileTooLarge(f"the file holds more than {limits.tensors} tensors")
        if total > limits.weights_bytes:
            raise TorchFileTooLarge(f"its tensors have more than {limits.weights_bytes} bytes together")
    if not found:
        raise TorchFileWithoutTensors(
            "the state dict holds no tensors; name another key of the file by inside"
        )
    _check_sums(stream, packed, found)
    left = () if under is None else tuple(str(key)[:100] for key in root if key != under)[:100]
    return Index(tuple(found), under, left)


def _state(root: Any, inside: str | None) -> tuple[str | None, dict[Any, Any]]:
    if not isinstance(root, dict):
        raise TorchFileWithoutTensors(
            f"the file holds a {type(root).__name__}, not a state dict; save model.state_dict()"
        )
    if inside is not None:
        state = root.get(inside)
        if not isinstance(state, dict):
            raise TorchFileWithoutTensors(f"the file has no dict {inside[:100]!r}; it has {_keys(root)}")
        return inside, state
    if any(isinstance(value, Place) for value in root.values()):
        return None, root
    fit = [key for key in INSIDE if isinstance(root.get(key), dict) and _holds(root[key])]
    if len(fit) != 1:
        raise TorchFileWithoutTensors(
            f"the file has {len(fit)} dicts of tensors under a common name; it has {_keys(root)}: name one by inside"
        )
    return fit[0], root[fit[0]]


def _holds(state: dict[Any, Any]) -> bool:
    return any(isinstance(value, Place) for value in state.values())


def _keys(root: dict[Any, Any]) -> str:
    return ", ".join(repr(str(key)[:40]) for key in list(root)[:20]) or "nothing"


def _tensors(state: dict[Any, Any], limits: TorchFileLimits) -> Iterator[tuple[str, Place]]:
    """Tensors under their dotted names. What a dict holds beside tensors and dicts of them is no weight."""
    pending: list[tuple[str, dict[Any, Any], int]] = [("", state, 1)]
    visited = 0
    names: set[str] = set()
    while pending:
        prefix, here, depth = pending.pop()
        if depth > limits.pickle_depth:
            raise TorchFileTooLarge(f"its dicts lie deeper than {limits.pickle_depth} levels")
        for key, value in here.items():
            visited += 1
            if visited > limits.pickle_values:
                raise TorchFileTooLarge(f"its dicts lead to more than {limits.pickle_values} values")
            name = f"{prefix}{key}"
            if isinstance(value, dict):
                pending.append((f"{name}.", value, depth + 1))
            elif isinstance(value, Place):
                if name in names or len(name) > 500 or not name.isprintable():
                    raise TorchFileMalformed(f"a tensor has an impossible name, or one twice: {name[:100]!r}")
                names.add(name)
                yield name, value


def _placed(name: str, place: Place, entry: Entry) -> TensorPlace:
    storage = place.storage
    if storage.count * storage.item != entry.size:
        raise TorchFileMalformed(
            f"the storage of {name[:100]!r} claims {storage.count * storage.item} bytes, the file has {entry.size}"
        )
    furthest = place.offset + sum(
        (length - 1) * step for length, step in zip(place.shape, place.steps, strict=True)
    )
    if math.prod(place.shape) and furthest >= storage.count:
        raise TorchFileMalformed(f"the tensor {name[:100]!r} reaches beyond its storage")
    return TensorPlace(name, storage.dtype, entry.begin, entry.size, place.offset, place.shape, place.steps)


def _check_sums(stream: IO[bytes], packed: Mapping[str, Entry], found: list[TensorPlace]) -> None:
    used = {place.begin for place in found}
    for name, entry in packed.items():
        if entry.begin in used and entry.size:
            check_sum(stream, entry, name=name)
