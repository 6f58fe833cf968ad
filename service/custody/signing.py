"""Signing how far the custody log went: what a checkpoint covers cannot be written anew without its key."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ...evidence.canonical import exact
from ...evidence.custody import Log, Signed
from ...evidence.keys import SigningKey
from ...evidence.keys.private import KeyExists
from ..database import Database
from .table import CustodyTable

__all__ = ["KEY_FILE", "sign"]

KEY_FILE: Final = "custody-key.pem"


def sign(database: Database, home: Path) -> Signed | None:
    """Sign the log as it is now with the key of this machine, which is made when there is none.

    Parameters
    ----------
    database
        With the log.
    home
        Folder of the service, where the key lies; only its owner may read it.

    Returns
    -------
    Signed | None
        None: nothing was entered since the last time.
    """
    store = _Announcements(database)
    with store.writing() as writer:
        count = writer.count
    if not count or ((kept := store.kept()) and _count(kept[-1]) == count):
        return None
    path = home / KEY_FILE
    if not path.exists():
        # Another process of the same folder may be faster.
        with contextlib.suppress(KeyExists):
            SigningKey.create(path)
    return Log(store, who="service").checkpoint(SigningKey.open(path))


class _Announcements(CustodyTable):
    """The log of which only the last entry that announces a checkpoint is read, to know the next number."""

    def lines(self) -> Iterator[bytes]:
        if kept := self.kept():
            yield from self.some(_count(kept[-1]) - 1, 1)


def _count(signed: Signed) -> int:
    count = exact(signed.statement.removesuffix(b"\n"), "the checkpoint")["count"]
    assert isinstance(count, int)
    return count
