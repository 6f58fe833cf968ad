"""Why a folder was not sealed, or could not be checked at all."""

from ...errors import AssayError

__all__ = [
    "ChangedWhileSealing",
    "SealBroken",
    "SealBusy",
    "SealForeign",
    "SealMissing",
    "SealRefused",
    "SealUnreadable",
    "SealUnwritable",
    "SigningKeyInside",
]


class SealRefused(AssayError):
    """Root of the refusals: nothing was sealed, and no earlier seal was touched."""

    code = "seal"


class SealMissing(SealRefused):
    """There is no such folder, or it was never sealed."""

    code = "seal-missing"


class SealUnreadable(SealRefused):
    """Something in the folder cannot be hashed: a device, a pipe, or what may not be read."""

    code = "seal-unreadable"


class SealUnwritable(SealRefused):
    """The operating system lets nothing be written: permissions, a full disk, a medium that fails."""

    code = "seal-unwritable"


class SigningKeyInside(SealRefused):
    """The private key lies in the folder that is sealed to be given away."""

    code = "seal-key-inside"


class ChangedWhileSealing(SealRefused):
    """A file changed, came or went while the folder was sealed."""

    code = "seal-changed"


class SealBroken(SealRefused):
    """The folder was sealed before, and its log or checkpoints are no longer what they were."""

    code = "seal-broken"


class SealBusy(SealRefused):
    """Another process is sealing the folder."""

    code = "seal-busy"


class SealForeign(SealRefused):
    """What is called ``assay-seal`` in the folder is something else."""

    code = "seal-foreign"
