"""What is to be measured, on which files, and how much work it is worth."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...errors import AssayError
from ...intake.manifest import Manifest, list_folder, read_manifest

__all__ = ["PARTS", "Part", "Plan", "PlanError", "Work", "work_of"]

Part = Literal["tables", "robustness", "adversarial", "audit", "speed", "card"]
PARTS: Final[tuple[Part, ...]] = ("tables", "robustness", "adversarial", "audit", "speed", "card")
"""What can be measured; without a choice, all of it."""

Name = Annotated[str, Field(min_length=1, max_length=200)]


class PlanError(AssayError):
    """A plan of validation cannot be used."""

    code = "validation-plan"


class Plan(BaseModel):
    """One validation; an unknown key is refused.

    Attributes
    ----------
    manifest
        CSV or Parquet file, or a folder, beside `data`. Null takes what the recipe holds back, as files.
    recipe
        Settings that the artifact was trained with, beside the plan: the figures of its card are measured again on what
        that recipe makes and holds back, see `held`.
    data
        Folder that the manifest lies in; the variable ASSAY_DATA of the environment goes before it.
    split, kind
        Only entries with these; null takes all.
    groups
        Sources that figures are given for together, by the name of the group; sources that no group names are left out.
        Null gives a figure for each source.
    accept
        Codes of faults of the data that are known and accepted; they stand in the report.
    title
        What the report calls the set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    manifest: Path | None = None
    recipe: Path | None = None
    data: Path | None = None
    split: str | None = None
    kind: str | None = None
    groups: Mapping[Name, tuple[str, ...]] | None = None
    accept: tuple[str, ...] = ()
    title: str | None = None

    @classmethod
    def read(cls, path: Path) -> "Plan":
        """Read a plan; a manifest, or a folder, is a plan of its own.

        Raises
        ------
        PlanError
            No such file, no YAML, an unknown key.
        """
        if path.suffix.lower() not in (".yaml", ".yml"):
            return cls(manifest=path.absolute())
        try:
            plan = cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise PlanError(f"{path} cannot be used as a plan of validation: {error}") from None
        given = os.environ.get("ASSAY_DATA")
        root = path.resolve().parent
        data = Path(given) if given and plan.data is not None else root / (plan.data or Path())
        beside = {"manifest": (data, plan.manifest), "recipe": (root, plan.recipe)}
        found = {name: None if at is None else Path(os.path.normpath(by / at)) for name, (by, at) in beside.items()}
        return plan.model_copy(update={"data": data, **found})

    @model_validator(mode="after")
    def _one_of_both(self) -> "Plan":
        if self.manifest is None and self.recipe is None:
            raise ValueError("a plan names a manifest, a recipe, or both")
        return self

    @property
    def place(self) -> Path:
        """The manifest.

        Raises
        ------
        PlanError
            What the recipe holds back is to be made first, see `run.completed`.
        """
        if self.manifest is None:
            raise PlanError("the plan names no manifest, and nothing was made of its recipe yet")
        return self.manifest

    def listed(self) -> Manifest:
        """The entries that are asked for.

        Raises
        ------
        ManifestError
            There are none.
        """
        made = list_folder(self.place) if self.place.is_dir() else read_manifest(self.place)
        if self.split is not None:
            made = made.where(lambda entry: entry.split == self.split, f"the split {self.split!r}")
        if self.kind is not None:
            made = made.where(lambda entry: entry.kind == self.kind, f"the kind {self.kind!r}")
        if self.groups is not None:
            named = {source for sources in self.groups.values() for source in sources}
            made = made.where(lambda entry: entry.source in named, "a source of the groups")
        return made

    @property
    def named(self) -> str:
        """What the report calls the set."""
        return self.title or self.place.stem or self.place.name


class Work(BaseModel):
    """How much work a profile is worth.

    Attributes
    ----------
    tables, robustness, adversarial, speed
        Files that the part looks at, at most and spread evenly over sources and classes; null for all, 0 for none.
    steps
        Steps of the attack.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: int | None
    robustness: int | None
    adversarial: int
    speed: int
    steps: int


_WORK: Final[Mapping[str, Work]] = {
    "fast": Work(tables=120, robustness=0, adversarial=0, speed=4, steps=0),
    "standard": Work(tables=None, robustness=80, adversarial=8, speed=8, steps=5),
    "full": Work(tables=None, robustness=None, adversarial=40, speed=24, steps=10),
}


def work_of(profile: str) -> Work:
    """The work of ``fast``, ``standard`` or ``full``.

    Raises
    ------
    PlanError
        There is no such profile.
    """
    if profile not in _WORK:
        raise PlanError(f"there is no profile {profile!r}; name one of {', '.join(_WORK)}")
    return _WORK[profile]
