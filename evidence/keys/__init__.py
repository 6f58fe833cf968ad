"""Signing keys: Ed25519, one file that only its owner may read, known by a fingerprint in hex and in words."""

from .private import (
    KeyExists,
    KeyLocked,
    KeyMalformed,
    KeyMissing,
    KeyOpen,
    SigningKey,
    key_place,
    shown,
    stored_passphrase,
)
from .public import PublicKey, public_key
from .trust import PinInvalid, pinned

__all__ = [
    "KeyExists",
    "KeyLocked",
    "KeyMalformed",
    "KeyMissing",
    "KeyOpen",
    "PinInvalid",
    "PublicKey",
    "SigningKey",
    "key_place",
    "pinned",
    "public_key",
    "shown",
    "stored_passphrase",
]
