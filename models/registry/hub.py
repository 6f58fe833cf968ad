"""Fetching an artifact from a model hub by name: ``hub:owner/name`` or ``hub:owner/name@revision``.

The repository holds card.json, card.sha256 and the listed files at its top, shared files as
``shared/<sha256>``. The card is
fetched first, and only what it lists after it, all at the one commit that the revision stood for; other files of
the repository (its README, its settings) are not looked at. Where the hub's cache already holds the files, or
``HF_HUB_OFFLINE`` is set, the cache answers. Nothing here verifies the artifact: `Artifact.open` does.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any

from ...errors import AssayError
from ..card import MAX_CARD_BYTES, Card
from ..filenames import CARD_NAME, CARD_SUM_NAME, SHARED_NAME

__all__ = [
    "HubError",
    "HubFileWrongSize",
    "HubMissingLibrary",
    "HubNameInvalid",
    "HubNotFound",
    "HubOffline",
    "fetch",
]

MAX_SUM_BYTES = 1 << 10

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_NAME = re.compile(rf"hub:({_PART}/{_PART})(?:@([A-Za-z0-9][A-Za-z0-9._/-]{{0,127}}))?", re.ASCII)


class HubError(AssayError):
    """An artifact could not be fetched from a hub; nothing was installed."""

    code = "hub"


class HubNameInvalid(HubError):
    """Not of the form hub:owner/name[@revision]."""

    code = "hub-name-invalid"


class HubMissingLibrary(HubError):
    """The package huggingface_hub is not installed."""

    code = "hub-missing-library"


class HubOffline(HubError):
    """The hub does not answer, or HF_HUB_OFFLINE is set, and the cache does not hold the file."""

    code = "hub-offline"


class HubNotFound(HubError):
    """The hub has no such repository, revision or file, or does not show it without a right to it."""

    code = "hub-not-found"


class HubFileWrongSize(HubError):
    """A file is longer than the card (or, for the card, the limit) says; it was not downloaded."""

    code = "hub-file-wrong-size"


def fetch(
    source: str, folder: Path, shared: Path, *, have: tuple[Path, ...] = (), endpoint: str | None = None
) -> None:
    """Fetch the artifact `source` into `folder` and its shared files into `shared`, both new and empty.

    Parameters
    ----------
    source : str
        ``hub:owner/name[@revision]``; the revision is a branch, tag or commit, ``main`` when not given.
    have : paths
        Folders of shared files; what lies there is not fetched.
    endpoint : str, optional
        Address of the hub; ``HF_ENDPOINT`` or the public hub when not given.

    Raises
    ------
    HubError, CardError
        One subclass for each reason.
    """
    match = _NAME.fullmatch(source)
    if match is None:
        raise HubNameInvalid(
            f"{source[:200]!r} is no hub name; write hub:owner/name or hub:owner/name@revision"
        )
    try:
        import huggingface_hub  # noqa: F401
    except ImportError as error:
        raise HubMissingLibrary(
            "installing from a hub needs huggingface_hub: pip install huggingface_hub"
        ) from error
    repository, revision = match[1], match[2] or "main"
    commit = _fetch(repository, CARD_NAME, revision, MAX_CARD_BYTES, None, folder / CARD_NAME, endpoint)
    card = Card.from_bytes((folder / CARD_NAME).read_bytes())
    _fetch(repository, CARD_SUM_NAME, commit, MAX_SUM_BYTES, None, folder / CARD_SUM_NAME, endpoint)
    for file in card.files:
        if not file.shared:
            _fetch(repository, file.path, commit, file.size, file.size, folder / file.path, endpoint)
        elif (
            not any((place / file.sha256).is_file() for place in have) and not (shared / file.sha256).exists()
        ):
            name = f"{SHARED_NAME}/{file.sha256}"
            _fetch(repository, name, commit, file.size, file.size, shared / file.sha256, endpoint)


def _fetch(
    repository: str,
    name: str,
    revision: str,
    most: int,
    exactly: int | None,
    target: Path,
    endpoint: str | None,
) -> str:
    """Copy one file of the repository to `target`; the commit that `revision` stands for."""
    from huggingface_hub import hf_hub_download

    ask: dict[str, Any] = {
        "repo_id": repository,
        "filename": name,
        "revision": revision,
        "endpoint": endpoint,
        "library_name": "assay",
        "local_files_only": os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"},
    }
    where = f"{repository}@{revision}"
    try:
        found: Any = hf_hub_download(**ask, dry_run=True)
        _check_size(found.file_size, most, exactly, name, where)
        # Asked for by the revision, not the commit found, so that the cache knows the revision when offline.
        path = Path(hf_hub_download(**ask))
        # The size that was asked for is the hub's word; the cached file is what will be copied.
        _check_size(path.stat().st_size, most, exactly, name, where)
        shutil.copyfile(path, target)
    except HubError:
        raise
    except Exception as error:
        raise _refusal(error, name, where) from error
    return path.parents[name.count("/")].name  # the cache keeps files under snapshots/COMMIT/


def _check_size(size: int | None, most: int, exactly: int | None, name: str, where: str) -> None:
    if size is not None and (size > most or (exactly is not None and size != exactly)):
        raise HubFileWrongSize(
            f"{name} of {where} has {size} bytes where {'exactly' if exactly is not None else 'at most'} {most} are "
            "expected; the repository and its card do not belong together: ask its owner"
        )


def _refusal(error: Exception, name: str, where: str) -> HubError:
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    if isinstance(error, HfHubHTTPError) and error.response.status_code in (401, 403, 404):
        return HubNotFound(
            f"the hub shows no {name} in {where} (HTTP {error.response.status_code}); check owner, name and revision, "
            "and log in if the repository is private"
        )
    if isinstance(error, LocalEntryNotFoundError | OSError):
        return HubOffline(
            f"{name} of {where} is not in the hub's cache and the hub cannot be reached; go online, unset "
            "HF_HUB_OFFLINE, or install from a folder or an archive"
        )
    return HubError(
        f"{name} of {where} could not be fetched: {type(error).__name__}: {error}; try again later"
    )
