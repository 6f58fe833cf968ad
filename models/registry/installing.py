"""Installing artifacts from folders, archives and hubs: staged, verified, and only then visible."""

import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import AssayError
from ..artifact import Artifact
from ..artifact.reading import read_card
from ..artifact.refusals import ArtifactExists
from ..artifact.writing import TEMPORARY, place
from ..card import Card
from ..filenames import SHARED_NAME
from .archives import unpack
from .hub import fetch

if TYPE_CHECKING:
    from .registry import Registry

__all__ = ["InstallSourceMissing", "install"]


class InstallSourceMissing(AssayError):
    """What is to be installed does not exist."""

    code = "install-source-missing"


def install(
    registry: "Registry",
    source: str | Path,
    *,
    replace: bool = False,
    expect: str | None = None,
    endpoint: str | None = None,
) -> Artifact:
    """Install the artifact at `source` into the registry's last store.

    Parameters
    ----------
    source : str or path
        The folder of an artifact, an archive of one, or ``hub:owner/name[@revision]``. Shared files that it does
        not bring are taken from the registry's stores.
    replace : bool
        Replace an artifact of the same name and version whose bytes differ.
    expect : str, optional
        Pinned sha256 of card.json.
    endpoint : str, optional
        Address of the hub.

    Raises
    ------
    InstallSourceMissing, ArchiveError, HubError, CardError, ArtifactError
        By the reason; nothing is installed then. `ArtifactExists` where the same name and version has other bytes.
    """
    store = registry.stores[-1]
    store.mkdir(parents=True, exist_ok=True)
    stage = store / f"{TEMPORARY}{secrets.token_hex(8)}"
    folder, shared = stage / "artifact", stage / SHARED_NAME
    have = tuple(place / SHARED_NAME for place in registry.stores)
    folder.mkdir(parents=True)
    shared.mkdir()
    try:
        if str(source).startswith("hub:"):
            fetch(str(source), folder, shared, have=have, endpoint=endpoint)
        elif Path(source).is_dir():
            folder = Path(source).absolute()
            have = (folder.parent / SHARED_NAME, *have)
        elif Path(source).is_file():
            unpack(Path(source), folder, shared)
        else:
            raise InstallSourceMissing(
                f"{source} does not exist; name an artifact's folder, an archive, or hub:owner/name"
            )
        _bring_shared(Card.from_bytes(read_card(folder)), shared, have)
        artifact = Artifact.open(folder, shared=shared, expect=expect)
        return _install_verified(registry, artifact, replace)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _bring_shared(card: Card, shared: Path, have: tuple[Path, ...]) -> None:
    """Copy the shared files that the source did not bring. Their hashes are checked when the artifact is opened."""
    for file in card.files:
        target = shared / file.sha256
        if file.shared and not target.exists():
            found = [place / file.sha256 for place in have if (place / file.sha256).is_file()]
            if found and not found[0].is_symlink():
                shutil.copyfile(found[0], target)


def _install_verified(registry: "Registry", artifact: Artifact, replace: bool) -> Artifact:
    store, listed = registry.stores[-1], registry.list()
    if any(entry.problem is not None and entry.folder == store / artifact.id for entry in listed):
        return place(artifact, store, replace=True)  # nobody can use what lies there
    for entry in (entry for entry in listed if entry.id == artifact.id and entry.problem is None):
        if entry.sha256 != artifact.sha256 and not replace:
            raise ArtifactExists(
                f"{artifact.id} is installed with other bytes (card {entry.sha256[:16]}..., new "
                f"{artifact.sha256[:16]}...); give the new one another version, or install it with --replace"
            )
        if entry.sha256 == artifact.sha256:
            try:
                return Artifact.open(entry.folder)
            except AssayError:  # the installed one is damaged: this is how it is mended
                return place(artifact, store, replace=True)
    return place(artifact, store, replace=replace)
