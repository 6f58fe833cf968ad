"""Why a file of ``torch.save`` is refused. Nothing of it has been run by then: its opcodes are read, never obeyed."""

from ...errors import AssayError

__all__ = [
    "REFUSALS",
    "TorchFileError",
    "TorchFileLegacy",
    "TorchFileMalformed",
    "TorchFileOpcode",
    "TorchFileScript",
    "TorchFileTooLarge",
    "TorchFileUnsafe",
    "TorchFileWithoutTensors",
]


class TorchFileError(AssayError):
    """A file of weights is refused."""

    code = "torch-file"


class TorchFileLegacy(TorchFileError):
    """Of the layout that torch wrote before 1.6 (a bare pickle or a tar), which is not read."""

    code = "torch-file-legacy"


class TorchFileScript(TorchFileError):
    """A TorchScript archive: it carries a program."""

    code = "torch-file-script"


class TorchFileMalformed(TorchFileError):
    """Damaged, or its parts contradict one another."""

    code = "torch-file-malformed"


class TorchFileTooLarge(TorchFileError):
    """More bytes, entries, opcodes, tensors or depth than the limits allow."""

    code = "torch-file-too-large"


class TorchFileUnsafe(TorchFileError):
    """It names a function or class other than those that rebuild tensors and plain containers."""

    code = "torch-file-unsafe"


class TorchFileOpcode(TorchFileUnsafe):
    """It uses a pickle opcode that files of tensors have no need of."""

    code = "torch-file-opcode"


class TorchFileWithoutTensors(TorchFileError):
    """It holds no tensors where they are looked for, or in several places."""

    code = "torch-file-without-tensors"


REFUSALS: dict[str, type[TorchFileError]] = {
    kind.code: kind
    for kind in (
        TorchFileError,
        TorchFileLegacy,
        TorchFileScript,
        TorchFileMalformed,
        TorchFileTooLarge,
        TorchFileUnsafe,
        TorchFileOpcode,
        TorchFileWithoutTensors,
    )
}
"""By code, for who hears of a refusal from another process."""
