"""The public half of a key: what checks a signature, and what a signer is known by."""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from ..limits import DEFAULT
from .words import words

__all__ = ["PublicKey", "public_key"]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key.

    Attributes
    ----------
    raw : bytes
        Its 32 bytes (RFC 8032).
    """

    raw: bytes

    @property
    def pem(self) -> bytes:
        """Its SubjectPublicKeyInfo (RFC 8410) in PEM, as OpenSSL writes it."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its SubjectPublicKeyInfo in DER, 64 hexadecimal digits."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()

    @property
    def words(self) -> str:
        """The first 128 bits of the fingerprint as 16 words, to be compared by voice."""
        return words(bytes.fromhex(self.fingerprint)[:16])

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def public_key(pem: bytes) -> PublicKey | None:
    """Read a public key; None for bytes that are not exactly what its `PublicKey.pem` is.

    Parameters
    ----------
    pem
        At most ``signing_key_bytes``; one spelling only, so that no bit of a key file can change unseen.
    """
    if len(pem) > DEFAULT.signing_key_bytes:
        return None
    try:
        found = load_pem_public_key(pem)
    except Exception:  # whatever the parser says of foreign bytes, they are no key
        return None
    if not isinstance(found, Ed25519PublicKey):
        return None
    key = PublicKey(found.public_bytes_raw())
    return key if key.pem == pem else None
