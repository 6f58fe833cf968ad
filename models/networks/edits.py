"""The network that maps edits: noise, block spectra and colours of a whole picture to a heat map and its reliability.

What betrays a region is that it differs from the rest of its own picture. So the trunk sees, beside the features of
each cell of 8 x 8 pixels, how far they are from those of the whole picture, in its own standard deviations. Three stems
feed it: *noise* (fixed high-pass filters of steganalysis, truncated, then convolutions down to a cell), *spectra* (the
magnitudes of the 64 DCT coefficients of each block on the grid of the picture, where JPEG leaves its steps) and
*colours*. A second head says how probable it is that the first is right in a cell; the picture's score is pooled from
both in ways that do not grow with the size of the picture.

References: Fridrich and Kodovsky, *Rich models for steganalysis*, IEEE TIFS 2012 (the filters); Kwon et al.,
*Learning JPEG compression artifacts*, IJCV 2022 (a stream of DCT coefficients); Guillaro et al., *TruFor*, CVPR 2023
(reliability as the true class's probability).
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from ..artifact import Artifact

CELL = 8
"""Side of a cell of the maps, in pixels; sides of pictures are multiples of it."""

WIDTH = 80
DEPTH = 8
_DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)
_TRUNCATED = 4.0
_POWERS = (1.0, 4.0, 12.0)


class Noise(nn.Module):
    """RGB in 0..255 to features of cells, by way of high-pass residuals."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("filters", _high_passes(), persistent=False)
        self.learned = nn.Conv2d(3, 6, 5, padding=2, bias=False)
        self.layers = nn.Sequential(
            _layer(15, 32, stride=2),
            _layer(32, 32),
            _layer(32, 56, stride=2),
            _layer(56, 56),
            _layer(56, width, stride=2),
        )

    def forward(self, rgb: Tensor) -> Tensor:
        """Map (n, 3, h, w) to (n, width, h / 8, w / 8)."""
        filters: Tensor = self.filters  # type: ignore[assignment]
        fixed = F.conv2d(F.pad(rgb, (2, 2, 2, 2), mode="replicate"), filters, groups=3)
        fixed = fixed.clamp(-_TRUNCATED, _TRUNCATED) / _TRUNCATED
        # A high pass must not see the level: the mean of each learned filter is taken off.
        weight = self.learned.weight - self.learned.weight.mean((2, 3), keepdim=True)
        free = F.conv2d(F.pad(rgb, (2, 2, 2, 2), mode="replicate"), weight)
        free = torch.tanh(free / _TRUNCATED)
        made: Tensor = self.layers(torch.cat([fixed, free], 1))
        return made


class Spectra(nn.Module):
    """RGB in 0..255 to features of cells, by way of the DCT of each block of luma."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("basis", _dct(), persistent=False)
        self.layers = nn.Sequential(
            nn.Conv2d(3 * 64, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(), _layer(width, width)
        )

    def forward(self, luma: Tensor) -> Tensor:
        """Map (n, 1, h, w) to (n, width, h / 8, w / 8)."""
        basis: Tensor = self.basis  # type: ignore[assignment]
        sizes = F.conv2d(luma - 128.0, basis, stride=CELL).abs()
        # How large, whether it is nothing at all, and whether it is small: quantised coefficients are either.
        parts = [torch.log1p(sizes) / 5.0, (sizes / 0.7).clamp(max=1.0), (sizes / 6.0).clamp(max=1.0)]
        made: Tensor = self.layers(torch.cat(parts, 1))
        return made


class Contrast(nn.Module):
    """Adds how far each cell is from the whole picture, in the picture's own standard deviations."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(2 * width, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, width, h, w) to the same shape."""
        apart = x - x.mean((2, 3), keepdim=True)
        apart = apart / (apart.square().mean((2, 3), keepdim=True) + 1e-3).sqrt()
        return F.relu(self.norm(self.mix(torch.cat([x, apart.clamp(-4.0, 4.0)], 1))))


class Block(nn.Module):
    """A dilated convolution and one of 1 x 1, with a skip."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, width, h, w) to the same shape."""
        made: Tensor = x + self.layers(x)
        return made


class Edits(nn.Module):
    """Pixels to the picture's score, the heat map and its reliability.

    Parameters
    ----------
    width, depth
        Of the trunk.
    """

    def __init__(self, width: int = WIDTH, depth: int = DEPTH) -> None:
        super().__init__()
        self.noise, self.spectra = Noise(width), Spectra(width)
        self.colours = nn.Sequential(nn.AvgPool2d(4), _layer(3, 32), _layer(32, 48, stride=2))
        self.join = nn.Sequential(
            nn.Conv2d(2 * width + 48, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.first, self.second = Contrast(width), Contrast(width)
        blocks = [Block(width, _DILATIONS[n % len(_DILATIONS)]) for n in range(depth)]
        self.early, self.late = nn.Sequential(*blocks[: depth // 2]), nn.Sequential(*blocks[depth // 2 :])
        self.heat = nn.Sequential(_layer(width, 48), nn.Conv2d(48, 1, 1))
        self.trust = nn.Sequential(_layer(width, 48), nn.Conv2d(48, 1, 1))
        self.score = nn.Sequential(
            nn.Linear(2 * len(_POWERS) + 2 + width, 48), nn.GELU(), nn.Dropout(0.2), nn.Linear(48, 1)
        )

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """Score and map a picture.

        Parameters
        ----------
        pixels
            uint8 (n, h, w, 3), h and w multiples of 8.

        Returns
        -------
        ``logit`` (n,), ``heat`` and ``trust``, both logits (n, h / 8, w / 8).
        """
        rgb = pixels.permute(0, 3, 1, 2).float()
        weights = rgb.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
        luma = (rgb * weights).sum(1, keepdim=True)
        parts = [self.noise(rgb), self.spectra(luma), self.colours((rgb - 128.0) / 64.0)]
        x = self.first(self.join(torch.cat(parts, 1)))
        x = self.late(self.second(self.early(x)))
        heat = self.heat(x)
        # The second head judges the first and must not teach the trunk.
        trust = self.trust(x.detach())
        return {"logit": self._pooled(x, heat, trust), "heat": heat[:, 0], "trust": trust[:, 0]}

    def _pooled(self, x: Tensor, heat: Tensor, trust: Tensor) -> Tensor:
        sure, share = torch.sigmoid(trust.float()).detach(), torch.sigmoid(heat.float())
        smooth = F.avg_pool2d(F.pad(share, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        found: list[Tensor] = []
        for weight in (torch.ones_like(sure), sure.square()):
            total = weight.sum((1, 2, 3))
            for power in _POWERS:
                mean = (weight * (smooth + 1e-4).pow(power)).sum((1, 2, 3)) / total
                found.append(mean.pow(1.0 / power))
        found += [sure.mean((1, 2, 3)), (share * (1 - share)).mean((1, 2, 3))]
        weight = smooth.square() * sure + 1e-6
        inside = (weight * x.float()).sum((2, 3)) / weight.sum((2, 3))
        score: Tensor = self.score(torch.cat([torch.stack(found, 1), inside - x.float().mean((2, 3))], 1))
        return score[:, 0].float()


class Shipped(nn.Module):
    """The network as an artifact runs it: reliability from 0 to 1, all in float32."""

    def __init__(self, core: Edits) -> None:
        super().__init__()
        self.core = core

    def forward(self, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``pixels`` to ``logit``, ``heat`` (logits) and ``reliability`` (0..1)."""
        made = self.core(arrays["pixels"])
        return {"logit": made["logit"], "heat": made["heat"], "reliability": torch.sigmoid(made["trust"])}


def network(artifact: "Artifact") -> Shipped:
    """The network of an artifact of the family ``edits``."""
    parameters = artifact.card.architecture.parameters
    core = Edits(int(parameters["width"]), int(parameters["depth"]))  # type: ignore[arg-type]
    weights = artifact.tensors("weights")
    core.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return Shipped(core.eval())


def _layer(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def _high_passes() -> Tensor:
    """Three filters of the rich models for each colour: (9, 1, 5, 5)."""
    first = torch.zeros(5, 5)
    first[1:4, 1:4] = torch.tensor([[-1.0, 2.0, -1.0], [2.0, -4.0, 2.0], [-1.0, 2.0, -1.0]]) / 4
    second = (
        torch.tensor(
            [
                [-1.0, 2.0, -2.0, 2.0, -1.0],
                [2.0, -6.0, 8.0, -6.0, 2.0],
                [-2.0, 8.0, -12.0, 8.0, -2.0],
                [2.0, -6.0, 8.0, -6.0, 2.0],
                [-1.0, 2.0, -2.0, 2.0, -1.0],
            ]
        )
        / 12
    )
    third = torch.zeros(5, 5)
    third[2, 1:4] = torch.tensor([1.0, -2.0, 1.0]) / 2
    return torch.stack([first, second, third]).repeat(3, 1, 1)[:, None]


def _dct() -> Tensor:
    """The orthonormal 8 x 8 basis of JPEG: (64, 1, 8, 8)."""
    places = torch.arange(8, dtype=torch.float64)
    rows = torch.cos((2 * places[None] + 1) * places[:, None] * math.pi / 16) / 2
    rows[0] /= math.sqrt(2)
    return torch.einsum("uy,vx->uvyx", rows, rows).reshape(64, 1, 8, 8).float()
