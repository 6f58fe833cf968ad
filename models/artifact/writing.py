"""Writing artifacts: whole and verified, or not at all."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import ValidationError

from ..card import Card, CardInvalid
from ..filenames import CARD_NAME, CARD_SUM_NAME, SHARED_NAME, check_file_name
from .artifact import CHUNK_BYTES, Artifact
from .reading import card_sum
from .refusals import ArtifactExists

__all__ = ["TEMPORARY", "add_shared", "place", "publish", "replace_bytes", "write"]

TEMPORARY = ".assay-new-"
"""Start of the names of folders that are being written; a store does not look at them."""


def write(
    folder: Path | str,
    card: Card,
    files: Mapping[str, tuple[str, bytes | Path]],
    *,
    shared: Collection[str] = (),
    shared_folder: Path | str | None = None,
    replace: bool = False,
) -> Artifact:
    """Write an artifact from `card`, whose ``files`` are filled in here, and `files`.

    The same card and files give the same bytes. Everything is written to a hidden sibling folder, opened
    there (so that nothing is published that `Artifact.open` would refuse) and then renamed into place.

    Parameters
    ----------
    folder : path
        Must not exist, unless it holds the very same artifact or `replace` is set.
    card : Card
        With or without ``files``; they are replaced.
    files : mapping of file name to (role, bytes or path to copy from)
        Their order is the order in the card: graphs run in it.
    shared : names out of `files`
        Stored once, in `shared_folder`, under their sha256.
    shared_folder : path, optional
        The sibling of `folder` named ``shared`` when not given.

    Raises
    ------
    ArtifactExists
        Another artifact lies at `folder`.
    CardInvalid, CardPathRefused, ArtifactError
        What `Artifact.open` would refuse.
    """
    folder = Path(folder).absolute()
    store = Path(shared_folder) if shared_folder is not None else folder.parent / SHARED_NAME
    if unknown := set(shared) - set(files):
        raise CardInvalid(
            f"shared names {', '.join(sorted(unknown))}, which are not among the files; correct it"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = folder.parent / f"{TEMPORARY}{secrets.token_hex(8)}"
    stage.mkdir()
    try:
        listed: list[dict[str, object]] = []
        for name, (role, source) in files.items():
            check_file_name(name)
            target = stage / name
            digest, size = _copy(source, target)
            listed.append(
                {"path": name, "role": role, "sha256": digest, "size": size, "shared": name in shared}
            )
            if name in shared:
                add_shared(target, digest, store)
        page = _filled(card, listed).to_bytes()
        (stage / CARD_NAME).write_bytes(page)
        (stage / CARD_SUM_NAME).write_bytes(card_sum(hashlib.sha256(page).hexdigest()))
        artifact = Artifact.open(stage, shared=store)
        publish(stage, folder, artifact, replace=replace)
        return Artifact(folder, store, artifact.card, artifact.sha256)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def place(artifact: Artifact, store: Path, *, replace: bool) -> Artifact:
    """Copy a verified artifact, byte by byte its card included, into `store` as ``name@version``.

    Raises
    ------
    ArtifactExists, ArtifactError
        See each class.
    """
    store = store.absolute()
    store.mkdir(parents=True, exist_ok=True)
    stage = store / f"{TEMPORARY}{secrets.token_hex(8)}"
    stage.mkdir()
    try:
        for name in (CARD_NAME, CARD_SUM_NAME):
            shutil.copyfile(artifact.folder / name, stage / name)
        for file in artifact.card.files:
            source = artifact.path(file.path)
            digest, _ = _copy(source, stage / file.path)
            if file.shared:
                add_shared(stage / file.path, digest, store / SHARED_NAME)
        copied = Artifact.open(stage, shared=store / SHARED_NAME, expect=artifact.sha256)
        publish(stage, store / artifact.id, copied, replace=replace)
        return Artifact(store / artifact.id, copied.shared, copied.card, copied.sha256)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def replace_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` whole or not at all."""
    new = path.parent / f"{TEMPORARY}{secrets.token_hex(8)}"
    try:
        new.write_bytes(data)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def add_shared(source: Path, digest: str, store: Path) -> None:
    """Move `source`, whose sha256 is `digest`, into the folder of shared files unless its bytes are there."""
    store.mkdir(parents=True, exist_ok=True)
    target = store / digest
    if target.is_file() and not target.is_symlink() and _digest(target)[0] == digest:
        source.unlink()
    else:  # also mends a blob that was damaged
        os.replace(source, target)


def publish(stage: Path, folder: Path, artifact: Artifact, *, replace: bool) -> None:
    """Rename the verified `stage` (a sibling, opened as `artifact`) to `folder`.

    Raises
    ------
    ArtifactExists
        `folder` holds other bytes and `replace` is not set.
    """
    if not folder.exists() and not folder.is_symlink():
        os.replace(stage, folder)
        return
    card = folder / CARD_NAME
    same = card.is_file() and hashlib.sha256(card.read_bytes()).hexdigest() == artifact.sha256
    if not same and not replace:
        raise ArtifactExists(
            f"{folder} exists and is not {artifact.id} with the card {artifact.sha256[:16]}...: give the new "
            "one another version, or replace the old one on purpose (replace=True, --replace)"
        )
    # A folder cannot be renamed onto a full one, so the old one steps aside first. It is put back on failure.
    aside = folder.parent / f"{TEMPORARY}{secrets.token_hex(8)}"
    os.replace(folder, aside)
    try:
        os.replace(stage, folder)
    except OSError:
        os.replace(aside, folder)
        raise
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside)
    else:
        aside.unlink()


def _filled(card: Card, listed: list[dict[str, object]]) -> Card:
    try:
        return Card.model_validate({**card.model_dump(), "files": listed})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the card"
        raise CardInvalid(f"the artifact cannot be written: {where}: {first['msg']}; correct it") from error


def _copy(source: bytes | Path, target: Path) -> tuple[str, int]:
    if isinstance(source, bytes):
        target.write_bytes(source)
        return hashlib.sha256(source).hexdigest(), len(source)
    shutil.copyfile(source, target)
    return _digest(target)


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size
