"""Keys, health, artifacts, what a search found, and the door."""

from dataclasses import dataclass
from typing import Any

from ...access import Key
from ...evidence.cases import Case
from ...evidence.exhibits import Held
from .incidents import IncidentRow

__all__ = [
    "ArtifactRow",
    "ArtifactView",
    "ArtifactsView",
    "FoundView",
    "HealthView",
    "HelpView",
    "KeysView",
    "SignInView",
]


@dataclass(frozen=True, slots=True)
class SignInView:
    """The door; `next` is where it leads, `wrong` whether a key was refused."""

    next: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class KeysView:
    """Keys.

    Attributes
    ----------
    own : Key
        Of the reader.
    keys : tuple of Key | None
        All; None for who is no admin.
    cases : dict
        Id of each case to its name.
    made, token : Key | None, str | None
        A new key, and its secret for this once.
    """

    own: Key
    keys: tuple[Key, ...] | None
    cases: dict[str, str]
    made: Key | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class HealthView:
    """How the room is, and how full.

    Attributes
    ----------
    ready : bool
        Whether database and store can be reached.
    trouble : str | None
        Which cannot.
    version, database : str
        Of the program; ``sqlite`` or ``postgresql``.
    upload_bytes, requests_per_minute : int
        What one request, and one key, may.
    exhibits, used_bytes, store_bytes, free_bytes : int | None
        Of the room; None for who is no admin, or where there is no bound.
    cases : tuple of Case
        With their quotas.
    jobs : dict | None
        How many wait, and how many are at work; None for who is no admin.
    workers : tuple | None
        The machine of each, when it was last heard of, and whether that is lately.
    """

    ready: bool
    trouble: str | None
    version: str
    database: str
    upload_bytes: int
    requests_per_minute: int
    exhibits: int | None
    used_bytes: int | None
    store_bytes: int | None
    free_bytes: int | None
    cases: tuple[Case, ...]
    jobs: dict[str, int] | None
    workers: tuple[tuple[str, str, bool], ...] | None


@dataclass(frozen=True, slots=True)
class ArtifactRow:
    """An installed artifact in short; `problem` says why it cannot be used."""

    name: str
    version: str
    task: str | None
    title: str | None
    use: str | None
    size: int | None
    sha256: str | None
    default: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class ArtifactsView:
    """What is installed."""

    artifacts: tuple[ArtifactRow, ...]


@dataclass(frozen=True, slots=True)
class ArtifactView:
    """The card of an artifact.

    Attributes
    ----------
    name, version, sha256, task, title, summary, use : str
        What it is.
    sections : list
        The rest, as blocks of a report in the language of the reader.
    card : dict
        The card itself.
    """

    name: str
    version: str
    sha256: str
    task: str
    title: str
    summary: str
    use: str
    sections: list[Any]
    card: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundView:
    """What a search found.

    Attributes
    ----------
    query : str
        What was looked for.
    exhibits : tuple of Held
        By the beginning of their hash, or by their name.
    names : dict
        Id of each case to its name.
    cases : tuple of Case
        By their name.
    incidents : tuple of IncidentRow
        In which exactly this is involved, a few of the most urgent; none for who may see no incidents.
    next : str | None
        Where the following exhibits begin.
    """

    query: str
    exhibits: tuple[Held, ...]
    names: dict[str, str]
    cases: tuple[Case, ...]
    incidents: tuple[IncidentRow, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class HelpView:
    """Words and keys: pairs of a term's key and the keys that are pressed."""

    terms: tuple[str, ...]
    keys: tuple[tuple[str, tuple[str, ...]], ...]
