"""Artifacts by name: those that ship, and those that a user installed.

A store is a folder with one folder an artifact, named ``name`` or ``name@version``, the folder ``shared`` for files
that several of them use, and ``defaults.json``. Two stores are looked at: the zoo inside the package, which is only
read, and the user's (``ASSAY_MODELS``, else the system's place for a user's data). What the user installed or chose
goes before what ships.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from pathlib import Path

from ...errors import AssayError
from ..artifact import Artifact
from ..artifact.reading import check_sum, read_card
from ..artifact.writing import place, replace_bytes
from ..card import Card
from ..filenames import SHARED_NAME
from ..jsontext import JsonError, read_json, write_json
from ..versions import version_key

__all__ = [
    "Check",
    "Entry",
    "Registry",
    "RegistryError",
    "RegistryNoDefault",
    "RegistryStoreMalformed",
    "RegistryUnknown",
    "user_store",
]

ZOO = Path(__file__).parent.parent / "zoo"
DEFAULTS_NAME, MAX_DEFAULTS_BYTES = "defaults.json", 1 << 16


class RegistryError(AssayError):
    """The registry cannot answer."""

    code = "registry"


class RegistryUnknown(RegistryError):
    """No artifact of this name or version is installed."""

    code = "registry-unknown"


class RegistryNoDefault(RegistryError):
    """No artifact, or more than one, could serve a task, and none was chosen."""

    code = "registry-no-default"


class RegistryStoreMalformed(RegistryError):
    """A folder that does not bear its artifact's name, or a damaged defaults.json."""

    code = "registry-store-malformed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One installed artifact, by its card alone; its other files were not verified.

    Attributes
    ----------
    size : int
        Bytes of all its files, shared ones included.
    origin : str
        ``zoo`` or ``user``.
    calibrated : bool
        Whether its scores have likelihood ratios.
    default : bool
        Whether `Registry.default` of its task answers with it.
    problem : str or None
        Why its card cannot be read, as ``code: message``; name is then the folder's, and the rest is empty.
    """

    name: str
    version: str
    task: str
    title: str
    use: str
    precision: str
    size: int
    origin: str
    folder: Path
    sha256: str
    calibrated: bool = False
    default: bool = False
    problem: str | None = None

    @property
    def id(self) -> str:
        """``name@version``, or the folder's name where the card cannot be read."""
        return f"{self.name}@{self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of verifying one installed artifact; `code` and `message` are None when it is whole."""

    id: str
    folder: Path
    sha256: str | None
    code: str | None
    message: str | None


class Registry:
    """The installed artifacts.

    Parameters
    ----------
    stores : sequence of paths, optional
        Later ones go before earlier ones, and the last one is written to. The zoo and the user's store when not
        given.
    """

    def __init__(self, stores: Sequence[Path] | None = None) -> None:
        self.stores: tuple[Path, ...] = (
            (ZOO, user_store()) if stores is None else tuple(Path(s) for s in stores)
        )
        if not self.stores:
            raise RegistryError("a registry needs at least one store; name a folder")

    def list(self) -> tuple[Entry, ...]:
        """Every installed artifact, by name, newest version first. A damaged one is listed with its problem."""
        entries = self._entries()
        chosen = {task: self._choice(task, entries) for task in {entry.task for entry in entries}}
        ids = {entry.id for entry in chosen.values() if entry is not None}
        return tuple(dataclass_replace(entry, default=entry.id in ids) for entry in entries)

    def find(self, name: str) -> Entry:
        """The artifact ``name@version``, or the newest of ``name`` (a pre-release only where there is no other).

        Raises
        ------
        RegistryUnknown
            There is none; the message names what is there.
        """
        return _newest(name, self._entries())

    def get(self, name: str, *, expect: str | None = None) -> Artifact:
        """Open and verify the artifact `name` (see `find`); `expect` pins the sha256 of its card.

        Raises
        ------
        RegistryUnknown, CardError, ArtifactError
            See each class.
        """
        return Artifact.open(self.find(name).folder, expect=expect)

    def default(self, task: str) -> Artifact:
        """Open and verify the artifact that serves `task`: the chosen one, else the only one, else the only that ships.

        Installing or importing another one never changes what answers.

        Raises
        ------
        RegistryNoDefault, RegistryUnknown, CardError, ArtifactError
            See each class.
        """
        entries = self._entries()
        entry = self._choice(task, entries)
        if entry is None:
            names = sorted({entry.name for entry in entries if entry.task == task})
            raise RegistryNoDefault(
                f"{len(names)} artifacts serve the task {task!r} ({', '.join(names) or 'install one first'}); "
                "choose one by: assay models default NAME"
            )
        return Artifact.open(entry.folder)

    def set_default(self, name: str) -> Entry:
        """Let the artifact `name` serve its task from now on; ``name@version`` stays at that version.

        Raises
        ------
        RegistryUnknown, CardError, ArtifactError
            See each class; only a verified artifact is chosen.
        """
        entry = self.find(name)
        Artifact.open(entry.folder)
        store = self.stores[-1]
        store.mkdir(parents=True, exist_ok=True)
        chosen = {**_defaults(store), entry.task: name}
        page = {"schema_version": 1, "defaults": dict(sorted(chosen.items()))}
        replace_bytes(store / DEFAULTS_NAME, write_json(page))
        return dataclass_replace(entry, default=True)

    def install(
        self,
        source: str | Path,
        *,
        replace: bool = False,
        expect: str | None = None,
        endpoint: str | None = None,
    ) -> Artifact:
        """Install into the last store, verified before it is visible. See `installing.install`."""
        from .installing import install

        return install(self, source, replace=replace, expect=expect, endpoint=endpoint)

    def export(self, name: str, folder: Path | str) -> Artifact:
        """Copy the artifact `name` to ``folder/name@version``, its shared files to ``folder/shared``.

        Raises
        ------
        RegistryUnknown, CardError, ArtifactError
            See each class.
        """
        return place(self.get(name), Path(folder), replace=False)

    def verify(self, name: str | None = None) -> Iterator[Check]:
        """Verify every byte of the artifact `name`, or of all of them, damaged ones included."""
        entries = self._entries()
        damaged = [
            e for e in entries if name is not None and e.problem is not None and _may_be(name, e.folder.name)
        ]
        for entry in entries if name is None else damaged or (self.find(name),):
            try:
                artifact = Artifact.open(entry.folder)
                _check_name(artifact.card, entry.folder)
            except AssayError as error:
                yield Check(entry.id, entry.folder, entry.sha256 or None, error.code, str(error))
            else:
                yield Check(artifact.id, entry.folder, artifact.sha256, None, None)

    def _entries(self) -> Sequence[Entry]:
        found: dict[str, Entry] = {}
        for store in self.stores:
            origin = "zoo" if store == ZOO else "user"
            for folder in sorted(store.iterdir()) if store.is_dir() else ():
                if folder.name.startswith(".") or folder.name == SHARED_NAME or not folder.is_dir():
                    continue
                entry = _entry(folder, origin)
                found[entry.id if entry.problem is None else str(folder)] = entry
        newest = sorted(found.values(), key=lambda entry: version_key(entry.version or "0.0.0"), reverse=True)
        return sorted(newest, key=lambda entry: entry.name)

    def _choice(self, task: str, entries: Sequence[Entry]) -> Entry | None:
        for store in reversed(self.stores):
            if (chosen := _defaults(store).get(task)) is not None:
                return _newest(chosen, entries)
        fit = [entry for entry in entries if entry.task == task and entry.problem is None]
        names = {entry.name for entry in fit}
        if len(names) > 1:
            names = {entry.name for entry in fit if entry.origin == "zoo"}
        return _newest(names.pop(), entries) if len(names) == 1 else None


def user_store() -> Path:
    """Where a user's artifacts lie: ``ASSAY_MODELS``, else ``assay/models`` in the system's place for user data."""
    if place := os.environ.get("ASSAY_MODELS"):
        return Path(place)
    import platformdirs

    return Path(platformdirs.user_data_path("assay", appauthor=False)) / "models"


def _entry(folder: Path, origin: str) -> Entry:
    try:
        page = read_card(folder)
        check_sum(folder, hashlib.sha256(page).hexdigest())
        card = Card.from_bytes(page)
        _check_name(card, folder)
    except AssayError as error:
        return Entry(folder.name, "", "", "", "", "", 0, origin, folder, "", problem=f"{error.code}: {error}")
    return Entry(
        card.name, card.version, card.task, card.title, card.use, card.precision, card.size, origin, folder,
        hashlib.sha256(page).hexdigest(), card.calibration is not None,
    )  # fmt: skip


def _check_name(card: Card, folder: Path) -> None:
    if folder.name not in (card.name, card.id):
        raise RegistryStoreMalformed(
            f"the folder {folder} holds {card.id}; rename it to that, or install the artifact again"
        )


def _newest(name: str, entries: Sequence[Entry]) -> Entry:
    # What cannot be read might be the one that is meant: another one of the name is never taken in its place.
    damaged = [entry for entry in entries if entry.problem is not None and _may_be(name, entry.folder.name)]
    if damaged:
        raise RegistryUnknown(
            f"{name} cannot be used: {damaged[0].problem} (or remove {damaged[0].folder} to use what is left)"
        )
    fit = [entry for entry in entries if entry.problem is None and name in (entry.name, entry.id)]
    if not fit:
        raise RegistryUnknown(
            f"no artifact {name!r} is installed; there are {', '.join(e.id for e in entries) or 'none'}: "
            "name one of these, or install it by: assay models install SOURCE"
        )
    return max(fit, key=lambda entry: ("-" not in entry.version.split("+")[0], version_key(entry.version)))


def _may_be(name: str, folder: str) -> bool:
    """Whether the folder of an artifact whose card cannot be read may be that of `name`, with or without version."""
    return name == folder or name.partition("@")[0] == folder or name == folder.partition("@")[0]


def _defaults(store: Path) -> dict[str, str]:
    path = store / DEFAULTS_NAME
    try:
        with path.open("rb") as file:
            page = read_json(file.read(MAX_DEFAULTS_BYTES + 1), limit=MAX_DEFAULTS_BYTES, what=str(path))
    except FileNotFoundError:
        return {}
    except JsonError as error:
        raise RegistryStoreMalformed(f"{error}; or delete it and choose the defaults again") from error
    chosen = page.get("defaults") if isinstance(page, dict) and page.get("schema_version") == 1 else None
    if not isinstance(chosen, dict) or not all(isinstance(name, str) for name in chosen.values()):
        raise RegistryStoreMalformed(
            f"{path} is no list of defaults; delete it and choose the defaults again"
        )
    return dict(chosen)
