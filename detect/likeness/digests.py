"""Digests of one kind, sorted: forty bytes an entry at most, however long the list."""

from array import array

import numpy as np
from numpy.typing import NDArray

__all__ = ["WIDTHS", "Digests"]

WIDTHS = {"sha256": 32, "sha1": 20, "md5": 16}
"""Bytes of a digest by kind."""


class Digests:
    """Digests with the numbers of their labels: `add` all, `close`, then `find`."""

    def __init__(self, kind: str) -> None:
        self._width = WIDTHS[kind]
        self._buffer = bytearray()
        self._of = array("I")
        self._keys: NDArray[np.uint64] = np.zeros(0, np.uint64)
        self._order: NDArray[np.int64] = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self._of)

    def add(self, digest: bytes, label: int) -> None:
        """Add a digest of the kind's width."""
        self._buffer += digest
        self._of.append(label)

    def close(self) -> None:
        """Sort what was added."""
        table = np.frombuffer(bytes(self._buffer), np.uint8).reshape(-1, self._width)
        keys = np.ascontiguousarray(table[:, :8]).view(">u8").reshape(-1).astype(np.uint64)
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def find(self, digest: bytes) -> list[int]:
        """Numbers of the labels of a digest, each once, in order of the list."""
        key = np.uint64(int.from_bytes(digest[:8], "big"))
        first, last = np.searchsorted(self._keys, key, "left"), np.searchsorted(self._keys, key, "right")
        places = (int(at) for at in self._order[first:last])
        width = self._width
        return list(
            dict.fromkeys(
                self._of[at] for at in places if self._buffer[at * width : (at + 1) * width] == digest
            )
        )
