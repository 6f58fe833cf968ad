"""Files of ``torch.save`` read without torch and without unpickling: tensors and plain values, or a refusal."""

from .index import Index, TensorPlace, index
from .refusals import (
    TorchFileError,
    TorchFileLegacy,
    TorchFileMalformed,
    TorchFileOpcode,
    TorchFileScript,
    TorchFileTooLarge,
    TorchFileUnsafe,
    TorchFileWithoutTensors,
)

__all__ = [
    "Index",
    "TensorPlace",
    "TorchFileError",
    "TorchFileLegacy",
    "TorchFileMalformed",
    "TorchFileOpcode",
    "TorchFileScript",
    "TorchFileTooLarge",
    "TorchFileUnsafe",
    "TorchFileWithoutTensors",
    "index",
]
