"""The files of one checkpoint, and which of them is wrong.

A signature that does not hold says only that one of three is wrong: what is signed, the signature, or the key. Each of
them follows from others, so the wrong one is found: the log holds the fingerprint of the key and, by its own hashes,
what the checkpoint must say.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..canonical import NotCanonical, exact
from ..custody import ABSENT, Entry
from ..custody.checkpoint import FORMAT, shortened, statement
from ..faults import Fault
from ..keys import PublicKey, public_key
from ..limits import DEFAULT
from .layout import inside, part
from .room import read_small

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from ..stamps import Token

__all__ = ["Part", "read_parts"]


@dataclass(frozen=True, slots=True)
class Part:
    """One checkpoint as it is found.

    Attributes
    ----------
    number : int
        By the names of its files.
    statement, signature, pem : bytes
        The files; empty where one is missing.
    key : PublicKey | None
        None where its file is damaged.
    holds : bool
        Whether the signature is one over the statement by the key.
    page : Mapping[str, Any]
        The statement, empty where it cannot be read.
    stamp_data : bytes | None
        The time stamp.
    absent : tuple of str
        Files that are missing.
    """

    number: int
    statement: bytes
    signature: bytes
    pem: bytes
    key: PublicKey | None
    holds: bool
    page: Mapping[str, Any]
    stamp_data: bytes | None
    absent: tuple[str, ...]

    @property
    def time(self) -> str:
        """When it was signed, by its own words."""
        return str(self.page.get("time", ""))

    @property
    def manifest(self) -> Mapping[str, Any] | None:
        """Record of its manifest."""
        found = self.page.get("manifest")
        return found if isinstance(found, dict) else None

    @property
    def token(self) -> "Token | None":
        """Its time stamp; None where there is none, or it is damaged."""
        from ..stamps import StampInvalid, read

        if self.stamp_data is None:
            return None
        try:
            return read(self.stamp_data, self.signature)
        except StampInvalid:
            return None

    def stamp_trusted(self, roots: "Sequence[Certificate]") -> bool:
        """Whether its stamp leads to one of these certificates."""
        from ..stamps import StampInvalid, read

        try:
            return self.stamp_data is not None and bool(read(self.stamp_data, self.signature, roots))
        except StampInvalid:
            return False

    def faults(
        self, entry: Entry | None, roots: "Sequence[Certificate]", stamped: str | None = None
    ) -> Iterator[Fault]:
        """What is wrong with it.

        Parameters
        ----------
        entry
            The entry of the log that announces it.
        roots
            Certificates of stamp servers that are trusted.
        stamped
            SHA-256 of its time stamp by the log.
        """
        for name in self.absent:
            yield Fault("seal-missing-part", inside(name), "is missing")
        announced = None if entry is None else entry.details
        wrong_key = self._wrong_key(announced)
        if wrong_key is not None:
            yield Fault("key-changed", inside(part(self.number, "key")), wrong_key)
        if not self.absent:
            yield from self._signature(entry, sound_key=wrong_key is None)
        # What a damaged checkpoint says of the stamp is not believed, if the log says it too.
        page = self.page if self.holds or announced is None else announced
        yield from self._stamp(page.get("stamp", ABSENT), roots, stamped)

    def _wrong_key(self, announced: Mapping[str, Any] | None) -> str | None:
        if not self.pem:
            return None
        if self.key is None:
            return "was changed: it is no longer the key that was written"
        if announced is not None and announced.get("key") != self.key.fingerprint:
            return "is another key than the log names"
        return None

    def _signature(self, entry: Entry | None, *, sound_key: bool) -> Iterator[Fault]:
        name = part(self.number, "checkpoint")
        if entry is None:
            # Where it is signed, the check of the log has named the entry that it wants and does not find.
            if not self.holds:
                text = "is not signed, and the log has no entry for it: it was put in, or sealing was cut off"
                yield Fault("checkpoint-unannounced", inside(name), text)
            return
        if self.holds:
            if sound_key and self.page.get("head") != entry.hash:
                text = f"is signed, but not of entry {entry.number}, which announces it"
                yield Fault("checkpoint-changed", inside(name), text)
            return
        if not sound_key:
            return
        if self.statement == self._wanted(entry):
            text = (
                "is not the signature of this checkpoint by this key, though the log bears the checkpoint out"
            )
            yield Fault("signature-wrong", inside(part(self.number, "signature")), text)
        else:
            text = f"is not what entry {entry.number} of the log announces, and the signature does not hold for it"
            yield Fault("checkpoint-changed", inside(name), text)

    def _wanted(self, entry: Entry) -> bytes:
        """What the statement must be; of its list of blocks the log holds the hash."""
        own = self.manifest
        try:
            if (None if own is None else shortened(own)) != entry.details.get("manifest"):
                return b""
            return statement(entry, own)
        except (KeyError, TypeError):
            return b""

    def _stamp(self, asked: object, roots: "Sequence[Certificate]", stamped: str | None) -> Iterator[Fault]:
        from ..stamps import StampInvalid, read

        name = inside(part(self.number, "stamp"))
        if self.stamp_data is None:
            if asked != ABSENT:
                yield Fault("stamp-missing", name, f"is missing, though a stamp by {asked} was asked for")
            return
        if asked == ABSENT:
            yield Fault("file-added", name, "is a time stamp that nobody asked for when this was signed")
            return
        if stamped is not None and hashlib.sha256(self.stamp_data).hexdigest() != stamped:
            yield Fault("stamp-wrong", name, "was changed: the log has another hash of it")
            return
        if len(self.signature) != 64 or not self.holds:
            return  # the signature is wrong, and said so
        try:
            read(self.stamp_data, self.signature, roots)
        except StampInvalid as error:
            yield Fault("stamp-wrong", name, str(error))


def read_parts(room: int, number: int) -> Part:
    """Read the files of a checkpoint.

    Parameters
    ----------
    room
        Descriptor of the folder of the seal.
    number
        Of the checkpoint.
    """
    limits = {
        "checkpoint": DEFAULT.manifest_line_bytes,
        "signature": 64,
        "key": DEFAULT.signing_key_bytes,
        "stamp": DEFAULT.stamp_bytes,
    }
    found = {what: read_small(room, part(number, what), limit) for what, limit in limits.items()}
    absent = tuple(part(number, what) for what in ("key", "checkpoint", "signature") if found[what] is None)
    text, signature, pem = (found[what] or b"" for what in ("checkpoint", "signature", "key"))
    key = public_key(pem)
    holds = key is not None and key.signed(text, signature)
    page: Mapping[str, Any] = {}
    if text.endswith(b"\n") and len(text) <= DEFAULT.manifest_line_bytes:
        try:
            page = exact(text[:-1], "the checkpoint")
        except NotCanonical:
            page = {}
    if page.get("format") != FORMAT or page.get("number") != number:
        page = {}
    return Part(number, text, signature, pem, key, holds, page, found["stamp"], absent)
