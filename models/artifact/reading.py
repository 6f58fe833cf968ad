"""Reading files of an artifact without following links, and its card with the sum beside it."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..card import MAX_CARD_BYTES
from ..filenames import CARD_NAME, CARD_SUM_NAME
from .refusals import (
    ArtifactCardChanged,
    ArtifactCardMissing,
    ArtifactFileMissing,
    ArtifactNotFile,
    ArtifactSymlink,
)

__all__ = ["card_sum", "check_sum", "opened", "read_card"]


def read_card(folder: Path) -> bytes:
    """Bytes of card.json in `folder`, at most one more than are allowed.

    Raises
    ------
    ArtifactCardMissing, ArtifactSymlink, ArtifactNotFile
        See each class.
    """
    try:
        with opened(folder / CARD_NAME, CARD_NAME) as handle:
            pages = []
            rest = MAX_CARD_BYTES + 1
            while rest and (page := os.read(handle, rest)):
                pages.append(page)
                rest -= len(page)
            return b"".join(pages)
    except ArtifactFileMissing as error:
        raise ArtifactCardMissing(
            f"{folder} holds no {CARD_NAME}; name the folder of an artifact, or install it again"
        ) from error


@contextmanager
def opened(path: Path, name: str) -> Iterator[int]:
    """Descriptor of a regular file that is no link; pipes and devices neither block nor pass."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise ArtifactFileMissing(f"{name} is missing at {path}; install the artifact again") from error
    except OSError as error:
        if path.is_symlink():
            raise ArtifactSymlink(f"{path} is a symbolic link; put the file itself there") from error
        raise ArtifactNotFile(
            f"{path} cannot be read as a file ({error.strerror}); install it again"
        ) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ArtifactNotFile(f"{path} is no regular file; install the artifact again")
        yield handle
    finally:
        os.close(handle)


def card_sum(digest: str) -> bytes:
    """Bytes of card.sha256; ``sha256sum -c card.sha256`` reads them."""
    return f"{digest}  {CARD_NAME}\n".encode()


def check_sum(folder: Path, digest: str) -> None:
    """Compare the card's sha256 `digest` with the one beside it.

    Raises
    ------
    ArtifactCardChanged, ArtifactFileMissing, ArtifactSymlink, ArtifactNotFile
        See each class.
    """
    want = card_sum(digest)
    with opened(folder / CARD_SUM_NAME, CARD_SUM_NAME) as handle:
        if os.read(handle, len(want) + 1) != want:
            raise ArtifactCardChanged(
                f"{folder / CARD_NAME} is not the card that {CARD_SUM_NAME} was written for; install the artifact "
                f"again, or, if you changed the card on purpose, run in its folder: sha256sum {CARD_NAME} > "
                f"{CARD_SUM_NAME}"
            )
