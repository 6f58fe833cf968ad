"""Features of crops by the frozen image encoder, kept on disk by content so that work is never done twice."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from .launder import Pixels

Features = NDArray[np.float32]

SHARD = 512
"""Crops per file of the cache: what is lost, at most, when a run is killed."""


class FeatureStore:
    """Encode crops one by one (a score never depends on its neighbours) and remember the result.

    Parameters
    ----------
    encoder
        ONNX graph: `pixels` uint8 [1, 224, 224, 3] to `features` float32 [1, d].
    folder
        Where features are kept; a changed encoder gets a folder of its own.
    threads
        Crops encoded at the same time, each on one thread.
    """

    def __init__(self, encoder: Path, folder: Path, *, threads: int = 2) -> None:
        self.sha256 = hashlib.sha256(encoder.read_bytes()).hexdigest()
        self._folder = folder / self.sha256[:16]
        self._folder.mkdir(parents=True, exist_ok=True)
        self._known: dict[bytes, Features] = {}
        self._fresh: dict[bytes, Features] = {}
        self._encoder = encoder
        self._threads = threads
        self._session: onnxruntime.InferenceSession | None = None
        for shard in sorted(self._folder.glob("*.safetensors")):
            stored = load_file(shard)
            keys = stored["keys"]
            self._known.update(
                (key.tobytes(), row) for key, row in zip(keys, stored["features"], strict=True)
            )

    def __len__(self) -> int:
        return len(self._known) + len(self._fresh)

    def encode(self, crops: Iterable[Pixels]) -> Iterator[Features]:
        """Features, (d,), of each crop (224, 224, 3), in order; memory stays bounded."""
        pending = iter(crops)
        with ThreadPoolExecutor(self._threads) as workers:
            while part := list(islice(pending, 64)):
                yield from self._part(part, workers)
        self.flush()

    def flush(self) -> None:
        """Write what was not written yet."""
        if not self._fresh:
            return
        keys = np.stack([np.frombuffer(key, dtype=np.uint8) for key in self._fresh])
        name = hashlib.sha256(keys.tobytes()).hexdigest()[:24]
        partial = self._folder / f"{name}.{os.getpid()}.partial"
        save_file({"keys": keys, "features": np.stack(list(self._fresh.values()))}, partial)
        os.replace(partial, self._folder / f"{name}.safetensors")
        self._known.update(self._fresh)
        self._fresh = {}

    def _part(self, part: Sequence[Pixels], workers: ThreadPoolExecutor) -> list[Features]:
        keys = [hashlib.sha256(pixels.tobytes()).digest() for pixels in part]
        missing = {
            key: pixels
            for key, pixels in zip(keys, part, strict=True)
            if key not in self._known and key not in self._fresh
        }
        self._fresh.update(zip(missing, workers.map(self._run, missing.values()), strict=True))
        rows = [self._known[key] if key in self._known else self._fresh[key] for key in keys]
        if len(self._fresh) >= SHARD:
            self.flush()
        return rows

    def _run(self, pixels: Pixels) -> Features:
        if self._session is None:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            self._session = onnxruntime.InferenceSession(
                self._encoder, options, providers=["CPUExecutionProvider"]
            )
        (features,) = self._session.run(["features"], {"pixels": pixels[None]})
        return np.asarray(features[0], dtype=np.float32)
