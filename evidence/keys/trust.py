"""Whom a checker trusts: a public key that reached them by another way than the folder."""

from pathlib import Path

from ...errors import AssayError
from ..limits import DEFAULT
from .public import public_key

__all__ = ["PinInvalid", "pinned"]

_END = b"-----END PUBLIC KEY-----\n"
_BEGIN = b"-----BEGIN PUBLIC KEY-----\n"


class PinInvalid(AssayError):
    """What was given as a trusted key is neither a fingerprint nor a file with a public key."""

    code = "pin-invalid"


def pinned(text: str) -> str:
    """Fingerprint of a trusted key.

    Parameters
    ----------
    text
        A fingerprint (64 hexadecimal digits; blanks, colons and ``sha256:`` are left out), or a file that holds a
        public key in PEM, alone or beside its private half.

    Returns
    -------
    str
        64 hexadecimal digits in lower case.

    Raises
    ------
    PinInvalid
        It is neither. Shorter fingerprints are not taken: half of one can be forged.
    """
    digits = text.lower().removeprefix("sha256:").translate({ord(mark): None for mark in " :-"})
    if len(digits) == 64 and all(mark in "0123456789abcdef" for mark in digits):
        return digits
    try:
        with Path(text).open("rb") as file:
            data = file.read(DEFAULT.signing_key_bytes + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no name of a file"
        raise PinInvalid(
            f"{text}: {why}; give the 64 digits of a fingerprint or a file with a public key"
        ) from None
    start, stop = data.find(_BEGIN), data.find(_END)
    key = public_key(data[start : stop + len(_END)]) if 0 <= start < stop else None
    if key is None:
        raise PinInvalid(f"{text} holds no Ed25519 public key in PEM; name another file, or a fingerprint")
    return key.fingerprint
