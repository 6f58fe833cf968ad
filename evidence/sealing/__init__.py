"""Sealing a folder, and checking that it is still what was sealed."""

from .refusals import (
    ChangedWhileSealing,
    SealBroken,
    SealBusy,
    SealForeign,
    SealMissing,
    SealRefused,
    SealUnreadable,
    SealUnwritable,
    SigningKeyInside,
)
from .sealing import Sealed, seal
from .verifying import Seal, Verification, verify

__all__ = [
    "ChangedWhileSealing",
    "Seal",
    "SealBroken",
    "SealBusy",
    "SealForeign",
    "SealMissing",
    "SealRefused",
    "SealUnreadable",
    "SealUnwritable",
    "Sealed",
    "SigningKeyInside",
    "Verification",
    "seal",
    "verify",
]
