"""A signed checkpoint: how long the log was at a time, and the hash of its last entry.

Everything before that entry hangs on it by the chain, and a manifest by its hashes: one signature covers all.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..canonical import canonical
from ..keys import SigningKey, public_key
from .entry import Entry

__all__ = ["ABSENT", "FORMAT", "Signed", "shortened", "signed", "statement"]

FORMAT: Final = "assay-checkpoint-1"
ABSENT: Final = "absent"
"""What stands for the stamp server where none was asked."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it is kept.

    Attributes
    ----------
    number : int
        From 1.
    statement : bytes
        What is signed: canonical JSON and a newline.
    signature : bytes
        Ed25519 over `statement`, 64 bytes.
    key : bytes
        The public key in PEM.
    """

    number: int
    statement: bytes
    signature: bytes
    key: bytes

    def holds(self) -> bool:
        """Whether the signature is one over the statement by the key."""
        found = public_key(self.key)
        return found is not None and found.signed(self.statement, self.signature)

    @property
    def sha256(self) -> str:
        """Of the statement."""
        return hashlib.sha256(self.statement).hexdigest()


def shortened(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Record of a manifest as the log holds it: of its blocks, which may be many, one hash over their list."""
    page = dict(manifest)
    if (blocks := page.pop("blocks", None)) is not None:
        page["blocks_sha256"] = hashlib.sha256(canonical(blocks)).hexdigest()
    return page


def statement(entry: Entry, manifest: Mapping[str, Any] | None) -> bytes:
    """What a checkpoint says, as it follows from the entry that announces it.

    Parameters
    ----------
    entry
        Its details hold ``checkpoint`` (number), ``key`` (fingerprint) and ``stamp`` (server or ``absent``).
    manifest
        Record of the manifest, with its blocks; None for a checkpoint of the log alone.
    """
    page = {
        "count": entry.number + 1,
        "format": FORMAT,
        "head": entry.hash,
        "key": entry.details["key"],
        "manifest": None if manifest is None else dict(manifest),
        "number": entry.details["checkpoint"],
        "stamp": entry.details["stamp"],
        "time": entry.when,
    }
    return canonical(page) + b"\n"


def signed(entry: Entry, manifest: Mapping[str, Any] | None, key: SigningKey) -> Signed:
    """Sign what follows from an entry."""
    text = statement(entry, manifest)
    return Signed(entry.details["checkpoint"], text, key.sign(text), key.public.pem)
