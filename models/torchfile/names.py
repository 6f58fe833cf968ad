"""What a pickle of tensors may name: storages of torch, and the three calls that rebuild tensors and ordered dicts.

A name stays a name: nothing is looked up by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .refusals import TorchFileMalformed, TorchFileUnsafe

__all__ = ["CALLED", "ORDERED", "STORAGES", "TENSOR", "Name", "known", "malformed", "told", "unsafe"]

STORAGES: Final[Mapping[str, tuple[str, int]]] = {
    "DoubleStorage": ("float64", 8),
    "FloatStorage": ("float32", 4),
    "HalfStorage": ("float16", 2),
    "BFloat16Storage": ("bfloat16", 2),
    "LongStorage": ("int64", 8),
    "IntStorage": ("int32", 4),
    "ShortStorage": ("int16", 2),
    "CharStorage": ("int8", 1),
    "ByteStorage": ("uint8", 1),
    "BoolStorage": ("bool", 1),
}
"""Storage class of torch -> type of its elements, and bytes of one."""

ORDERED, TENSOR, _PARAMETER = (
    ("collections", "OrderedDict"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch._utils", "_rebuild_parameter"),
)
CALLED = (ORDERED, TENSOR, _PARAMETER)
_NUMPY = ("numpy", "_codecs")


@dataclass(frozen=True, slots=True)
class Name:
    """A global that a pickle names."""

    module: str
    name: str

    @property
    def pair(self) -> tuple[str, str]:
        """Module and name."""
        return self.module, self.name


def known(module: str, name: str) -> Name:
    """The name, if it is one of those that files of tensors need.

    Raises
    ------
    TorchFileUnsafe
        It is not.
    """
    if (module, name) in CALLED or (module == "torch" and name in STORAGES):
        return Name(module, name)
    if module.partition(".")[0] in _NUMPY:
        raise TorchFileUnsafe(
            f"the file holds a value of numpy ({_shown(module)}.{_shown(name)}), and rebuilding it would call numpy: "
            "save the state dict alone, or turn such values into numbers of Python first (value.item())"
        )
    raise unsafe(f"the name {_shown(module)}.{_shown(name)}")


def told(called: Any) -> str:
    """What somebody wanted to call, in words."""
    return (
        f"{_shown(called.module)}.{_shown(called.name)}"
        if isinstance(called, Name)
        else type(called).__name__
    )


def _shown(text: str) -> str:
    return "".join(mark if mark.isprintable() else "?" for mark in text[:80])


def unsafe(what: str) -> TorchFileUnsafe:
    """The refusal of a pickle that asks for more than it may."""
    return TorchFileUnsafe(
        f"the pickle in the file asks for {what}: only tensors and plain containers are read, and nothing was run. Get "
        "safetensors from its maker, or save the state dict alone: torch.save(model.state_dict(), 'new.pth')"
    )


def malformed(why: str) -> TorchFileMalformed:
    """The refusal of a pickle that is none."""
    return TorchFileMalformed(f"the pickle in the file is not sound: {why}; get it again from its maker")
