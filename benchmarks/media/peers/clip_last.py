"""The usual CLIP probe: the last layer's embedding of the whole picture, shrunk to 224 pixels."""

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image
from views import Material, Seen

from assay.detect.forge.launder import Pixels
from assay.detect.forge.probe import Probe
from assay.models.networks.clip_weights import MEAN, SIDE, STD

from . import head
from .peer import Scored
from .wheels import CLIP, SAHU

STRENGTHS = (0.001, 0.01, 0.1, 1.0)
PART = 256
"""Training pictures per file of the cache: what is lost, at most, when a run is killed."""


def shrunk(rgb: Pixels) -> NDArray[np.float32]:
    """CLIP's own preprocessing: shorter side to 224, middle square, normalised; (1, 3, 224, 224)."""
    picture = Image.fromarray(rgb)
    factor = SIDE / min(picture.size)
    width, height = (max(SIDE, round(side * factor)) for side in picture.size)
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - SIDE) // 2, (height - SIDE) // 2
    square = np.asarray(picture.crop((left, top, left + SIDE, top + SIDE)), dtype=np.float32) / 255
    normal = (square - np.array(MEAN, dtype=np.float32)) / np.array(STD, dtype=np.float32)
    return np.ascontiguousarray(normal.transpose(2, 0, 1)[None])


class ClipLast:
    """All twelve blocks of CLIP ViT-B/16, the 512 numbers of its embedding, a logistic head."""

    name = "CLIP last layer, whole picture"
    note = (
        "the usual probe: embedding by all twelve blocks of the same CLIP tower, whole picture with its shorter side "
        "shrunk to 224, one picture a run; logistic head trained on the training pictures under launderings drawn as "
        "for the artifact, its penalty chosen by leave-source-out"
    )
    takes: Literal["crops", "whole picture", "file"] = "whole picture"
    threshold: float | None = None

    def __init__(self, wheels: Path) -> None:
        self.modules: tuple[ModuleType, ...] = (sys.modules[__name__], head)
        self._wheels = wheels
        self._head: Probe | None = None
        self._session: onnxruntime.InferenceSession | None = None

    def identity(self, material: Material) -> str:
        """Hash of the tower."""
        return CLIP[1]

    def prepare(self, material: Material, folder: Path) -> None:
        """Embed the training pictures part by part and fit the head, or read it."""
        # One thread a run and several runs at a time: threads of one run wait for one another.
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = SAHU.member(self._wheels, *CLIP)
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

        def make() -> Probe:
            rows, synthetic, source = [], [], []
            for tier in range(3):
                for first in range(0, len(material.training), PART):
                    part = range(first, min(first + PART, len(material.training)))
                    path = folder / f"embedded-{tier}-{first:05d}.npy"
                    if not path.exists():
                        folder.mkdir(parents=True, exist_ok=True)
                        partial = folder / "partial.npy"
                        np.save(partial, self.embed([material.drawn_whole(n, tier) for n in part]))
                        partial.replace(path)
                    rows.append(np.load(path))
                    synthetic += [material.training[n].synthetic for n in part]
                    source += [material.training[n].source for n in part]
            features, truth = np.concatenate(rows), np.array(synthetic)
            return head.chosen(features, truth, np.array(source), STRENGTHS)

        self._head = head.kept(folder / "head.safetensors", make)

    def embed(self, pictures: Sequence[Pixels]) -> NDArray[np.float32]:
        """Embeddings of length 1, (n, 512), one picture a run: dynamic quantisation depends on the batch mates."""
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as workers:
            return np.stack(list(workers.map(self._embedded, pictures)))

    def _embedded(self, rgb: Pixels) -> NDArray[np.float32]:
        assert self._session is not None
        (found,) = self._session.run(["image_embeds"], {"pixel_values": shrunk(rgb)})
        return np.asarray(found[0] / max(1e-12, float(np.linalg.norm(found[0]))), dtype=np.float32)

    def score(self, seen: Sequence[Seen]) -> Scored:
        """Logit of the whole picture."""
        assert self._head is not None
        values, seconds, views = [], 0.0, iter(seen)
        while part := list(islice(views, 32)):
            pictures = [view.whole() for view in part]
            begun = time.perf_counter()
            values += self._head.logits(self.embed(pictures)).tolist()
            seconds += time.perf_counter() - begun
        return Scored(np.array(values), seconds)
