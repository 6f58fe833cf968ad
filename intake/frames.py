"""Messages between the parent and its bounded child: a length, a JSON header, then raw array bytes.

Nothing that crosses this line can carry code: no pickle, no object, no class name. The parent treats every byte that
comes back as hostile, because the child has read hostile bytes before it answered.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Blob", "MalformedFrame", "PeerClosed", "Reply", "receive_header", "receive_reply", "send"]

_LENGTH = struct.Struct("!Q")
_DTYPES = {
    name: np.dtype(name) for name in ("uint8", "uint16", "int16", "int32", "int64", "float32", "float64")
}
_MAX_ARRAYS = 64
_MAX_DIMENSIONS = 8


class MalformedFrame(Exception):
    """The bytes are not a frame of this protocol, or exceed a bound (internal: becomes a coded refusal)."""


class PeerClosed(Exception):
    """The other side is gone (internal: becomes a coded refusal)."""


@dataclass(frozen=True, slots=True)
class Blob:
    """An array on its way out, as chunks of bytes, so that a large picture is never copied as a whole.

    Attributes
    ----------
    dtype : str
        One of the names that the protocol knows.
    shape : sequence of int
        Dimensions; their product times the item size is what ``chunks`` must add up to.
    chunks : iterable of bytes-like
        The bytes in C order.
    """

    dtype: str
    shape: Sequence[int]
    chunks: Iterable[bytes | memoryview]

    @classmethod
    def of(cls, array: NDArray[Any]) -> "Blob":
        """Blob of an array in memory."""
        solid = np.ascontiguousarray(array)
        return cls(solid.dtype.name, solid.shape, (solid.tobytes(),))


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a call.

    Attributes
    ----------
    meta : Mapping[str, Any]
        JSON object; its values are not trusted.
    arrays : Mapping[str, numpy.ndarray]
        Arrays by name, sizes checked against their shapes and bounds.
    """

    meta: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def send(link: socket.socket, meta: Mapping[str, Any], arrays: Mapping[str, Blob] | None = None) -> None:
    """Send one frame."""
    blobs = arrays or {}
    layout = [{"name": name, "dtype": blob.dtype, "shape": list(blob.shape)} for name, blob in blobs.items()]
    header = json.dumps({"meta": meta, "arrays": layout}, ensure_ascii=True).encode()
    try:
        link.sendall(_LENGTH.pack(len(header)) + header)
        for blob in blobs.values():
            for chunk in blob.chunks:
                link.sendall(chunk)
    except (BrokenPipeError, ConnectionResetError):
        raise PeerClosed from None


def receive_header(link: socket.socket, limit: int, deadline: float | None = None) -> dict[str, Any]:
    """The JSON header of the next frame.

    Parameters
    ----------
    link : socket.socket
        Connected stream socket.
    limit : int
        Longest header accepted, in bytes.
    deadline : float | None
        ``time.monotonic()`` after which :class:`TimeoutError` is raised.
    """
    size = bytearray(_LENGTH.size)
    _fill(link, memoryview(size), deadline)
    (length,) = _LENGTH.unpack(size)
    if length > limit:
        raise MalformedFrame(f"header of {length} bytes")
    text = bytearray(length)
    _fill(link, memoryview(text), deadline)
    try:
        header = json.loads(bytes(text))
    except (ValueError, RecursionError):
        raise MalformedFrame("header is not JSON") from None
    if not isinstance(header, dict) or not isinstance(header.get("meta"), dict):
        raise MalformedFrame("header without meta")
    return header


def receive_reply(link: socket.socket, header_limit: int, array_limit: int, deadline: float) -> Reply:
    """One frame with its arrays, every size checked before memory is set aside for it."""
    header = receive_header(link, header_limit, deadline)
    plans = _plans(header.get("arrays"), array_limit)
    arrays: dict[str, NDArray[Any]] = {}
    for name, dtype, shape in plans:
        array = np.empty(shape, dtype)
        if array.nbytes:
            _fill(link, memoryview(array.data).cast("B"), deadline)
        arrays[name] = array
    return Reply(header["meta"], arrays)


def _plans(layout: object, limit: int) -> list[tuple[str, np.dtype[Any], tuple[int, ...]]]:
    if not isinstance(layout, list) or len(layout) > _MAX_ARRAYS:
        raise MalformedFrame("no list of arrays")
    plans: list[tuple[str, np.dtype[Any], tuple[int, ...]]] = []
    total = 0
    for entry in layout:
        if not isinstance(entry, dict):
            raise MalformedFrame("array entry is no object")
        name, dtype, shape = entry.get("name"), entry.get("dtype"), entry.get("shape")
        if not isinstance(name, str) or not isinstance(dtype, str) or dtype not in _DTYPES:
            raise MalformedFrame("array without name or of unknown type")
        if not isinstance(shape, list) or len(shape) > _MAX_DIMENSIONS:
            raise MalformedFrame("array without shape")
        if not all(type(side) is int and 0 <= side <= limit for side in shape):
            raise MalformedFrame("array with an impossible side")
        total += math.prod(shape) * _DTYPES[dtype].itemsize
        if total > limit:
            raise MalformedFrame("more array bytes than allowed")
        plans.append((name, _DTYPES[dtype], tuple(shape)))
    return plans


def _fill(link: socket.socket, view: memoryview, deadline: float | None) -> None:
    while view.nbytes:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            link.settimeout(left)
        try:
            count = link.recv_into(view)
        except ConnectionResetError:
            raise PeerClosed from None
        if not count:
            raise PeerClosed
        view = view[count:]
