"""Weights of published files: safetensors, or a file of ``torch.save`` whose list of tensors a bounded child reads."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import AssayError
from ...intake.child import Child
from ...models.artifact.tensors import unpack_tensors
from ...models.torchfile.limits import DEFAULT
from ...models.torchfile.tensors import StoredIndex, arrays

__all__ = ["INDEXER", "Weights", "WeightsUnreadable", "opened", "read_weights"]

INDEXER = "assay.models.torchfile.index:listed"
"""What the child runs."""

Tensors = Mapping[str, NDArray[Any]]


class WeightsUnreadable(AssayError):
    """A file of weights is missing, no file, too large, or of a kind that is not read."""

    code = "weights-unreadable"


@dataclass(frozen=True, slots=True)
class Weights:
    """Tensors of one file.

    Attributes
    ----------
    tensors : Mapping of name to array
        Contiguous, in the order of the file.
    inside : str | None
        Key of the dict that they lay in; None where the file holds nothing else.
    left : tuple of str
        What else lay beside it and was not taken (optimisers, counters).
    """

    tensors: Tensors
    inside: str | None = None
    left: tuple[str, ...] = ()


def read_weights(path: Path, child: Child, *, inside: str | None = None) -> Weights:
    """Read all tensors of a file.

    Parameters
    ----------
    path : Path
        ``.safetensors``, or any other file of ``torch.save`` (``.pth``, ``.pt``, ``.bin``, ``.ckpt``): told apart by
        content, not by name.
    child : Child
        Reads the list of tensors; this process then copies stretches of bytes.
    inside : str, optional
        See `assay.models.torchfile.index`.

    Raises
    ------
    WeightsUnreadable, TorchFileError, ArtifactTensorsMalformed, ArtifactTensorsOversized
        By what is wrong with the file.
    ExhibitRefused
        The child was killed, or died on it.
    """
    descriptor = opened(path, DEFAULT.weights_bytes)
    try:
        head = os.pread(descriptor, 9, 0)
        if not head.startswith((b"PK", b"\x80")) and head[8:9] == b"{":
            if inside is not None:
                raise WeightsUnreadable(
                    f"{path.name} is safetensors, which has no dicts inside; leave out inside"
                )
            return Weights(unpack_tensors(_whole(descriptor), path.name))
        reply = child.call(INDEXER, descriptor=descriptor, inside=inside)
        index = StoredIndex.of(reply.meta)
        return Weights(dict(arrays(descriptor, index)), index.inside, tuple(index.left))
    finally:
        os.close(descriptor)


def opened(path: Path, most: int) -> int:
    """Descriptor of a regular file of at most `most` bytes; pipes and devices neither block nor pass.

    Raises
    ------
    WeightsUnreadable
        It is none.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise WeightsUnreadable(f"{path} cannot be read: {error.strerror}") from error
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode) or facts.st_size > most:
        os.close(descriptor)
        raise WeightsUnreadable(f"{path} is no plain file of at most {most} bytes; name the file of weights")
    return descriptor


def _whole(descriptor: int) -> NDArray[np.uint8]:
    data = np.empty(os.fstat(descriptor).st_size, np.uint8)
    view, at = data.data, 0
    while at < data.size:
        got = os.preadv(descriptor, [view[at:]], at)
        if not got:
            raise WeightsUnreadable("the file grew shorter while it was read")
        at += got
    return data
