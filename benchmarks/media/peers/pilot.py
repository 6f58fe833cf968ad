"""The line to beat: the recipe of the pilot study, fitted again on these pictures with the encoder that ships.

Class token and patch mean of blocks 6 and 8 on one native crop, one delivery a picture, 500 latent twins, a logistic
head with C = 0.001, weights even over classes and sources. Three crops are averaged when it is used.
"""

import hashlib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from views import Material, Seen

from assay.detect.forge import pool, twins, views
from assay.detect.forge.features import Features, FeatureStore
from assay.detect.forge.launder import TIERS, Pixels
from assay.detect.forge.probe import Probe
from assay.detect.forge.settings import Settings

from . import head
from .peer import Scored, over_crops

BLOCKS = (6, 8)
TWINS = 500
CROPS = 3
"""Averaged when it is used, the first of those that the others see."""
STRENGTH = 0.001
TWIN_SOURCE = "latent twins"
"""Twins weigh like one more generated source."""


class Pilot:
    """The pilot's recipe.

    Parameters
    ----------
    store
        Features of the encoder that ships, shared with the training.
    """

    name = "pilot recipe, reproduced"
    note = (
        "blocks 6 and 8 of the encoder that ships, native crops, one delivery a picture, 500 latent twins, C = 0.001, "
        "weights even over classes and sources, three crops averaged: what the artifact must beat"
    )
    takes: Literal["crops", "whole picture", "file"] = "crops"
    threshold: float | None = None

    def __init__(self, store: FeatureStore) -> None:
        self.modules: tuple[ModuleType, ...] = (sys.modules[__name__], head)
        self._store = store
        self._probe: Probe | None = None
        self._columns: NDArray[np.int64] | None = None

    def identity(self, material: Material) -> str:
        """The encoder."""
        return f"{self._store.sha256} {material.settings.encoder_blocks}"

    def prepare(self, material: Material, folder: Path) -> None:
        """Fit the head, or read it."""
        self._columns = columns(material.settings, BLOCKS)
        self._probe = head.kept(folder / "head.safetensors", lambda: pilot(material, self._store))

    def score(self, seen: Sequence[Seen]) -> Scored:
        """Mean logit over the crops; features that are known already are not computed again."""
        assert self._probe is not None and self._columns is not None
        fewer = [replace(view, crops=view.crops[:CROPS]) for view in seen]
        begun = time.perf_counter()
        rows = np.stack(list(self._store.encode(crop for view in fewer for crop in view.crops)))
        values = over_crops(self._probe.logits(rows[:, self._columns]), fewer)
        return Scored(values, time.perf_counter() - begun)


def columns(settings: Settings, blocks: Sequence[int]) -> NDArray[np.int64]:
    """Columns of these blocks in the encoder's output, where its blocks lie side by side; each is 1,536 wide."""
    absent = set(blocks) - set(settings.encoder_blocks)
    if absent:
        raise ValueError(f"the encoder of the settings does not put out the blocks {sorted(absent)}")
    wide = 1536
    order = list(settings.encoder_blocks)
    return np.concatenate([np.arange(wide) + wide * order.index(block) for block in blocks])


def pilot(material: Material, store: FeatureStore) -> Probe:
    """The pilot's probe on the training pictures and their twins."""
    settings, pictures = material.settings, material.training
    fitting = [n for n, picture in enumerate(pictures) if views.fits(views.load(picture.path))]
    shown = [(n, pictures[n].path, pictures[n].synthetic, pictures[n].source) for n in fitting]
    real = [n for n in fitting if not pictures[n].synthetic]
    if settings.auto_encoder is not None:
        order = pool.spread(real, pictures)[:TWINS]
        weights = settings.data / settings.auto_encoder
        made = twins.make([pictures[n].path for n in order], weights, settings.cache / "twins")
        shown += [
            (n, twin.path, True, TWIN_SOURCE) for n, twin in zip(order, made, strict=True) if twin is not None
        ]
    synthetic = np.array([one[2] for one in shown])
    source = np.array([one[3] for one in shown])
    rows: list[Features] = list(store.encode(_crops(shown, pictures, settings.seed)))
    return head.fitted(np.stack(rows)[:, columns(settings, BLOCKS)], synthetic, source, STRENGTH)


def _crops(
    shown: Sequence[tuple[int, Path, bool, str]], pictures: Sequence[pool.Picture], seed: int
) -> Iterator[Pixels]:
    """One crop each, in one tier each; a twin goes the way of its photo."""
    for number, path, *_ in shown:
        name = pictures[number].name
        tier = TIERS[hashlib.sha256(name.encode()).digest()[0] % len(TIERS)]
        yield views.training_view(views.load(path), number, tier, name, seed, 1).crops[0]
