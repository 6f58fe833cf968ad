"""The settings of a training run: one YAML file, no key unknown, paths beside the file."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...errors import AssayError
from .kinds import MadeKind

Read = TypeVar("Read", bound=BaseModel)

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class SettingsError(AssayError):
    """The settings of a training run cannot be used."""

    code = "training-settings"


class Choice(BaseModel):
    """What leave-source-out over the training sources chooses between.

    The search starts at the first value of every list and walks the lists in the order below, each time keeping the
    best so far: every step is an ablation of one thing, and all of them are on the log.

    Attributes
    ----------
    shares
        Kinds that the forge makes, with their shares of the weight of their class; kinds not named are left out.
    blocks
        Blocks whose features are used.
    shrinkage
        Of the covariance that features are whitened by; 1 whitens nothing.
    strength
        Inverse strengths of the penalty.
    photo_like
        Generated sources that the choice is made on; all where empty.
    most_fpr
        False positive rate up to which the ROC counts for the choice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shares: Annotated[tuple[dict[MadeKind, Share], ...], Field(min_length=1)]
    blocks: Annotated[tuple[tuple[int, ...], ...], Field(min_length=1)]
    shrinkage: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)]
    strength: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)]
    photo_like: tuple[str, ...] = ()
    most_fpr: Annotated[float, Field(gt=0, le=1)] = 0.2

    @property
    def kinds(self) -> set[MadeKind]:
        """Every kind that some value asks for."""
        return {kind for shares in self.shares for kind, share in shares.items() if share > 0}


class Settings(BaseModel):
    """One training run of the synthetic-image probe.

    Attributes
    ----------
    name, version
        Of the artifact that is written.
    data
        Folder of the pictures; the variable ASSAY_DATA of the environment goes before it.
    manifest
        CSV or Parquet file that lists them, beside `data`; see docs/data.md.
    accept
        Codes of faults of the data that are known and accepted; any other error of the check stops the training.
    auto_encoder
        Folder of the latent auto-encoder's weights, beside `data`; null makes no twins with it.
    super_resolution
        Folder of super-resolution networks, see `superres`; null makes no twins with them.
    encoder
        ONNX graph of the frozen image encoder.
    encoder_licence
        Licence text of its weights.
    encoder_blocks
        Blocks whose features lie side by side in its output.
    cache
        Where twins and features are kept between runs.
    zoo
        Folder of artifacts that the result is written to.
    seed
        Of the launderings.
    calibration_pictures
        Pictures, at most and spread evenly over the sources, that are also scored over `test_crops` crops, for
        calibrators of that many; null for all.
    made
        For each kind that the forge makes, the photos that it is made of, at most, spread evenly over the sources; null
        for all. A kind that no share of the choice names is not made.
    threads
        Crops encoded at the same time.
    folds
        Sources that are left out together; every source of the split `train` in exactly one. Null makes up to
        five, each with at least one source of both classes.
    choice
        What is chosen between.
    real_right
        Share of left-out real pictures that the fixed threshold must exceed, see `calibrators.threshold`.
    test_crops
        Crops per picture when the result is tested and in the profile standard; it is fitted on one.
    full_crops
        Crops per picture in the profile full; weighed by the calibrators of `test_crops`.
    laundered_crops
        Crops per laundering of the stability test.
    test_groups
        Groups of sources of the split `dev`, by name; never used for a choice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    data: Path
    manifest: str
    accept: tuple[str, ...] = ()
    auto_encoder: str | None
    super_resolution: Path | None = None
    encoder: Path
    encoder_licence: Path
    encoder_blocks: tuple[int, ...]
    cache: Path
    zoo: Path
    seed: int
    calibration_pictures: Annotated[int, Field(ge=0)] | None
    made: dict[MadeKind, Count | None]
    threads: Annotated[int, Field(ge=1, le=64)]
    folds: tuple[tuple[str, ...], ...] | None = None
    choice: Choice
    real_right: Annotated[float, Field(gt=0.5, lt=1)]
    test_crops: Annotated[int, Field(ge=1, le=9)]
    full_crops: Annotated[int, Field(ge=1, le=16)]
    laundered_crops: Annotated[int, Field(ge=1, le=9)]
    test_groups: dict[str, tuple[str, ...]] = {}

    @property
    def counts(self) -> tuple[int, ...]:
        """Numbers of crops that calibrators are made for, ascending."""
        return tuple(sorted({1, self.laundered_crops, self.test_crops}))

    @classmethod
    def read(cls, path: Path) -> "Settings":
        """Read a settings file; relative paths are taken from its folder.

        Raises
        ------
        SettingsError
            No such file, no YAML, an unknown key, or a value out of range.
        """
        return read_recipe(cls, path, ("encoder", "encoder_licence", "super_resolution", "cache", "zoo"))


def read_recipe(model: type[Read], path: Path, paths: Sequence[str]) -> Read:
    """Read a recipe of training.

    Parameters
    ----------
    model
        What it holds; `data` among it, for which the variable ASSAY_DATA of the environment goes.
    path
        A YAML file.
    paths
        Names of its paths beside `data`; relative ones are taken from the folder of the file, null stays null.

    Raises
    ------
    SettingsError
        No such file, no YAML, an unknown key, or a value out of range.
    """
    try:
        settings = model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SettingsError(f"{path} cannot be used as training settings: {error}") from error
    root = path.resolve().parent
    held = {name: getattr(settings, name) for name in ("data", *paths)}
    found = {name: root / each for name, each in held.items() if each is not None}
    if given := os.environ.get("ASSAY_DATA"):
        found["data"] = Path(given)
    return settings.model_copy(update={name: Path(os.path.normpath(each)) for name, each in found.items()})


def told(path: Path) -> str:
    """Which recipe a settings file is of: what its key ``recipe`` says, ``probe`` where it says nothing.

    Raises
    ------
    SettingsError
        No such file, or no YAML with keys.
    """
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"{path} cannot be used as training settings: {error}") from error
    return str(held.get("recipe", "probe")) if isinstance(held, dict) else "probe"
