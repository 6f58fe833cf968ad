"""Networks in the file layout of ncnn, run in torch: a text file of layers beside a file of weights.

Super-resolution networks are mostly handed around in this layout. They are run in torch, so that nothing more needs to
be installed: in fp32, repeatably, on a GPU where there is one; the results agree with ncnn's to 5e-6. The layers are
those that such networks are made of; another one is refused by name. Nothing in the files is executed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from ...errors import AssayError

MAGIC = 7767517
HALF = 0x01306B47
"""Marks weights stored as fp16; 0 marks fp32."""


class NetworkLayoutError(AssayError):
    """The files are no network in the layout of ncnn, or one with layers that are not known here."""

    code = "network-layout"


@dataclass(frozen=True, slots=True)
class Layer:
    """One line of the text file: its kind, name, the blobs it reads and writes, and its numbers by key."""

    kind: str
    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    numbers: Mapping[int, tuple[float, ...]]

    def number(self, key: int, default: float = 0.0) -> float:
        """The first number of a key."""
        return self.numbers.get(key, (default,))[0]

    def whole(self, key: int, default: int = 0) -> int:
        """The first number of a key, as an integer."""
        return int(self.number(key, default))

    def refuse(self, what: str) -> NetworkLayoutError:
        """The error that says what of this layer is not known."""
        return NetworkLayoutError(f"layer {self.name} ({self.kind}): {what} is not supported")


class Weights:
    """The file of weights, read from front to end."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    def tagged(self, count: int) -> torch.Tensor:
        """Weights of a convolution or a matrix: a mark, then fp16 or fp32."""
        mark = int.from_bytes(self._take(4), "little")
        if mark == HALF:
            values = np.frombuffer(self._take(count * 2 + count * 2 % 4), dtype="<f2")[:count]
        elif mark == 0:
            values = self._floats(count)
        else:
            raise NetworkLayoutError(
                f"weights marked {mark:#x} are not fp16 or fp32: quantised ones are not read"
            )
        return torch.from_numpy(values.astype(np.float32))

    def plain(self, count: int) -> torch.Tensor:
        """Biases and slopes: fp32 without a mark."""
        return torch.from_numpy(self._floats(count).astype(np.float32))

    @property
    def left(self) -> int:
        """Bytes that no layer has taken."""
        return len(self._data) - self._at

    def _floats(self, count: int) -> NDArray[np.float32]:
        return np.frombuffer(self._take(count * 4), dtype="<f4")

    def _take(self, count: int) -> memoryview:
        if count < 0 or self._at + count > len(self._data):
            raise NetworkLayoutError("the file of weights is shorter than the layers say")
        self._at += count
        return self._data[self._at - count : self._at]


class Graph(nn.Module):
    """A network with one input and one output, both (n, channels, height, width).

    Parameters
    ----------
    layers
        In an order in which each reads only what was written before.
    weights
        All of them; none may be left over.
    """

    def __init__(self, layers: Sequence[Layer], weights: Weights) -> None:
        super().__init__()
        self.layers = tuple(layer for layer in layers if layer.kind != "Input")
        self.steps = nn.ModuleList(_step(layer, weights) for layer in self.layers)
        if weights.left:
            raise NetworkLayoutError(f"{weights.left} bytes of weights belong to no layer")
        read = {blob for layer in self.layers for blob in layer.reads}
        written = {blob for layer in layers for blob in layer.writes}
        entries = [blob for layer in layers if layer.kind == "Input" for blob in layer.writes]
        exits = [blob for layer in self.layers for blob in layer.writes if blob not in read]
        if len(entries) != 1 or len(exits) != 1 or not read <= written:
            raise NetworkLayoutError("the layers are not one network with one input and one output")
        self.entry, self.exit = entries[0], exits[0]

    @classmethod
    def open(cls, path: Path) -> "Graph":
        """Read ``NAME.param`` and the ``NAME.bin`` beside it, for inference.

        Raises
        ------
        NetworkLayoutError
            A file is absent or damaged, or has a layer that is not known here.
        """
        try:
            layers = list(_layers(path.read_text(encoding="utf-8")))
            weights = Weights(path.with_suffix(".bin").read_bytes())
        except (OSError, UnicodeDecodeError) as error:
            raise NetworkLayoutError(f"{path} cannot be read as a network: {error}") from error
        return cls(layers, weights).eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run all layers on (n, channels, height, width)."""
        blobs = {self.entry: x}
        for layer, step in zip(self.layers, self.steps, strict=True):
            result = step(*(blobs[name] for name in layer.reads))
            blobs.update((name, result) for name in layer.writes)
        return blobs[self.exit]


def _layers(text: str) -> Iterator[Layer]:
    lines = [line.split() for line in text.splitlines() if line.strip()]
    try:
        if lines[0] != [str(MAGIC)] or int(lines[1][0]) != len(lines) - 2:
            raise NetworkLayoutError("the first lines are not those of a text file of ncnn layers")
        for kind, name, reads, writes, *rest in lines[2:]:
            first, last = int(reads), int(reads) + int(writes)
            numbers = dict(_numbers(word) for word in rest[last:])
            yield Layer(kind, name, tuple(rest[:first]), tuple(rest[first:last]), numbers)
    except (IndexError, ValueError) as error:
        raise NetworkLayoutError(f"a line of the layers cannot be read: {error}") from error


def _numbers(word: str) -> tuple[int, tuple[float, ...]]:
    key, _, value = word.partition("=")
    values = tuple(float(part) for part in value.split(","))
    # A list has a key of its own range and begins with its length.
    return (-23300 - int(key), values[1:]) if int(key) <= -23300 else (int(key), values)


class _Convolution(nn.Module):
    """Convolution or transposed convolution or matrix, with its activation."""

    def __init__(self, layer: Layer, weights: Weights) -> None:
        super().__init__()
        matrix, self.transposed = layer.kind == "InnerProduct", layer.kind == "Deconvolution"
        outputs, side = layer.whole(0), 1 if matrix else layer.whole(1)
        size = layer.whole(2 if matrix else 6)
        if outputs < 1 or side < 1 or size % (outputs * side * side):
            raise layer.refuse("its shape")
        self.stride, self.padding = (1, 0) if matrix else (layer.whole(3, 1), layer.whole(4))
        other = {2: 1, 11: side, 12: 1, 13: self.stride, 14: self.padding, 15: self.padding, 18: 0, 19: 0}
        if not matrix and any(layer.whole(key, usual) != usual for key, usual in other.items()):
            raise layer.refuse("a kernel, stride or padding that differs between sides")
        weight = weights.tagged(size).reshape(outputs, -1, side, side)
        self.weight = nn.Parameter(weight.transpose(0, 1).contiguous() if self.transposed else weight)
        biased = layer.whole(1 if matrix else 5)
        self.bias = nn.Parameter(weights.plain(outputs)) if biased else None
        self.activation = layer.whole(9)
        self.slope = layer.number(10)
        if self.activation not in (0, 1, 2, 4):
            raise layer.refuse(f"activation {self.activation}")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        run = functional.conv_transpose2d if self.transposed else functional.conv2d
        y: torch.Tensor = run(x, self.weight, self.bias, stride=self.stride, padding=self.padding)
        if self.activation == 0:
            return y
        if self.activation == 4:
            return torch.sigmoid(y)
        return functional.leaky_relu(y, self.slope if self.activation == 2 else 0.0)


class _Slopes(nn.Module):
    def __init__(self, layer: Layer, weights: Weights) -> None:
        super().__init__()
        self.weight = nn.Parameter(weights.plain(layer.whole(0)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.prelu(x, self.weight)


class _Resize(nn.Module):
    _MODES: Mapping[int, str] = {1: "nearest", 2: "bilinear", 3: "bicubic"}

    def __init__(self, layer: Layer, weights: Weights) -> None:
        super().__init__()
        if layer.whole(0) not in self._MODES or layer.number(1) <= 0 or layer.whole(6):
            raise layer.refuse("its way of resizing")
        self.mode = self._MODES[layer.whole(0)]
        self.factor = (layer.number(1), layer.number(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        corners = None if self.mode == "nearest" else False
        return functional.interpolate(x, scale_factor=self.factor, mode=self.mode, align_corners=corners)


class _Mixture(nn.Module):
    """Sum or product of two blobs, weighed; a blob of one pixel is spread over the other."""

    def __init__(self, layer: Layer, weights: Weights) -> None:
        super().__init__()
        kind = layer.whole(0)
        sums, products = {"Eltwise": (1, 0), "BinaryOp": (0, 2), "Scale": (None, -233)}[layer.kind]
        if (
            kind not in (sums, products)
            or len(layer.reads) != 2
            or (layer.whole(1) and layer.kind == "BinaryOp")
        ):
            raise layer.refuse("its operation")
        self.product = kind == products
        self.shares = layer.numbers.get(1, ()) if layer.kind == "Eltwise" else ()
        if len(self.shares) not in (0, 2) or (self.shares and self.product):
            raise layer.refuse("its shares")

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        if self.shares:
            a, b = a * self.shares[0], b * self.shares[1]
        return a * b if self.product else a + b


class _Crop(nn.Module):
    def __init__(self, layer: Layer, weights: Weights) -> None:
        super().__init__()
        first, last, axes = (layer.numbers.get(key, ()) for key in (9, 10, 11))
        self.like = not first and len(layer.reads) == 2
        self.left, self.top = layer.whole(0), layer.whole(1)
        # Axes are counted over (channels, height, width), from either end.
        self.parts = [
            (int(axis) % 3 + 1, int(a), int(b)) for axis, a, b in zip(axes, first, last, strict=True)
        ]
        if not self.like and (not self.parts or any(a < 0 or b >= 0 for _, a, b in self.parts)):
            raise layer.refuse("its way of cutting")

    def forward(self, x: torch.Tensor, like: torch.Tensor | None = None) -> torch.Tensor:
        if like is not None:
            height, width = like.shape[2:]
            return x[:, :, self.top : self.top + height, self.left : self.left + width]
        for axis, first, last in self.parts:
            x = x.narrow(axis, first, x.shape[axis] + last - first)
        return x


class _Simple(nn.Module):
    """Layers without weights: the blob itself, its shuffled pixels, its mean, or several put together."""

    def __init__(self, layer: Layer, weights: Weights) -> None:
        super().__init__()
        self.kind, self.factor = layer.kind, layer.whole(0, 1)
        mean = layer.whole(0) == 1 and layer.whole(4) == 1
        if (layer.kind == "Pooling" and not mean) or (layer.kind == "PixelShuffle" and layer.whole(1)):
            raise layer.refuse("its mode")
        if layer.kind == "Concat" and layer.whole(0):
            raise layer.refuse("another axis than channels")

    def forward(self, *blobs: torch.Tensor) -> torch.Tensor:
        if self.kind == "Concat":
            return torch.cat(blobs, dim=1)
        if self.kind == "PixelShuffle":
            return functional.pixel_shuffle(blobs[0], self.factor)
        return blobs[0].mean(dim=(2, 3), keepdim=True) if self.kind == "Pooling" else blobs[0]


_STEPS: Mapping[str, type[nn.Module]] = {
    "Convolution": _Convolution, "Deconvolution": _Convolution, "InnerProduct": _Convolution, "PReLU": _Slopes,
    "Interp": _Resize, "Eltwise": _Mixture, "BinaryOp": _Mixture, "Scale": _Mixture, "Crop": _Crop,
    "Split": _Simple, "Concat": _Simple, "PixelShuffle": _Simple, "Pooling": _Simple,
}  # fmt: skip


def _step(layer: Layer, weights: Weights) -> nn.Module:
    if layer.kind not in _STEPS:
        raise layer.refuse("this kind of layer")
    return _STEPS[layer.kind](layer, weights)
