"""The settings of a network of one's own: one YAML file, no key unknown, paths beside the file."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ....models.backbones import Backbone
from ....models.training import TrainingConfig
from ..kinds import MadeKind
from ..launder import Tier
from ..settings import Count, Share, read_recipe

__all__ = ["NetworkSettings", "Transforms", "Tune"]


class Transforms(BaseModel):
    """What is done to a picture at each look.

    Attributes
    ----------
    tiers
        How often a look is delivered as each tier is: weights, above 0. `launder.random_laundering` draws a chain anew.
    negatives
        Share of looks at real pictures that first go through a hard negative (`negatives.hard_negative`).
    mirror
        Share of looks that are mirrored.
    twins
        For each kind of twin that the forge makes of the real pictures, how many of them; these are fakes. Needs
        `auto_encoder` or `super_resolution`. Null makes one of each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tiers: dict[Tier, Annotated[float, Field(gt=0)]] = {"clean": 1.0, "web": 1.0, "hard": 1.0}
    negatives: Share = 0.15
    mirror: Share = 0.5
    twins: dict[MadeKind, Count | None] = {}

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.tiers:
            raise ValueError("tiers names none")
        if {"negative", "changed"} & set(self.twins):
            raise ValueError("hard negatives are drawn at each look: twins are latent, superres and decoder")
        return self


class Tune(BaseModel):
    """What of the backbone learns.

    Attributes
    ----------
    what
        ``head``: only the new head; ``last``: the last blocks and the head; ``lora``: low-rank corrections of linear
        layers and the head; ``all``.
    blocks
        Blocks that learn with ``last``.
    rank, alpha, layers
        Of ``lora``: rank of the corrections, their scale times the rank, and a pattern that names of layers match.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Literal["head", "last", "lora", "all"] = "last"
    blocks: Annotated[int, Field(ge=1, le=64)] = 2
    rank: Annotated[int, Field(ge=1, le=256)] = 8
    alpha: Annotated[float, Field(gt=0)] = 16.0
    layers: str = "qkv|proj|out|fc"


class NetworkSettings(BaseModel):
    """One training of a network of one's own.

    Attributes
    ----------
    recipe
        ``network``: tells this file from the settings of the probe.
    name, version
        Of the artifact that is written.
    data, manifest
        See `settings.Settings`; entries of the split ``train`` are used, or all where no line has a split.
    accept
        Codes of faults of the data that are known and accepted, see docs/data.md.
    held
        Sources that are never trained on: they stop the training in time, and everything that is calibrated or stated
        comes from them. Null takes a fifth of each class by source.
    test_groups
        Groups of sources of the split ``dev``, by name, for the card; never used for a choice.
    backbone, tune, transforms, training
        See each class.
    auto_encoder, super_resolution
        Weights that twins are made with, see `settings.Settings`.
    cache, zoo
        Where a run keeps its state, and the folder of artifacts that the result goes to.
    judged
        Held pictures that stop the training, at most and spread over sources.
    real_right, test_crops, full_crops, laundered_crops
        See `settings.Settings`.
    threads
        Pictures that are made ready at a time.
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    tensorboard
        Also write loss and figure for TensorBoard into the cache; needs the package `tensorboard`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: Literal["network"]
    name: str
    version: str
    data: Path
    manifest: str
    accept: tuple[str, ...] = ()
    held: tuple[str, ...] | None = None
    test_groups: dict[str, tuple[str, ...]] = {}
    backbone: Backbone
    tune: Tune = Tune()
    transforms: Transforms = Transforms()
    training: TrainingConfig
    auto_encoder: str | None = None
    super_resolution: Path | None = None
    cache: Path
    zoo: Path
    judged: Annotated[int, Field(ge=2)] = 120
    real_right: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    test_crops: Annotated[int, Field(ge=1, le=9)] = 4
    full_crops: Annotated[int, Field(ge=1, le=16)] = 8
    laundered_crops: Annotated[int, Field(ge=1, le=9)] = 2
    threads: Annotated[int, Field(ge=1, le=64)] = 2
    device: str = "auto"
    tensorboard: bool = False

    @property
    def counts(self) -> tuple[int, ...]:
        """Numbers of crops that calibrators are made for, ascending."""
        return tuple(sorted({1, self.laundered_crops, self.test_crops}))

    @classmethod
    def read(cls, path: Path) -> "NetworkSettings":
        """Read a settings file; relative paths are taken from its folder.

        Raises
        ------
        SettingsError
            No such file, no YAML, an unknown key, or a value out of range.
        """
        made = read_recipe(cls, path, ("super_resolution", "cache", "zoo"))
        weights = made.backbone.weights
        if not isinstance(weights, Path):
            return made
        found = made.backbone.model_copy(update={"weights": path.resolve().parent / weights})
        return made.model_copy(update={"backbone": found})
