"""The network that looks for replaced faces: EfficientNet-Lite0 on an aligned crop, with a map of what was drawn.

Two heads share one trunk. The *heat* head says of each cell of 16 x 16 pixels whether it was drawn over; it learns
where masks lie and so keeps the trunk looking at seams rather than at people. The *score* head weighs the pooled
features of the whole crop together with how the heat is spread. Beside the colours the trunk sees their `grain`.

The batch normalisations of the public weights are folded into the convolutions before them (`folded`), so that there is
none: half of a training step on a processor went into them, and nothing that a video does to colours can shift them.

References: Tan and Le, *EfficientNet*, ICML 2019; the Lite variants leave out squeeze-and-excitation and take ReLU6, so
that they quantise and run anywhere. Names of the trunk's layers are those of the public weights for ImageNet.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from ..artifact import Artifact

SIDE = 192
"""Side of a crop, in pixels."""

CELL = 16
"""Side of a cell of the heat map, in pixels of the crop."""

# Kernel, stride, expansion, channels out, repeats.
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
_STEM, _TOP, _GRAIN = 32, 1280, 5
_FINE, _MIDDLE, _COARSE = 40, 112, 320
_FINE_BLOCK, _MIDDLE_BLOCK = 4, 10
_EPSILON = 1e-3
_SCALED = {
    "_conv_stem": "_bn0", "_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2",
    "_conv_head": "_bn1",
}  # fmt: skip


class Same(nn.Conv2d):
    """A convolution padded as TensorFlow pads: one more at the end where the sum is odd."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, h, w) to (n, c', ceil(h / stride), ceil(w / stride)); h and w are multiples of the stride."""
        if self.groups > 1 and (self.kernel_size[0] > 3 or self.stride[0] > 1) and _halves(x):
            # Going back through these in bf16 takes processors twice as long as in fp32; all else takes half.
            with torch.autocast(x.device.type, enabled=False):
                return self._padded(x.float())
        return self._padded(x)

    def _padded(self, x: Tensor) -> Tensor:
        total = max(self.kernel_size[0] - self.stride[0], 0)
        begin = total // 2
        if self.stride[0] == 1:
            return F.conv2d(x, self.weight, self.bias, 1, begin, 1, self.groups)
        x = F.pad(x, (begin, total - begin, begin, total - begin))
        return F.conv2d(x, self.weight, self.bias, self.stride, 0, 1, self.groups)


def _halves(x: Tensor) -> bool:
    """Whether a training step on a processor works in bf16."""
    return x.device.type == "cpu" and torch.is_grad_enabled() and torch.is_autocast_enabled("cpu")


class Inverted(nn.Module):
    """Expand, look at each channel by itself, project; with a skip where the shape stays."""

    def __init__(self, kernel: int, stride: int, expansion: int, inputs: int, outputs: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.skips = stride == 1 and inputs == outputs
        self.expands = expansion != 1
        if self.expands:
            self._expand_conv = Same(inputs, inner, 1)
        self._depthwise_conv = Same(inner, inner, kernel, stride, groups=inner)
        self._project_conv = Same(inner, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        y = F.relu6(self._expand_conv(x)) if self.expands else x
        y = F.relu6(self._depthwise_conv(y))
        y = self._project_conv(y)
        made: Tensor = x + y if self.skips else y
        return made


class Lite0(nn.Module):
    """The trunk: EfficientNet-Lite0 without its classifier."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = Same(3, _STEM, 3, 2)
        blocks, inputs = [], _STEM
        for kernel, stride, expansion, outputs, repeats in _STAGES:
            for number in range(repeats):
                blocks.append(Inverted(kernel, stride if number == 0 else 1, expansion, inputs, outputs))
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = Same(inputs, _TOP, 1)

    def forward(self, pixels: Tensor, beside: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Features of crops.

        Parameters
        ----------
        pixels
            uint8 (n, h, w, 3).
        beside
            Added to what the first layer makes of the colours, (n, 32, h / 2, w / 2).

        Returns
        -------
        Those at an eighth, a sixteenth and a thirty-second of the side, and the top's.
        """
        x = (pixels.permute(0, 3, 1, 2).float() - 127.0) / 128.0
        x = self._conv_stem(x)
        x = F.relu6(x if beside is None else x + beside)
        fine = middle = x
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number == _FINE_BLOCK:
                fine = x
            elif number == _MIDDLE_BLOCK:
                middle = x
        top = F.relu6(self._conv_head(x))
        return fine, middle, x, top


class FaceSwap(nn.Module):
    """Aligned crops to a score and a heat map."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Lite0()
        self.grain = Same(_GRAIN, _STEM, 3, 2, bias=False)
        nn.init.zeros_(self.grain.weight)
        self.fine = nn.Conv2d(_FINE, 48, 1)
        self.middle = nn.Conv2d(_MIDDLE, 64, 1)
        self.coarse = nn.Conv2d(_COARSE, 64, 1)
        self.join = nn.Sequential(nn.ReLU(), nn.Conv2d(176, 64, 3, padding=1), nn.ReLU())
        self.heat = nn.Conv2d(64, 1, 1)
        self.drop = nn.Dropout(0.3)
        self.score = nn.Linear(_TOP + 64 + 3, 1)

    def freeze(self, blocks: int) -> None:
        """Keep the stem and so many blocks of the trunk as they are; 0 keeps nothing."""
        layers = [self.trunk._conv_stem, *list(self.trunk._blocks)[:blocks]] if blocks else []
        for layer in layers:
            layer.requires_grad_(False)

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """Score and map crops.

        Parameters
        ----------
        pixels
            uint8 (n, 192, 192, 3), RGB.

        Returns
        -------
        ``logit`` (n,) and ``heat``, logits (n, 12, 12).
        """
        fine, middle, coarse, top = self.trunk(pixels, self.grain(grain(pixels)))
        parts = [
            F.avg_pool2d(self.fine(fine), 2),
            self.middle(middle),
            F.interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest"),
        ]
        joined = self.join(torch.cat(parts, 1))
        heat = self.heat(joined)
        share = torch.sigmoid(heat.float())
        spread = torch.cat([share.mean((2, 3)), share.square().mean((2, 3)).sqrt(), share.amax((2, 3))], 1)
        pooled = torch.cat([top.mean((2, 3)), joined.mean((2, 3)), spread.to(top.dtype)], 1)
        score: Tensor = self.score(self.drop(pooled))
        return {"logit": score[:, 0].float(), "heat": heat[:, 0].float()}


def grain(pixels: Tensor) -> Tensor:
    """What is finer than its surroundings, and how much of it there is: (n, 5, h, w) of uint8 (n, h, w, 3).

    Three channels are the colours less their mean over 3 x 3 pixels; two are the logarithm of the energy of that
    around each pixel, at full size and at half. Noise and sharpness of a few levels of 255 hardly move what a first
    layer makes of colours, and a seam is where they change.
    """
    x = pixels.permute(0, 3, 1, 2).float()
    fine = x - _mean(x, 3)
    half = F.avg_pool2d(x.mean(1, keepdim=True), 2)
    near, wide = (
        _mean(each.square(), 5).log1p() - 1.0 for each in (fine.mean(1, keepdim=True), half - _mean(half, 3))
    )
    return torch.cat(
        [(fine / 6.0).clamp(-3.0, 3.0), near, F.interpolate(wide, scale_factor=2.0, mode="nearest")], 1
    )


def _mean(x: Tensor, side: int) -> Tensor:
    return F.avg_pool2d(x, side, 1, side // 2, count_include_pad=False)


def folded(public: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of `Lite0` from the public ones with their batch normalisations; the classifier is left out."""
    found: dict[str, Tensor] = {}
    for name, weight in public.items():
        before, _, layer = name.removesuffix(".weight").rpartition(".")
        if not name.endswith(".weight") or layer not in _SCALED:
            continue
        norm = f"{before}.{_SCALED[layer]}" if before else _SCALED[layer]
        scale = public[f"{norm}.weight"] / (public[f"{norm}.running_var"] + _EPSILON).sqrt()
        found[name] = weight * scale[:, None, None, None]
        found[name.removesuffix("weight") + "bias"] = public[f"{norm}.bias"] - public[f"{norm}.running_mean"] * scale
    return found


class BothWays(nn.Module):
    """The mean of what the network says of a crop and of its mirror image: two looks at the same face."""

    def __init__(self, core: FaceSwap) -> None:
        super().__init__()
        self.core = core

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """See `FaceSwap.forward`."""
        count = pixels.shape[0]
        made = self.core(torch.cat([pixels, pixels.flip(2)]))
        logit, heat = made["logit"], made["heat"]
        return {"logit": (logit[:count] + logit[count:]) / 2, "heat": (heat[:count] + heat[count:].flip(2)) / 2}


class Shipped(nn.Module):
    """The network as an artifact runs it."""

    def __init__(self, core: FaceSwap) -> None:
        super().__init__()
        self.core = BothWays(core)

    def forward(self, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``pixels`` to ``logit`` and ``heat`` (logits)."""
        made: dict[str, Tensor] = self.core(arrays["pixels"])
        return made


def network(artifact: "Artifact") -> Shipped:
    """The network of an artifact of the family ``face-swap``."""
    core = FaceSwap()
    weights = artifact.tensors("weights")
    # Shipped in half precision.
    own = core.state_dict()
    core.load_state_dict({name: torch.from_numpy(value).to(own[name].dtype) for name, value in weights.items()})
    return Shipped(core.eval())
