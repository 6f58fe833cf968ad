"""What the bytes of an artifact's file may be: safetensors, an ONNX model, JSON or plain text; nothing else.

The kind follows from the ending of the name and is then proved on the bytes. Pickles are looked for first, in
every file: their opcodes are listed, never run.
"""

import io
import pickletools
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from ..jsontext import JsonError, read_json
from .graphs import check_graph
from .refusals import ArtifactFormatRefused, ArtifactPickle
from .tensors import PREFIX_BYTES, header_span, read_header

__all__ = ["MAX_JSON_BYTES", "MAX_TEXT_BYTES", "check_contents"]

MAX_TEXT_BYTES = 8 << 20
"""Longest text file (licence, notes) of an artifact."""
MAX_JSON_BYTES = 64 << 20
"""Longest JSON file (calibration, state) of an artifact."""

_PICKLE_ENDINGS = frozenset(
    {".pt", ".pth", ".pkl", ".pickle", ".bin", ".joblib", ".ckpt", ".npy", ".npz", ".dill"}
)
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_TEXT_ENDINGS = frozenset({"", ".txt", ".md"})


def check_contents(name: str, data: Any) -> None:
    """Refuse a file whose bytes an artifact may not hold.

    Parameters
    ----------
    name : str
        File name in the card.
    data : buffer of bytes
        The whole file; sliced, never copied whole (a memory map will do).

    Raises
    ------
    ArtifactPickle, ArtifactFormatRefused
        See each class.
    ArtifactTensorsOversized, ArtifactTensorsMalformed, ArtifactGraphMalformed, ArtifactExternalData
        By the kind of file.
    """
    ending = PurePosixPath(name).suffix.lower()
    head = bytes(data[:MAX_TEXT_BYTES])
    if ending in _PICKLE_ENDINGS or head.startswith(_ZIP_STARTS) or _is_pickle(head):
        raise ArtifactPickle(
            f"{name} is a pickle or of a format that can carry one, and loading it could run any program: "
            "do not load it; ask the maker for safetensors or ONNX"
        )
    if ending not in _CHECKS:
        raise ArtifactFormatRefused(
            f"{name} is of no known format; an artifact holds .safetensors, .onnx, .json, .txt and .md "
            "files, and texts without an ending"
        )
    _CHECKS[ending](name, data)


def _is_pickle(head: bytes) -> bool:
    """Whether `head` begins with pickle opcodes: a protocol mark and one more, or a run that ends in STOP.

    A mark with one more opcode is enough, since unpickling acts before it reaches what is wrong further on.
    Without a mark (protocols 0 and 1) only a whole run tells a pickle from a text.
    """
    seen = 0
    try:
        for opcode, _, _ in pickletools.genops(io.BytesIO(head)):
            seen += 1
            if seen >= 2 and (opcode.name == "STOP" or head[:1] == b"\x80"):
                return True
    except (
        Exception
    ):  # genops raises ValueError, UnicodeDecodeError, OverflowError and more on what is no pickle
        return False
    return False


def _tensors(name: str, data: Any) -> None:
    span = header_span(bytes(data[:PREFIX_BYTES]), len(data), name)
    read_header(bytes(data[: PREFIX_BYTES + span]), len(data), name)


def _json(name: str, data: Any) -> None:
    if len(data) > MAX_JSON_BYTES:
        raise ArtifactFormatRefused(
            f"{name} has {len(data)} bytes of JSON, at most {MAX_JSON_BYTES} are read"
        )
    try:
        read_json(bytes(data[:]), limit=MAX_JSON_BYTES, what=name)
    except JsonError as error:
        raise ArtifactFormatRefused(str(error)) from error


def _text(name: str, data: Any) -> None:
    if len(data) > MAX_TEXT_BYTES:
        raise ArtifactFormatRefused(
            f"{name} has {len(data)} bytes of text, at most {MAX_TEXT_BYTES} are read"
        )
    try:
        text = bytes(data[:]).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactFormatRefused(f"{name} is no UTF-8 text (byte {error.start})") from error
    if "\0" in text:
        raise ArtifactFormatRefused(f"{name} is no text: it holds a zero byte")


_CHECKS: Mapping[str, Callable[[str, Any], None]] = {
    ".safetensors": _tensors,
    ".onnx": check_graph,
    ".json": _json,
    **dict.fromkeys(_TEXT_ENDINGS, _text),
}
