"""Held people with their faces as they are, changed, and replaced."""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ....intake.manifest import Entry, write_manifest
from ....models.artifact import Artifact
from ....models.engine import Engine
from ...faces.scoring import FILM, OUTPUTS, FaceScorer
from ...forge import pool
from ...forge.faces.figures import GROUPS, SEXES, FaceFigure, Scored, audit, figures
from ...forge.faces.portraits import Portrait
from ...forge.faces.settings import FaceSettings
from ...forge.faces.swaps import swapped
from ...forge.faces.training import Material, gathered, held
from ...forge.faces.validation import KINDS, Looks, looks
from ...forge.faces.views import DELIVERIES, SMALLEST, sized
from ...forge.launder import Pixels
from ...forge.negatives import hard_negative
from .material import HeldFigure, Say, refuse_other

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
        return [_named(one) for one in (*figures(scored, points), *audit(scored, points))]

    def manifest(self) -> Path:
        """Each held person once as they are, once changed and once with each kind of replaced face; PNG."""
        mine = self._material
        folder = self._settings.cache / "held" / self._name()
        listed = folder / "held.csv"
        if not listed.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            entries = []
            for number in range(len(mine.portraits)):
                for kind, rgb in self._pictures(number):
                    path = folder / f"{number:04d}-{kind}.png"
                    Image.fromarray(rgb).save(path)
                    entries.append(_entry(path, kind, mine.portraits[number]))
            # Last, so that a killed run begins anew.
            write_manifest(listed, entries)
        return listed

    def _pictures(self, number: int) -> Iterator[tuple[str, Pixels]]:
        mine = self._material
        portrait, likes, redrawn = mine.portraits[number], mine.likes[number], mine.redrawn[number]
        rng = np.random.default_rng([self._settings.seed, _SALT, number])
        eyes = float(np.exp(rng.uniform(np.log(SMALLEST), np.log(max(SMALLEST + 1, portrait.eyes)))))
        donor = mine.portraits[likes[int(rng.integers(len(likes)))]] if likes else None
        at = sized(portrait, eyes, donor, redrawn)
        yield "real", at.scene.host
        yield "changed", hard_negative(at.scene.host, rng)[1]
        for kind in KINDS:
            if (kind == "redrawn" and redrawn is None) or (kind == "person" and donor is None):
                continue
            yield kind, swapped(at.scene, kind, rng)[1]

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


def _named(figure: FaceFigure) -> HeldFigure:
    """As the card names it: frames of videos have no tier of pictures."""
    film = figure.way == FILM
    name = f"{figure.name}-{FILM}" if film else figure.name
    return HeldFigure(name, None if film else figure.way, figure.part, figure.interval)


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
    """``age=35;sex=0;group=2`` in words; empty where the data carry none."""
    told = {name: code for name, _, code in (part.partition("=") for part in text.split(";")) if code}
    found = {}
    for name, words in (("sex", SEXES), ("group", GROUPS)):
        if told.get(name) in words:
            found[name] = words[told[name]]
    if told.get("age", "").isdigit():
        found["age"] = told["age"]
    return found
