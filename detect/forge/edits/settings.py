"""The settings of a training run of the map of edits: one YAML file, no key unknown, paths beside the file."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ....models.training import TrainingConfig
from ..settings import SettingsError, read_recipe

__all__ = ["EditSettings", "SettingsError"]


class EditSettings(BaseModel):
    """One training run.

    Attributes
    ----------
    name, version
        Of the artifact that is written.
    data
        Folder of the pictures; the variable ASSAY_DATA of the environment goes before it.
    manifest
        CSV file that lists them, beside `data`.
    auto_encoder
        Folder of the latent auto-encoder's weights, beside `data`; null redraws no regions.
    cache
        Where made edits, checkpoints and the log are kept.
    zoo
        Folder of artifacts that the result is written to.
    seed
        Of the edits and their deliveries.
    samples
        Edits that are made, held ones included.
    plain
        As many more of things before plain backgrounds, held ones included; most of their views are untouched.
    start
        Weights that training goes on from, as an earlier run wrote them; null begins from nothing.
    processes
        That make them.
    held
        Sources that are held back for validation, calibration and the figures of the card.
    judged
        Held edits, at most, that calibration and the card's figures are made of; each in three tiers, and untouched.
    right
        Share of untouched held pictures that the operating point must keep below it, in every tier.
    training
        See `assay.models.training.TrainingConfig`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    data: Path
    manifest: str
    auto_encoder: str | None
    cache: Path
    zoo: Path
    seed: int
    samples: Annotated[int, Field(ge=64)]
    plain: Annotated[int, Field(ge=0)]
    start: Path | None = None
    processes: Annotated[int, Field(ge=1, le=64)]
    held: tuple[str, ...]
    judged: Annotated[int, Field(ge=16)]
    right: Annotated[float, Field(gt=0.5, lt=1)]
    training: TrainingConfig

    @classmethod
    def read(cls, path: Path) -> "EditSettings":
        """Read a settings file; relative paths are taken from its folder.

        Raises
        ------
        SettingsError
            No such file, no YAML, an unknown key, or a value out of range.
        """
        return read_recipe(cls, path, ("cache", "zoo", "start"))
