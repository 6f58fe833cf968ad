"""Reading and writing safetensors with every number of the header checked before it is used.

The file is ``header length (8 bytes, little endian) | JSON header | data``. A file is accepted only if its
tensors tile the data exactly, without gap, overlap or rest: no byte is unaccounted for.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jsontext import JsonError, read_json
from .refusals import ArtifactTensorsMalformed, ArtifactTensorsOversized

__all__ = ["MAX_HEADER_BYTES", "TensorEntry", "pack_tensors", "read_header", "unpack_tensors"]

MAX_HEADER_BYTES = 4 << 20
"""Longest safetensors header that is parsed: room for about 30,000 tensors."""
MAX_TENSOR_AXES = 32
PREFIX_BYTES = 8

_DTYPES: Mapping[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One tensor of a checked header; `begin` and `end` are offsets into the whole file."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int


def header_span(prefix: bytes, size: int, what: str) -> int:
    """Length of the header that the first 8 bytes claim, checked against the file and the limit.

    Raises
    ------
    ArtifactTensorsOversized, ArtifactTensorsMalformed
        Nothing of the header has been read by then.
    """
    if size < PREFIX_BYTES or len(prefix) < PREFIX_BYTES:
        raise ArtifactTensorsMalformed(f"{what} is too short to be safetensors; write the artifact again")
    span = int.from_bytes(prefix[:PREFIX_BYTES], "little")
    if span > MAX_HEADER_BYTES or span > size - PREFIX_BYTES:
        raise ArtifactTensorsOversized(
            f"{what} claims a header of {span} bytes; the file has {size}, at most {MAX_HEADER_BYTES} are "
            "read: do not use this file, get the artifact again from its maker"
        )
    return span


def read_header(head: bytes, size: int, what: str) -> tuple[TensorEntry, ...]:
    """Check the header of a safetensors file and return its tensors in order of their offsets.

    Parameters
    ----------
    head : bytes
        The start of the file, at least prefix and header.
    size : int
        Size of the whole file, bytes.
    what : str
        Name of the file for messages.

    Raises
    ------
    ArtifactTensorsOversized, ArtifactTensorsMalformed
        See each class.
    """
    span = header_span(head, size, what)
    try:
        header = read_json(head[PREFIX_BYTES : PREFIX_BYTES + span], limit=MAX_HEADER_BYTES, what=what)
    except JsonError as error:
        raise _malformed(what, str(error)) from error
    if not isinstance(header, dict):
        raise _malformed(what, "the header is no JSON object")
    notes = header.pop("__metadata__", {})
    if not isinstance(notes, dict) or not all(isinstance(note, str) for note in notes.values()):
        raise _malformed(what, "__metadata__ is not an object of texts")
    start = PREFIX_BYTES + span
    entries = sorted(
        (_entry(name, fields, start, what) for name, fields in header.items()),
        key=lambda entry: (entry.begin, entry.end),
    )
    reached = start
    for entry in entries:
        if entry.begin != reached:
            raise _malformed(what, f"tensor {entry.name!r} overlaps another or leaves a gap before it")
        reached = entry.end
    if reached != size:
        raise _malformed(what, f"the tensors end at byte {reached} of {size}")
    return tuple(entries)


def _entry(name: str, fields: Any, start: int, what: str) -> TensorEntry:
    if not isinstance(fields, dict) or set(fields) != {"dtype", "shape", "data_offsets"}:
        raise _malformed(what, f"tensor {name!r} needs exactly dtype, shape and data_offsets")
    dtype = _DTYPES.get(fields["dtype"]) if isinstance(fields["dtype"], str) else None
    if dtype is None:
        raise _malformed(what, f"tensor {name!r} has the unknown type {str(fields['dtype'])[:20]!r}")
    shape, offsets = fields["shape"], fields["data_offsets"]
    if not _counts(shape) or len(shape) > MAX_TENSOR_AXES or not _counts(offsets) or len(offsets) != 2:
        raise _malformed(what, f"tensor {name!r} has a shape or offsets that are no lists of counts")
    begin, end = offsets
    if end - begin != math.prod(shape) * dtype.itemsize:
        raise _malformed(what, f"tensor {name!r} has {end - begin} bytes, its shape and type need other")
    return TensorEntry(name, dtype, tuple(shape), start + begin, start + end)


def _counts(value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is int and 0 <= item < 1 << 48 for item in value)


def _malformed(what: str, why: str) -> ArtifactTensorsMalformed:
    return ArtifactTensorsMalformed(
        f"{what} is not valid safetensors: {why}; write it again with Artifact.write or pack_tensors"
    )


def unpack_tensors(data: NDArray[np.uint8], what: str) -> dict[str, NDArray[Any]]:
    """Arrays of a whole safetensors file as writable views of `data` (shape [bytes]), by their offsets.

    Raises
    ------
    ArtifactTensorsOversized, ArtifactTensorsMalformed
        See each class.
    """
    span = header_span(data[:PREFIX_BYTES].tobytes(), data.size, what)
    arrays: dict[str, NDArray[Any]] = {}
    for entry in read_header(data[: PREFIX_BYTES + span].tobytes(), data.size, what):
        count = math.prod(entry.shape)
        flat = np.frombuffer(data.data, dtype=entry.dtype, count=count, offset=entry.begin) if count else None
        array = np.empty(entry.shape, entry.dtype) if flat is None else flat.reshape(entry.shape)
        # A byte other than 0 or 1 in a bool array would be a truth value that is neither.
        arrays[entry.name] = array.view(np.uint8) != 0 if entry.dtype == np.bool_ else array
    return arrays


def pack_tensors(arrays: Mapping[str, NDArray[Any]], notes: Mapping[str, str] | None = None) -> bytes:
    """A safetensors file; equal arrays give equal bytes whatever the order of the mapping.

    Parameters
    ----------
    arrays : mapping of name to array
        Any numeric type of numpy up to 64 bits, or bool; made contiguous and little endian.
    notes : mapping of text to text, optional
        The header's ``__metadata__``.
    """
    from safetensors.numpy import save

    ready = {
        name: np.ascontiguousarray(arrays[name], arrays[name].dtype.newbyteorder("<")).reshape(
            arrays[name].shape
        )
        for name in sorted(arrays)
    }
    return save(ready, dict(sorted(notes.items())) if notes else None)
