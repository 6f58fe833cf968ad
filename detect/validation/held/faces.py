"""Held people with their faces as they are, changed, and replaced."""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ....intake.manifest import Entry
from ....models.artifact import Artifact
from ....models.engine import Engine
from ...faces.scoring import OUTPUTS, FaceScorer
from ...forge import pool
from ...forge.faces.figures import GROUPS, SEXES, Scored, audit, codes_of, figures
from ...forge.faces.portraits import Portrait
from ...forge.faces.settings import FaceSettings
from ...forge.faces.training import Material, gathered, held
from ...forge.faces.validation import KINDS, Looks, drawn_eyes, looks, pictures
from ...forge.faces.views import DELIVERIES
from ...forge.launder import Pixels
from .material import HeldFigure, Say, listed, refuse_other

__all__ = ["HeldFaces"]

_SALT = 0xF11E


class HeldFaces:
    """What the recipe of a classifier of replaced faces holds back.

    Parameters
    ----------
    artifact, recipe, say
        See `held_of`.
    """

    def __init__(self, artifact: Artifact, recipe: Path, say: Say) -> None:
        self._settings = FaceSettings.read(recipe)
        refuse_other(artifact, recipe, self._settings.name, self._settings.version)
        self._artifact, self._say = artifact, say

    @cached_property
    def _material(self) -> Material:
        """Held people only, each with those that are like them."""
        return held(gathered(self._settings, self._say))

    def figures(self, device: str) -> list[HeldFigure]:
        """By delivery, kind, size, source and group, as `forge.faces.figures` draws them up."""
        mine = self._material
        shown = looks(mine.portraits, mine.likes, mine.redrawn, mine.finder, self._settings.seed)
        with Engine.open(self._artifact, device=device, outputs=OUTPUTS) as engine:
            scorer = FaceScorer(engine, self._artifact)
            raw = _scores(scorer, shown, self._say)
        scored = Scored(shown, raw).part(~shown.unfit)
        stated = {way: scorer.point(way) for way in DELIVERIES}
        points = {way: np.inf if one is None else one.threshold for way, one in stated.items()}
        found = (*figures(scored, points), *audit(scored, points))
        return [HeldFigure(*one.stated, one.part, one.interval) for one in found]

    def manifest(self) -> Path:
        """Each held person once as they are, once changed and once with each kind of replaced face; PNG."""
        return listed(self._settings.cache / "held" / self._name(), self._written)

    def _written(self, folder: Path) -> Iterator[Entry]:
        for number, portrait in enumerate(self._material.portraits):
            for kind, rgb in self._pictures(number):
                path = folder / f"{number:04d}-{kind}.png"
                Image.fromarray(rgb).save(path)
                yield _entry(path, kind, portrait)

    def _pictures(self, number: int) -> Iterator[tuple[str, Pixels]]:
        mine = self._material
        portrait, donors = mine.portraits[number], [mine.portraits[like] for like in mine.likes[number]]
        rng = np.random.default_rng([self._settings.seed, _SALT, number])
        eyes = drawn_eyes(portrait, rng)
        for kind, rgb, _ in pictures(portrait, donors, mine.redrawn[number], eyes, KINDS, rng):
            yield kind, rgb

    def _name(self) -> str:
        """Of a folder: other people or another seed give other pictures."""
        people = pool.digest([one.picture for one in self._material.portraits])
        drawn = [place for place, one in enumerate(self._material.redrawn) if one is not None]
        return hashlib.sha256(json.dumps([people, drawn, self._settings.seed]).encode()).hexdigest()[:16]


def _scores(scorer: FaceScorer, shown: Looks, say: Say) -> NDArray[np.float64]:
    raw = np.zeros(len(shown))
    for way in DELIVERIES:
        rows = np.flatnonzero(shown.way == way)
        crops, eyes = (getattr(shown, name)[rows] for name in ("pixels", "eyes"))
        raw[rows] = [one.raw for one in scorer.score(list(crops), eyes.tolist(), way)]
        say(f"{len(rows)} held faces scored, delivery {way}")
    return raw


def _entry(path: Path, kind: str, portrait: Portrait) -> Entry:
    return Entry(
        path=path,
        name=path.name,
        label="real" if kind in ("real", "changed") else "fake",
        kind="face",
        generator="" if kind == "real" else kind,
        source=portrait.picture.source,
        split="held",
        licence=portrait.picture.licence,
        groups=_groups(portrait.group),
        unit=portrait.picture.name,
    )


def _groups(text: str) -> dict[str, str]:
    """Codes of a group in words; empty where the data carry none."""
    told = codes_of(text)
    found = {}
    for name, words in (("sex", SEXES), ("group", GROUPS)):
        if told.get(name) in words:
            found[name] = words[told[name]]
    if told.get("age", "").isdigit():
        found["age"] = told["age"]
    return found
