"""Scores of pictures of known origin by an imported detector, in every tier that they have or can be brought to."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...intake.child import Child
from ...intake.exhibit import Exhibit
from ...intake.limits import Limits
from ...intake.manifest import Entry
from ...intake.refusals import ExhibitRefused
from ...models.artifact import Artifact
from ...models.engine import Engine
from ..forge.launder import TIERS, random_laundering
from ..media import DECODER, read_picture
from ..tiers import estimate
from .pixels import Preprocessing, fits, taken

__all__ = ["Progress", "Scored", "scored"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of pictures in their tiers, one row each.

    Attributes
    ----------
    score, fake, tier, unit, source
        Arrays (n,): raw score, label, number of the tier, and which files depend on one another or come from one place.
    refused
        Names and codes of files that have no score.
    """

    score: NDArray[np.float64]
    fake: NDArray[np.bool_]
    tier: NDArray[np.int64]
    unit: NDArray[np.str_]
    source: NDArray[np.str_]
    refused: tuple[tuple[str, str], ...] = ()

    def part(self, rows: NDArray[np.bool_]) -> "Scored":
        """Some of the rows."""
        return Scored(*(getattr(self, name)[rows] for name in ("score", "fake", "tier", "unit", "source")))

    @property
    def units(self) -> tuple[int, int]:
        """Independent units of recordings and of generated pictures."""
        return len(set(self.unit[~self.fake].tolist())), len(set(self.unit[self.fake].tolist()))

    @property
    def classes(self) -> tuple[int, int]:
        """Rows of recordings and of generated pictures."""
        return int((~self.fake).sum()), int(self.fake.sum())


@dataclass(slots=True)
class _Rows:
    scores: list[float] = field(default_factory=list)
    fake: list[bool] = field(default_factory=list)
    tier: list[int] = field(default_factory=list)
    unit: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def scored(
    artifact: Artifact, entries: Sequence[Entry], seed: int, limits: Limits, progress: Progress | None
) -> Scored:
    """Score every picture in its own tier, and laundered into those below it.

    Parameters
    ----------
    artifact : Artifact
        An imported detector.
    entries : sequence of Entry
        Pictures of known origin.
    seed : int
        Decides how pictures are laundered.
    limits : Limits
        Of reading them.
    progress : callable | None
        Called with how many of how many pictures were scored.
    """
    rows = _Rows()
    asked = Preprocessing.model_validate(artifact.card.preprocessing)
    with Child(limits, preload=[DECODER]) as child, Engine.open(artifact, outputs=()) as engine:
        shown = _shown(entries, asked, child, seed, limits, rows, progress)
        rows.scores.extend(score.raw for score in engine.score(shown))
    return Scored(
        np.array(rows.scores),
        np.array(rows.fake, bool),
        np.array(rows.tier, np.int64),
        np.array(rows.unit, str),
        np.array(rows.source, str),
        tuple(rows.refused),
    )


def _shown(
    entries: Sequence[Entry],
    asked: Preprocessing,
    child: Child,
    seed: int,
    limits: Limits,
    rows: _Rows,
    progress: Progress | None,
) -> Iterator[dict[str, NDArray[Any]]]:
    for done, entry in enumerate(entries, start=1):
        try:
            exhibit = Exhibit.open(entry.path, limits, name=entry.name)
            picture = read_picture(exhibit, child, limits, luma=False)
        except ExhibitRefused as error:
            rows.refused.append((entry.name, error.code))
            continue
        if not fits(asked, *picture.rgb.shape[:2]):
            rows.refused.append((entry.name, "picture-too-small"))
            continue
        coding = picture.facts.jpeg
        own = estimate(picture.rgb, None if coding is None else dict(enumerate(coding.tables))).tier
        rng = np.random.default_rng([seed, *hashlib.sha256(exhibit.sha256.encode()).digest()[:8]])
        for tier in TIERS[TIERS.index(own) :]:
            rgb = picture.rgb if tier == own else random_laundering(tier, rng).apply(picture.rgb)
            if fits(asked, *rgb.shape[:2]):
                rows.fake.append(entry.fake)
                rows.tier.append(TIERS.index(tier))
                rows.unit.append(entry.unit or exhibit.sha256)
                rows.source.append(entry.source or entry.generator or entry.label)
                yield {"pixels": taken(asked, rgb)}
        if progress is not None:
            progress(done, len(entries))
