"""The key, and the tokens that it makes: ``user-`` and the value under AES-SIV (RFC 5297), in base 32.

AES-SIV is a keyed hash and a cipher in one: the same value gives the same token, nobody makes or reads one without
the key, and the key alone gives the value back. There is no table to keep, lose or share. What a token does tell is
how long the value is, and that two tokens are of one value.
"""

import base64
import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from ...errors import AssayError
from .token import TOKEN

GLUED: Final = 32
"""Characters that may follow a token without a gap: a name may be part of a word where languages do not part them."""

_HEADER: Final = "assay-pseudonyms-1:"
_CONTEXT: Final = b"assay pseudonym 1"


class KeyFileInvalid(AssayError):
    """A file that holds no key."""

    code = "pseudonym-key"


class Key:
    """A secret of 64 bytes.

    Parameters
    ----------
    secret
        From `Key.open`, or random.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 64:
            raise KeyFileInvalid("a key of pseudonyms has 64 bytes")
        self._cipher = AESSIV(secret)
        self.token = lru_cache(maxsize=1 << 17)(self._token)

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> "Key":
        """Read a key file.

        Parameters
        ----------
        path
            The file.
        create
            Whether a new key is written where there is no file; only its owner may read it.

        Raises
        ------
        KeyFileInvalid
            It is absent, cannot be read, or holds no key.
        """
        try:
            if create and not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with open(handle, "w", encoding="ascii") as file:
                    file.write(_HEADER + base64.b64encode(os.urandom(64)).decode() + "\n")
            with path.open("rb") as source:
                text = source.read(200).decode("ascii", "replace").strip()
        except OSError as error:
            raise KeyFileInvalid(f"{path}: {error.strerror}; name the key file with --key") from error
        try:
            if not text.startswith(_HEADER):
                raise ValueError
            return cls(base64.b64decode(text.removeprefix(_HEADER), validate=True))
        except (ValueError, KeyFileInvalid) as error:
            raise KeyFileInvalid(f"{path} holds no key of pseudonyms; name another file with --key") from error

    def _token(self, kind: str, value: str) -> str:
        """The token of a value.

        Parameters
        ----------
        kind
            ``host``, ``user`` or ``ip``.
        value
            Not empty.

        Returns
        -------
        str
        """
        sealed = self._cipher.encrypt(value.encode("utf-8", "surrogatepass"), [_CONTEXT, kind.encode()])
        return f"{kind}-{base64.b32encode(sealed).decode().rstrip('=').lower()}"

    def value(self, token: str) -> str | None:
        """The value of a token; None when this key did not make it."""
        found = TOKEN.fullmatch(token)
        if found is None:
            return None
        kind, text = found.groups()
        try:
            sealed = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
            return self._cipher.decrypt(sealed, [_CONTEXT, kind.encode()]).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError):
            return None

    def reveal(self, text: str) -> str:
        """A text with every token of this key as its value; others stay."""
        return TOKEN.sub(lambda found: self._opened(found[0]), text)

    def _opened(self, token: str) -> str:
        for end in range(len(token), max(len(token) - GLUED, 0), -1):
            if (value := self.value(token[:end])) is not None:
                return value + token[end:]
        return token


def user_key() -> Path:
    """Where a user's key lies: ``assay/pseudonyms.key`` in the system's place for user data."""
    import platformdirs

    return Path(platformdirs.user_data_path("assay", appauthor=False)) / "pseudonyms.key"
