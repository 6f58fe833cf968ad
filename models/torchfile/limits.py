"""Bounds on files of ``torch.save``. Honest ones stay far below all of them."""

from dataclasses import dataclass

__all__ = ["DEFAULT", "TorchFileLimits"]


@dataclass(frozen=True, slots=True)
class TorchFileLimits:
    """The most that one file of weights may cost.

    Attributes
    ----------
    weights_bytes : int
        Longest file, and most bytes of all tensors that are taken from it, views that share bytes counted each.
    archive_entries : int
        Most entries of its zip archive.
    pickle_bytes : int
        Longest pickle in it.
    pickle_opcodes : int
        Most opcodes of that pickle.
    pickle_values : int
        Most values that it may put into containers or remember.
    pickle_depth : int
        Deepest nesting of containers on the way to tensors.
    tensors : int
        Most tensors that are taken.
    tensor_axes : int
        Most axes of a tensor.
    """

    weights_bytes: int = 8 << 30
    archive_entries: int = 20_000
    pickle_bytes: int = 16 << 20
    pickle_opcodes: int = 2_000_000
    pickle_values: int = 2_000_000
    pickle_depth: int = 32
    tensors: int = 10_000
    tensor_axes: int = 16


DEFAULT = TorchFileLimits()
