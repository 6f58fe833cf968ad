"""Fit a baseline from a recipe: which logs are normal, under which name, how much is held out.

``assay train triage CONFIG.yaml`` runs it. What a baseline learns are counts, so there is no loss and nothing to
resume: fitting on the same logs gives the same counts, and those of two periods add up (`assay baseline add`).
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import AssayError
from ..intake.manifest import Entry, read_manifest
from ..models.artifact import Artifact
from .baseline import HELD_OUT, fit
from .counting.counts import CAP

__all__ = ["TriageSettings", "TriageSettingsError", "train_triage"]


class TriageSettingsError(AssayError):
    """A recipe of a baseline cannot be used, or its logs do not fit it."""

    code = "triage-settings"


class TriageSettings(BaseModel):
    """One baseline; an unknown key is refused.

    Attributes
    ----------
    name
        Of the artifact; its version counts up.
    data
        Folder that paths and manifest lie in; the variable ASSAY_DATA of the environment goes before it.
    paths
        Logs of a period that is called normal; exactly one of `paths` and `manifest`.
    manifest
        A manifest of logs: those labelled `real`, without records of an attack, of the split ``train`` (all where no
        line has a split) are learnt from.
    format
        Name of a reader, or ``auto``.
    held_out
        Last part of the records, kept out of the counts to make p.
    cap
        Most entries of the table of counts.
    zoo
        Folder of artifacts that it goes to; the user's store where null.
    log
        File that gets a JSON line at each stage; none where null.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    data: Path = Path()
    paths: tuple[Path, ...] = ()
    manifest: Path | None = None
    format: str = "auto"
    held_out: Annotated[float, Field(ge=0, le=0.5)] = HELD_OUT
    cap: Annotated[int, Field(ge=1000)] = CAP
    zoo: Path | None = None
    log: Path | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.paths) == (self.manifest is not None):
            raise ValueError("give exactly one of paths and manifest")
        return self

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a recipe; relative paths are taken from its folder.

        Raises
        ------
        TriageSettingsError
            No such file, no YAML, an unknown key, or a value out of range.
        """
        try:
            made = cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise TriageSettingsError(f"{path} cannot be used as a recipe of a baseline: {error}") from None
        root = path.resolve().parent
        given = os.environ.get("ASSAY_DATA")
        data = Path(given) if given and "data" in made.model_fields_set else root / made.data
        beside = {name: root / held for name in ("zoo", "log") if (held := getattr(made, name)) is not None}
        return made.model_copy(update={"data": data, **beside})


def train_triage(config: Path, *, report: Callable[[str], None] = lambda line: None) -> Artifact:
    """Fit one baseline, from a recipe to an artifact.

    Parameters
    ----------
    config
        YAML file, see `TriageSettings`.
    report
        Called with one line of progress at a time.

    Raises
    ------
    TriageSettingsError, ManifestError, BaselineEmpty, BaselineNameInvalid
        See each class.
    """
    settings = TriageSettings.read(config)

    def say(line: str, **facts: object) -> None:
        if settings.log is not None:
            settings.log.parent.mkdir(parents=True, exist_ok=True)
            with settings.log.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"time": round(time.time(), 3), "line": line, **facts}) + "\n")
        report(line)

    paths = _paths(settings)
    say(f"{len(paths)} paths of logs that are called normal")
    told: dict[str, int] = {}
    artifact = fit(
        paths, settings.name, format=settings.format, held_out=settings.held_out, store=settings.zoo,
        cap=settings.cap, progress=lambda stage, done: told.__setitem__(stage, done),
    )  # fmt: skip
    say(f"read {told.get('read', 0):,} records", **told)
    say(f"wrote {artifact.id} ({artifact.sha256})")
    return artifact


def _paths(settings: TriageSettings) -> list[Path]:
    if settings.manifest is None:
        return [settings.data / path for path in settings.paths]
    listed = read_manifest(settings.data / settings.manifest)
    told = any(entry.split for entry in listed.entries)
    learnt = [e for e in listed.entries if not e.fake and not e.lines and (not told or e.split == "train")]
    if not learnt:
        raise TriageSettingsError(
            f"{listed.place} lists no normal log to learn from: label some `real`, in the split train"
        )
    _apart(learnt, [e for e in listed.entries if e not in learnt])
    return [entry.path for entry in learnt]


def _apart(learnt: Sequence[Entry], others: Sequence[Entry]) -> None:
    """Refuse logs that are learnt from and judged on, byte for byte."""
    digests = {_digest(entry.path): entry.name for entry in learnt}
    for entry in others:
        same = digests.get(_digest(entry.path))
        if same is not None:
            raise TriageSettingsError(
                f"{entry.name} is the same file as {same}, which is learnt from: what is measured on it would be false"
            )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise TriageSettingsError(f"{path} cannot be read: {error.strerror}") from None
