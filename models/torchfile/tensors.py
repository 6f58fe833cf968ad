"""Arrays out of a file of ``torch.save``, by an index of it that is not trusted."""

import math
import os
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .limits import DEFAULT, TorchFileLimits
from .refusals import REFUSALS, TorchFileError, TorchFileMalformed, TorchFileTooLarge

__all__ = ["StoredIndex", "arrays"]

Count = Annotated[int, Field(ge=0, lt=1 << 48)]


class _Place(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=500)]
    dtype: Literal[
        "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"
    ]
    begin: Count
    size: Count
    offset: Count
    shape: list[Count]
    steps: list[Count]


class StoredIndex(BaseModel):
    """An `Index` as JSON values, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    tensors: list[_Place]
    inside: str | None
    left: list[str]

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> "StoredIndex":
        """What a child answered.

        Raises
        ------
        TorchFileError
            The refusal that it reported, or one that says that it reported nonsense.
        """
        if "problem" in meta:
            kind = REFUSALS.get(str(meta["problem"]), TorchFileError)
            words = str(meta.get("words", ""))[:500]
            raise kind("".join(mark if mark.isprintable() else " " for mark in words))
        try:
            return cls.model_validate(meta)
        except ValidationError as error:
            raise TorchFileMalformed(
                f"the list of tensors cannot be used ({error.error_count()} faults): treat the file as hostile"
            ) from None


def arrays(
    descriptor: int, index: StoredIndex, limits: TorchFileLimits = DEFAULT
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Tensors by name, contiguous, in the order of the index.

    Parameters
    ----------
    descriptor : int
        Of the file, open for reading.

    Notes
    -----
    ``bfloat16`` has no counterpart in numpy and is widened to float32, which holds each of its values exactly. All
    other bytes are those of the file.

    Raises
    ------
    TorchFileMalformed, TorchFileTooLarge
        The index leads out of the file, or to more than the limits allow.
    """
    length = os.fstat(descriptor).st_size
    total = 0
    for place in index.tensors:
        stored = np.dtype("uint16" if place.dtype == "bfloat16" else place.dtype).newbyteorder("<")
        count = math.prod(place.shape)
        total += count * stored.itemsize
        if total > limits.weights_bytes or len(place.shape) > limits.tensor_axes:
            raise TorchFileTooLarge(f"its tensors have more than {limits.weights_bytes} bytes together")
        furthest = place.offset + sum(
            (n - 1) * step for n, step in zip(place.shape, place.steps, strict=False)
        )
        if (
            len(place.shape) != len(place.steps)
            or place.begin + place.size > length
            or (count and (furthest + 1) * stored.itemsize > place.size)
        ):
            raise TorchFileMalformed(f"the tensor {place.name[:100]!r} leads out of the file")
        yield place.name, _array(descriptor, place, stored, count, furthest)


def _array(descriptor: int, place: _Place, stored: np.dtype[Any], count: int, furthest: int) -> NDArray[Any]:
    if not count:
        return np.empty(place.shape, np.float32 if place.dtype == "bfloat16" else stored)
    # Only the stretch that this tensor looks at, whatever else lies in its storage.
    data = bytearray((furthest + 1 - place.offset) * stored.itemsize)
    view, at = memoryview(data), place.begin + place.offset * stored.itemsize
    while view:
        got = os.preadv(descriptor, [view], at)
        if not got:
            raise TorchFileMalformed("the file grew shorter while it was read")
        view, at = view[got:], at + got
    flat = np.frombuffer(data, stored)
    steps = [step * stored.itemsize for step in place.steps]
    solid = np.ascontiguousarray(np.lib.stride_tricks.as_strided(flat, place.shape, steps, writeable=False))
    solid = solid.reshape(place.shape)
    if place.dtype == "bfloat16":
        return (solid.astype(np.uint32) << 16).view(np.float32)
    # A byte other than 0 or 1 would be a truth value that is neither.
    return solid.view(np.uint8) != 0 if place.dtype == "bool" else solid
