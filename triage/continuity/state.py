"""The state of a site as an artifact of task "log-threads", beside its baseline; only the last version is kept."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ...errors import AssayError
from ...models.artifact import Artifact
from ...models.card import Architecture, Card, Tensor, TrainingData
from ...models.jsontext import write_json
from ...models.registry import user_store
from ..baseline import check_name, next_version
from .threads import THREADS, State

TASK: Final = "log-threads"
FILE: Final = "threads.json"


class StateMismatch(AssayError):
    """An artifact that holds no state of a site."""

    code = "state-mismatch"


def load(name: str, *, store: Path | None = None) -> State:
    """The state of a site; a new one where there is none.

    Parameters
    ----------
    name
        Of the site.
    store
        Folder to look in; the user's store by default.

    Raises
    ------
    BaselineNameInvalid
        The name has other characters than small letters, digits and hyphens.
    StateMismatch
        The artifact of that name is no state.
    ArtifactError, CardError
        It is damaged.
    """
    check_name(name)
    folder = _newest(name, store or user_store())
    if folder is None:
        return State()
    artifact = Artifact.open(folder)
    if artifact.card.task != TASK:
        raise StateMismatch(f"{artifact.id} is of task {artifact.card.task}, not the state of a site; use another name")
    try:
        return State.from_json(artifact.json(FILE))
    except ValueError as error:
        raise StateMismatch(f"{artifact.id}: {error}; remove {folder} to begin again") from error


def save(state: State, name: str, *, store: Path | None = None) -> Artifact:
    """Save the state of a site and remove the one before it.

    Parameters
    ----------
    state
        What to save.
    name
        Of the site.
    store
        Folder to save in; the user's store by default.

    Returns
    -------
    Artifact
    """
    check_name(name)
    place = store or user_store()
    full = _full(name)
    version = next_version(full, place)
    card = Card(
        name=full,
        version=version,
        task=TASK,
        title="Incidents of a site, batch after batch",
        summary="What earlier batches showed, so that an incident that goes on is told once.",
        licence="The owner of the logs decides",
        use="any",
        architecture=Architecture(
            family="threads",
            parameters={"batches": state.batches, "threads": len(state.threads), "dropped": state.dropped},
        ),
        inputs=(Tensor(name="window", shape=(), dtype="int64"),),
        outputs=(Tensor(name="thread", shape=(), dtype="int64"),),
        raw="thread",
        precision="counts",
        tolerance=0.0,
        training_data=(
            TrainingData(name=name, licence="the owner of the logs", count=state.batches, role="batches"),
        ),
        limits=(
            f"Holds at most {THREADS} incidents; those that were silent longest are dropped, and counted.",
            "Holds host names, users, addresses, processes and event types of those incidents as text.",
        ),
        created=datetime.now(UTC).date().isoformat(),
        code="assay triage PATH... --continue NAME",
    )
    before = _versions(full, place)
    artifact = Artifact.write(place / f"{full}@{version}", card, {FILE: ("state", write_json(state.to_json()))})
    for folder in before:
        shutil.rmtree(folder, ignore_errors=True)
    return artifact


def _full(name: str) -> str:
    return f"{name}-threads"


def _versions(full: str, store: Path) -> list[Path]:
    """Folders of that name, newest first."""
    folders = [folder for folder in store.glob(f"{full}@*") if folder.is_dir()]
    return sorted(folders, key=lambda folder: _numbers(folder.name.rpartition("@")[2]), reverse=True)


def _newest(name: str, store: Path) -> Path | None:
    folders = _versions(_full(name), store)
    return folders[0] if folders else None


def _numbers(version: str) -> list[int]:
    return [int(part) if part.isdigit() else -1 for part in version.split(".")]
