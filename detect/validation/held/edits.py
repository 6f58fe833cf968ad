"""Made edits of held sources, and their untouched hosts."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ....intake.manifest import Entry
from ....models.artifact import Artifact
from ....models.engine import Engine
from ...analyzers.edits import preprocessing_of
from ...forge.edits import material, validation
from ...forge.edits.claims import CODES, Claims
from ...forge.edits.samples import Samples
from ...forge.edits.settings import EditSettings
from ...forge.launder import TIERS
from ...scales import Scales
from .material import HeldFigure, Say, listed, refuse_other

__all__ = ["HeldEdits"]

_OUTPUTS = ("heat", "reliability")


class HeldEdits:
    """What the recipe of a map of edits holds back.

    Parameters
    ----------
    artifact, recipe, say
        See `held_of`.
    """

    def __init__(self, artifact: Artifact, recipe: Path, say: Say) -> None:
        self._settings = EditSettings.read(recipe)
        refuse_other(artifact, recipe, self._settings.name, self._settings.version)
        self._artifact, self._say = artifact, say

    def figures(self, device: str) -> list[HeldFigure]:
        """By tier, kind and source, as `forge.edits.validation` draws them up; claims and rules are the card's."""
        settings = self._settings
        asked, point = preprocessing_of(self._artifact), Scales(self._artifact).point(TIERS[0], 1)
        shown = material.held_alone(settings, self._say)
        self._say(f"{len(shown)} held edits are judged")
        with Engine.open(self._artifact, device=device, outputs=_OUTPUTS) as engine:
            alone = validation.judge(
                _through(engine), shown, settings.seed, claims=Claims(settings.cache / "claims.json")
            )
        everything = alone.fused({code: asked.claims.get(code, 0.0) for code in CODES})
        alone, judged = (one.part(one.telling >= asked.least_telling) for one in (alone, everything))
        threshold = np.inf if point is None else point.threshold
        found = [
            *validation.figures(judged, threshold, alone), *validation.left_out(everything, asked.least_telling),
        ]  # fmt: skip
        return [HeldFigure(one.name, one.tier, one.source, one.interval) for one in found]

    def manifest(self) -> Path:
        """Each held host once as it is, once edited; PNG."""
        shown = material.held_alone(self._settings, self._say)
        facts = json.dumps([asdict(one) for one in shown.facts], sort_keys=True)
        folder = self._settings.cache / "held" / f"files-{hashlib.sha256(facts.encode()).hexdigest()[:16]}"
        return listed(folder, partial(_written, shown))


def _written(shown: Samples, folder: Path) -> Iterator[Entry]:
    for place, one in enumerate(shown.facts):
        made: Mapping[str, NDArray[np.uint8]] = {"untouched": shown.hosts[place]}
        if one.kind != "none":
            made = {**made, one.kind: shown.edits[place]}
        for kind, rgb in made.items():
            path = folder / f"{'plain' if one.plain else 'host'}-{one.number:05d}-{kind}.png"
            Image.fromarray(rgb).save(path)
            yield Entry(
                path, path.name, "real" if kind == "untouched" else "fake", kind="edited",
                generator="" if kind == "untouched" else kind, source=one.source, split="held", unit=one.name,
            )  # fmt: skip


def _through(engine: Engine) -> validation.Look:
    """The artifact as it ships."""

    def look(pixels: NDArray[np.uint8]) -> validation.Looked:
        made = list(engine.score({"pixels": one} for one in pixels))
        heat, trust = (
            np.stack([np.asarray(one.arrays[name], np.float32) for one in made]) for name in _OUTPUTS
        )
        return np.array([one.raw for one in made], np.float32), heat, trust

    return look
