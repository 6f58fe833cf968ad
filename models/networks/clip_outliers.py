"""Keep few outlying channels from wasting the eight bits of all the others.

Dynamic quantisation spreads 256 steps between the smallest and the largest value of a tensor. In this tower a few
channels reach 20 to 80 times the usual size, so that most values fall on a handful of steps, and the class token of
the eighth block is more noise than signal. Two cures, both exact in real arithmetic:

- after a layer normalisation, an outlying channel is divided by a power of two, and its row of the following weights
  multiplied by it (Xiao et al., SmoothQuant, 2023): nothing to do at run time;
- after the activation, the few outlying units are computed beside the integer product in float32 (Dettmers et al.,
  LLM.int8(), 2022).

`measure` found the table below on native crops of training photos; numbers in it are channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from .clip_weights import Linear, Norm, Tower

if TYPE_CHECKING:
    from numpy.typing import NDArray

CALM: Final = 8.0
"""Largest value that a normalised channel may reach before it is halved."""

WILD: Final = 8
"""Hidden units of a block that are computed in float32 ..."""

WILD_BEYOND: Final = 15.0
"""... in blocks where one unit goes beyond this value."""

# fmt: off
HALVINGS: Final[Mapping[str, Mapping[int, tuple[int, ...]]]] = {
    "block.1.norm1": {
        1: (6, 41, 66, 110, 342, 346, 396, 435, 449, 548, 575, 662, 708),
        2: (79, 162, 767),
    },
    "block.1.norm2": {
        1: (66, 69, 143, 168, 243, 346, 372, 390, 413, 487, 633, 648),
        2: (6, 41, 64, 79, 110, 162, 342, 391, 396, 435, 449, 548, 550, 575, 662, 767),
        3: (708,),
    },
    "block.2.norm1": {
        1: (41, 110, 162, 342, 346, 391, 396, 435, 449, 575, 662, 767),
    },
    "block.2.norm2": {
        1: (4, 29, 64, 110, 121, 168, 224, 274, 342, 346, 390, 391, 396, 435, 438, 449, 554, 571,
            575, 662, 669, 689, 708, 713, 767),
        2: (79, 548),
        3: (162,),
    },
    "block.3.norm1": {
        1: (6, 50, 66, 69, 110, 160, 243, 342, 346, 388, 396, 435, 449, 575, 662, 713, 767),
        2: (162,),
    },
    "block.3.norm2": {
        1: (4, 64, 121, 168, 209, 251, 329, 388, 390, 429, 438, 463, 482, 548, 554, 662, 689),
        2: (713,),
        3: (162,),
    },
    "block.4.norm1": {
        1: (6, 35, 50, 64, 69, 110, 243, 299, 342, 346, 371, 388, 396, 413, 435, 449, 463, 510, 526,
            575, 662, 689, 767),
        2: (162,),
    },
    "block.4.norm2": {
        1: (1, 35, 52, 64, 69, 110, 121, 168, 209, 245, 251, 299, 300, 326, 388, 390, 396, 429, 435,
            438, 474, 482, 521, 526, 548, 642, 662, 689, 708, 733),
        2: (4, 463, 713),
        4: (162,),
    },
    "block.5.norm1": {
        1: (1, 35, 50, 52, 64, 69, 110, 209, 243, 299, 326, 342, 346, 388, 390, 396, 413, 435, 449,
            463, 479, 481, 510, 526, 548, 575, 662, 689, 733, 741, 767),
        2: (162,),
    },
    "block.5.norm2": {
        1: (1, 35, 52, 64, 69, 243, 245, 299, 317, 326, 341, 371, 388, 390, 407, 413, 429, 438, 479,
            481, 510, 521, 526, 554, 669, 708, 733, 741),
        2: (4, 121, 209, 463, 474, 482, 548, 689, 713),
        3: (162,),
    },
    "block.6.norm1": {
        1: (1, 4, 35, 50, 52, 326, 342, 346, 390, 413, 435, 449, 463, 479, 481, 548, 575, 689, 713,
            733, 741, 767),
        2: (69, 110, 243, 299, 396, 510, 526, 662),
        3: (162,),
    },
    "block.6.norm2": {
        1: (1, 52, 69, 158, 189, 245, 299, 317, 326, 341, 388, 390, 413, 429, 438, 479, 481, 526,
            554, 621, 669, 708, 724, 733, 741),
        2: (64, 121, 209, 407, 463, 474, 482, 548, 689, 713),
        3: (4, 162),
    },
    "block.7.norm1": {
        1: (1, 4, 35, 50, 52, 64, 110, 121, 209, 243, 326, 388, 396, 407, 413, 429, 449, 463, 479,
            481, 482, 510, 526, 548, 662, 689, 708, 713, 724, 733, 741),
        2: (69, 162, 299),
    },
    "block.7.norm2": {
        1: (52, 65, 69, 158, 245, 299, 317, 341, 362, 390, 479, 481, 518, 524, 526, 554, 621, 669,
            708, 733, 741),
        2: (64, 121, 189, 209, 326, 407, 413, 429, 463, 474, 482, 548, 689, 713, 724),
        3: (4, 162),
    },
    "block.8.norm1": {
        1: (4, 35, 52, 64, 110, 121, 158, 189, 209, 243, 317, 326, 396, 407, 413, 429, 449, 463,
            479, 481, 482, 524, 548, 621, 662, 689, 708, 713, 733, 741, 746),
        2: (69, 162, 299, 510, 526, 724),
    },
    "block.8.norm2": {
        1: (52, 65, 69, 161, 176, 198, 205, 243, 245, 299, 317, 326, 341, 356, 362, 368, 370, 371,
            390, 396, 417, 479, 481, 487, 518, 519, 524, 526, 536, 554, 560, 581, 603, 648, 669,
            708, 733, 741),
        2: (64, 121, 158, 162, 189, 209, 407, 413, 429, 463, 474, 482, 548, 621, 689, 713, 724),
        3: (4,),
    },
}
# fmt: on
"""Normalisation -> times a channel is halved -> channels."""

WILD_UNITS: Final[Mapping[str, tuple[int, ...]]] = {
    "block.6": (112, 261, 924, 961, 1541, 2256, 2533, 2562),
    "block.7": (19, 95, 424, 1636, 1710, 1721, 2212, 3051),
    "block.8": (132, 165, 1196, 1435, 2078, 2093, 2629, 2922),
}
"""Block -> hidden units computed in float32."""


def soften(
    tower: Tower,
    halvings: Mapping[str, Mapping[int, tuple[int, ...]]] = HALVINGS,
    wild_units: Mapping[str, tuple[int, ...]] = WILD_UNITS,
) -> Tower:
    """Return the tower with outlying channels divided, and with the wild units named."""
    blocks = []
    for number, block in enumerate(tower.blocks, start=1):
        name = f"block.{number}"
        norm1, qkv = _shift(block.norm1, block.qkv, halvings.get(f"{name}.norm1", {}))
        norm2, fc1 = _shift(block.norm2, block.fc1, halvings.get(f"{name}.norm2", {}))
        wild = wild_units.get(name, ())
        blocks.append(replace(block, norm1=norm1, qkv=qkv, norm2=norm2, fc1=fc1, wild=wild))
    return replace(tower, blocks=tuple(blocks))


def _shift(norm: Norm, layer: Linear, halvings: Mapping[int, tuple[int, ...]]) -> tuple[Norm, Linear]:
    factor = np.ones(len(norm.weight), np.float32)
    for times, channels in halvings.items():
        factor[list(channels)] = 2.0**times
    dense = layer.dense() * factor[:, None]
    # A column keeps its scale, and so its weights to the bit, unless a grown weight leaves the range.
    scale = np.maximum(layer.scale, np.abs(dense).max(axis=0) / np.float32(127))
    weight = np.clip(np.rint(dense / scale), -127, 127).astype(np.int8)
    same = scale == layer.scale
    calm = factor == 1
    weight[np.ix_(calm, same)] = layer.weight[np.ix_(calm, same)]
    return Norm(norm.weight / factor, norm.bias / factor), Linear(weight, scale, layer.bias)


def split(
    first: Linear, second: Linear, units: tuple[int, ...]
) -> tuple[Linear, NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Take hidden `units` out of `first`: what is left, and weights in, bias, weights out of those units."""
    chosen = list(units)
    scale, bias = first.scale.copy(), first.bias.copy()
    scale[chosen] = 0
    bias[chosen] = 0
    rest = Linear(first.weight, scale, bias) if units else first
    return rest, first.dense()[:, chosen], first.bias[chosen], second.dense()[chosen]


def measure(
    tower: Tower, crops: Iterable[NDArray[np.uint8]]
) -> tuple[dict[str, dict[int, tuple[int, ...]]], dict[str, tuple[int, ...]]]:
    """Find `HALVINGS` and `WILD_UNITS` by running the float32 graph of an unsoftened tower over crops [224, 224, 3]."""
    import onnxruntime

    from .clip_graph import build

    numbers = range(1, len(tower.blocks) + 1)
    names = [f"block.{number}.{part}" for number in numbers for part in ("norm1", "norm2", "gelu")]
    session = onnxruntime.InferenceSession(build(tower, dense=True, watch=names).SerializeToString())
    peaks: dict[str, NDArray[np.float32]] = {}
    for crop in crops:
        for name, values in zip(names, session.run(names, {"pixels": crop[None]}), strict=True):
            peak = np.abs(values).max(axis=(0, 1))
            peaks[name] = np.maximum(peaks.get(name, peak), peak)
    halvings: dict[str, dict[int, tuple[int, ...]]] = {}
    wild: dict[str, tuple[int, ...]] = {}
    for name, peak in peaks.items():
        if not name.endswith("gelu"):
            times = np.ceil(np.log2(np.maximum(peak / CALM, 1))).astype(int)
            halvings[name] = {
                int(t): tuple(np.flatnonzero(times == t).tolist()) for t in np.unique(times[times > 0])
            }
        elif peak.max() > WILD_BEYOND:
            wild[name.removesuffix(".gelu")] = tuple(sorted(np.argsort(-peak)[:WILD].tolist()))
    return halvings, wild
