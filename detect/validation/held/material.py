"""Held material by the task of an artifact, and a figure that was measured on it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from ....intake.manifest import Entry, write_manifest
from ....models.artifact import Artifact
from ....models.metrics import Interval
from ...analyzers import edits
from ...faces import scoring
from ...scales import ArtifactUnfit
from ..plan import PlanError

__all__ = ["Held", "HeldFigure", "Say", "held_of", "listed", "refuse_other"]

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class HeldFigure:
    """One measured number under the name, tier and part that a card states it by."""

    name: str
    tier: str | None
    part: str | None
    interval: Interval


class Held(Protocol):
    """What one recipe holds back; made when it is first asked for, and kept in the cache of the recipe."""

    def figures(self, device: str) -> list[HeldFigure]:
        """Every figure of the card, of the artifact as it ships."""

    def manifest(self) -> Path:
        """The material before any delivery as lossless files, and a manifest that lists them."""


_TASKS: Final = {edits.TASK: ".edits:HeldEdits", scoring.TASK: ".faces:HeldFaces"}
"""Who makes the material again; imported when it is asked for, since the forge needs torch."""


def held_of(artifact: Artifact, recipe: Path, say: Say) -> Held:
    """The material that the recipe of an artifact holds back.

    Parameters
    ----------
    artifact
        What is measured.
    recipe
        The settings that it was trained with.
    say
        Told one line of progress at a time.

    Raises
    ------
    ArtifactUnfit
        Nothing is made for artifacts of its task.
    PlanError, SettingsError
        The recipe is of another artifact, or none.
    """
    place = _TASKS.get(artifact.card.task)
    if place is None:
        raise ArtifactUnfit(
            f"{artifact.id} has the task {artifact.card.task}: what its recipe holds back is not made again; that of "
            f"{', '.join(sorted(_TASKS))} is. Leave `recipe` out of the plan"
        )
    module, _, name = place.partition(":")
    made: Held = getattr(import_module(module, __package__), name)(artifact, recipe, say)
    return made


def listed(folder: Path, made: Callable[[Path], Iterable[Entry]]) -> Path:
    """The manifest of a folder of held material; the files are made first where it is not there yet.

    Parameters
    ----------
    folder
        Of these files alone: its name says what they are made of.
    made
        Writes the files into the folder, and tells what each is.
    """
    manifest = folder / "held.csv"
    if not manifest.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        # Last, so that a killed run begins anew.
        write_manifest(manifest, list(made(folder)))
    return manifest


def refuse_other(artifact: Artifact, recipe: Path, name: str, version: str) -> None:
    """Refuse a recipe whose result has another name or version.

    Raises
    ------
    PlanError
        It has.
    """
    if (artifact.card.name, artifact.card.version) != (name, version):
        raise PlanError(
            f"{recipe} is the recipe of {name}@{version}, not of {artifact.id}: what it holds back is not what the "
            "card was measured on"
        )
