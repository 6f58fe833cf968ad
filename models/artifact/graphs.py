"""A bounded look into an ONNX file: readable as a model, and pointing at no other file.

Only the lengths and tags of the protobuf messages on the way to tensors are walked; weights are skipped, not
read. Field numbers are those of the published ``onnx.proto``. It needs neither the onnx package nor protobuf,
and says nothing on whether the model is a good one: the runtime that loads it checks that.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from .refusals import ArtifactExternalData, ArtifactGraphMalformed

__all__ = ["MAX_GRAPH_DEPTH", "MAX_GRAPH_FIELDS", "check_graph"]

MAX_GRAPH_FIELDS = 4_000_000
"""Most protobuf fields that are walked in one file."""
MAX_GRAPH_DEPTH = 32
"""Deepest nesting of messages (graphs inside nodes inside graphs ...)."""

# Message -> field number -> message inside it. Only what can lead to a tensor is listed.
_INSIDE: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def check_graph(what: str, data: Any) -> None:
    """Refuse `data`, a buffer of bytes, unless it is a whole ONNX model that keeps its weights inside.

    Raises
    ------
    ArtifactGraphMalformed
        Truncated, over-long, too deep, or with no graph.
    ArtifactExternalData
        A tensor, anywhere, keeps its data in another file.
    """
    walk = _Walk(data, what)
    if not walk.model():
        raise walk.malformed("it has no graph")


class _Walk:
    def __init__(self, data: Any, what: str) -> None:
        self.data, self.what, self.fields = data, what, 0

    def malformed(self, why: str) -> ArtifactGraphMalformed:
        return ArtifactGraphMalformed(f"{self.what} is no ONNX model: {why}; export it again")

    def model(self) -> bool:
        graphs = 0
        pending: list[tuple[str, int, int, int]] = [("model", 0, len(self.data), 1)]
        while pending:
            kind, begin, end, depth = pending.pop()
            if depth > MAX_GRAPH_DEPTH:
                raise self.malformed(f"messages lie deeper than {MAX_GRAPH_DEPTH} levels")
            for number, wire, first, last in self.message(begin, end):
                if kind == "tensor" and (number, wire) in (
                    (_EXTERNAL_DATA, _BYTES),
                    (_DATA_LOCATION, _VARINT),
                ):
                    self.refuse_external(number, first)
                inside = _INSIDE[kind].get(number)
                if inside is not None and wire == _BYTES:
                    graphs += kind == "model" and inside == "graph"
                    pending.append((inside, first, last, depth + 1))
        return graphs > 0

    def refuse_external(self, number: int, at: int) -> None:
        if number == _EXTERNAL_DATA or self.varint(at, len(self.data))[0] != 0:
            raise ArtifactExternalData(
                f"{self.what} keeps weights in another file; save the model with its weights inside "
                "(onnx.save with save_as_external_data=False) and write the artifact again"
            )

    def message(self, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Fields of the message in [at, end): number, wire type, and the range of the value."""
        while at < end:
            self.fields += 1
            if self.fields > MAX_GRAPH_FIELDS:
                raise self.malformed(f"it has more than {MAX_GRAPH_FIELDS} fields")
            tag, at = self.varint(at, end)
            number, wire = tag >> 3, tag & 7
            first = at
            if wire == _VARINT:
                _, at = self.varint(at, end)
            elif wire == _BYTES:
                length, first = self.varint(at, end)
                at = first + length
            elif wire in (_FIXED64, _FIXED32):
                at += 8 if wire == _FIXED64 else 4
            else:
                raise self.malformed(f"wire type {wire} at byte {at}")
            if number == 0 or at > end:
                raise self.malformed(f"a field runs past its message at byte {first}")
            yield number, wire, first, at

    def varint(self, at: int, end: int) -> tuple[int, int]:
        value = 0
        for shift in range(0, 70, 7):
            if at >= end:
                raise self.malformed("it ends within a number")
            byte = self.data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, at
        raise self.malformed(f"a number of more than 10 bytes before byte {at}")
