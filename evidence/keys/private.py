"""The private half of a key, in a file that only its owner may read.

The file holds PKCS8 in PEM, under a passphrase if there is one, and after it the public key in PEM, so that the key can
be shown without the passphrase. The passphrase comes from the environment, a file or a prompt; never from the command
line, which others can see.
"""

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ...errors import AssayError
from ..limits import DEFAULT
from .public import PublicKey, public_key

__all__ = [
    "KeyExists",
    "KeyLocked",
    "KeyMalformed",
    "KeyMissing",
    "KeyOpen",
    "SigningKey",
    "key_place",
    "shown",
    "stored_passphrase",
]

PLACE: Final = "ASSAY_KEY"
PASSPHRASE: Final = "ASSAY_KEY_PASSPHRASE"
PASSPHRASE_FILE: Final = "ASSAY_KEY_PASSPHRASE_FILE"
_PUBLIC: Final = b"-----BEGIN PUBLIC KEY-----"
_LOCKED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"

Ask = Callable[[], bytes | None]


class KeyMissing(AssayError):
    """No key is at the place that was named."""

    code = "key-missing"


class KeyExists(AssayError):
    """A key is already there, and a new one would take its place."""

    code = "key-exists"


class KeyOpen(AssayError):
    """Others than its owner may read or write the file of a private key."""

    code = "key-permissions"


class KeyLocked(AssayError):
    """The key has a passphrase, and none or a wrong one was given."""

    code = "key-locked"


class KeyMalformed(AssayError):
    """A file that holds no Ed25519 key, or a passphrase that cannot be used."""

    code = "key-malformed"


class SigningKey:
    """An Ed25519 key that can sign. It has no readable form: neither ``repr`` nor an error shows it.

    Attributes
    ----------
    public : PublicKey
        Its public half.
    path : Path | None
        The file that it lies in, if any.
    """

    def __init__(self, secret: Ed25519PrivateKey, path: Path | None = None) -> None:
        self._secret = secret
        self.path = path
        self.public = PublicKey(secret.public_key().public_bytes_raw())

    @classmethod
    def temporary(cls) -> "SigningKey":
        """A new key that is in no file."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def create(cls, path: Path, passphrase: bytes | None = None) -> "SigningKey":
        """Make a key and write it; the file appears whole or not at all.

        Parameters
        ----------
        path
            Where to; a folder that is absent is made, for its owner only.
        passphrase
            Encrypts the file; None: its permissions alone protect it.

        Raises
        ------
        KeyExists
            Something is there; a key is never replaced.
        KeyMalformed
            The passphrase is empty or too long.
        OSError
            The place cannot be written.
        """
        key = cls.temporary()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".key-") as file:  # 0600
            file.write(key._text(passphrase))
            file.flush()
            os.fsync(file.fileno())
            try:
                os.link(file.name, path)
            except FileExistsError:
                raise KeyExists(f"{path} is there already: name another file with --key") from None
        key.path = path
        return key

    @classmethod
    def open(cls, path: Path, ask: Ask | None = None) -> "SigningKey":
        """Read a key.

        Parameters
        ----------
        path
            A file that only its owner, who must be this user, may read or write.
        ask
            Gives the passphrase of a locked key; by default it comes from the environment.

        Raises
        ------
        KeyMissing, KeyOpen, KeyLocked, KeyMalformed
            See each class.
        """
        data = _read(path, private=True)
        at = data.find(_PUBLIC)
        private, public = (data, b"") if at < 0 else (data[:at], data[at:])
        passphrase = None
        if _LOCKED in private:
            passphrase = (stored_passphrase if ask is None else ask)()
            if not passphrase:
                raise KeyLocked(f"the key {path} has a passphrase: set {PASSPHRASE_FILE} or {PASSPHRASE}")
        try:
            secret = load_pem_private_key(private, passphrase)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # The parser's own words are left out: they could hold a part of what it read.
            if passphrase is not None:
                raise KeyLocked(f"the passphrase does not open the key {path}") from None
            raise KeyMalformed(f"{path} holds no private key in PEM; name another file with --key") from None
        if not isinstance(secret, Ed25519PrivateKey):
            raise KeyMalformed(
                f"{path} holds a key of another kind than Ed25519; name another file with --key"
            )
        key = cls(secret, path)
        if public and public != key.public.pem:
            raise KeyMalformed(f"the two halves of the key in {path} do not belong together")
        return key

    @classmethod
    def default(cls, ask: Ask | None = None) -> tuple["SigningKey", bool]:
        """The user's key, made on first use.

        A place that the environment names must hold a key: a slip in it must not sign evidence with a new one.

        Returns
        -------
        key : SigningKey
        new : bool
            Whether it was made now; whoever calls says so aloud.
        """
        path, named = key_place()
        if named or path.exists():
            return cls.open(path, ask), False
        try:
            return cls.create(path, stored_passphrase()), True
        except KeyExists:  # another process was first
            return cls.open(path, ask), False

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        return self._secret.sign(message)

    def _text(self, passphrase: bytes | None) -> bytes:
        lock: KeySerializationEncryption = NoEncryption()
        if passphrase is not None:
            if not 0 < len(passphrase) <= 1000:
                raise KeyMalformed("a passphrase has 1 to 1,000 bytes")
            lock = BestAvailableEncryption(passphrase)
        return self._secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock) + self.public.pem

    def __repr__(self) -> str:
        return f"<SigningKey {self.public.fingerprint[:16]}>"

    def __reduce__(self) -> str:
        raise TypeError("a signing key is not copied or pickled")


def shown(path: Path) -> PublicKey:
    """The public key in a file, whether or not it holds a private one; no passphrase is needed.

    Raises
    ------
    KeyMissing, KeyOpen, KeyLocked, KeyMalformed
        See each class.
    """
    data = _read(path, private=False)
    at = data.find(_PUBLIC)
    if at < 0:
        return SigningKey.open(path).public
    if at > 0:
        data = _read(path, private=True)
    key = public_key(data[at:])
    if key is None:
        raise KeyMalformed(f"{path} holds no Ed25519 public key; name another file with --key")
    return key


def key_place() -> tuple[Path, bool]:
    """Where the user's key lies, and whether the environment (``ASSAY_KEY``) says so.

    By default ``assay/seal.key`` in the system's place for a user's configuration.
    """
    if place := os.environ.get(PLACE):
        return Path(place), True
    import platformdirs

    return Path(platformdirs.user_config_path("assay", appauthor=False)) / "seal.key", False


def stored_passphrase(file: Path | None = None) -> bytes | None:
    """The passphrase in a file, or in the environment; None for neither.

    Parameters
    ----------
    file
        Its first line counts, and it must be its owner's alone, as the key's. None: the one that
        ``ASSAY_KEY_PASSPHRASE_FILE`` names, else what ``ASSAY_KEY_PASSPHRASE`` holds.

    Raises
    ------
    KeyMissing, KeyOpen
        The file that is named cannot be used.
    """
    if place := file or os.environ.get(PASSPHRASE_FILE):
        return _read(Path(place), private=True).split(b"\n", 1)[0].rstrip(b"\r") or None
    return os.environb.get(PASSPHRASE.encode("ascii")) or None


def _read(path: Path, *, private: bool) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except FileNotFoundError:
        raise KeyMissing(
            f"no key is at {path}: make one with `assay evidence key new`, or name another place"
        ) from None
    except OSError as error:
        raise KeyMissing(f"the key {path} cannot be read: {error.strerror}") from None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        raise KeyMissing(f"{path} is no file")
    with os.fdopen(descriptor, "rb") as file:
        if private and (facts.st_mode & 0o077 or facts.st_uid not in (os.geteuid(), 0)):
            whose = f"mode {stat.S_IMODE(facts.st_mode):04o}, user {facts.st_uid}"
            raise KeyOpen(
                f"{path} can be used by others ({whose}): a key that others may read proves nothing; "
                "`chmod 600` it, and make a new one if somebody may have read it"
            )
        data = file.read(DEFAULT.signing_key_bytes + 1)
    if len(data) > DEFAULT.signing_key_bytes:
        raise KeyMalformed(f"{path} is larger than any key; name another file")
    return data
