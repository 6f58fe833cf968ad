"""A small latent auto-encoder in torch: encodes a photo as a generator would, and decodes it again.

The layout is that of the tiny distilled auto-encoders of Stable Diffusion, SDXL, SD3, FLUX and FLUX.2 (TAESD, TAESDXL,
TAESD3, TAEF1, TAEF2): 3x3 convolutions of 64 channels, three halvings to the latents and back. Weights come from any
folder that holds one ``NAME_encoder.safetensors`` and its ``NAME_decoder.safetensors``; they are training data, not
part of this package. Auto-encoders of any other layout are taken as ONNX graphs, see `onnx_autoencoder`.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from ...errors import AssayError
from .launder import Pixels

CHANNELS = 64
LATENTS = 32
"""Latents per place in TAEF2; the other ones have 4 or 16."""

STRIDE = 8
"""Both sides of a picture must be a multiple of this, in pixels."""


class AutoEncoderWeightsError(AssayError):
    """The folder does not hold the weights of the latent auto-encoder."""

    code = "auto-encoder-weights"


class Block(nn.Module):
    """Three convolutions with a skip; `pool` first adds a wide, group-normalised 1x1 mixture."""

    def __init__(self, pooled: bool = False) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            _convolution(CHANNELS, CHANNELS),
            nn.ReLU(inplace=True),
            _convolution(CHANNELS, CHANNELS),
            nn.ReLU(inplace=True),
            _convolution(CHANNELS, CHANNELS),
        )
        self.pool = (
            nn.Sequential(
                nn.Conv2d(CHANNELS, 4 * CHANNELS, 1, bias=False),
                nn.GroupNorm(4, 4 * CHANNELS),
                nn.ReLU(inplace=True),
                nn.Conv2d(4 * CHANNELS, CHANNELS, 1, bias=False),
            )
            if pooled
            else None
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (n, 64, h, w) to the same shape."""
        if self.pool is not None:
            x = x + self.pool(x)
        return torch.relu_(self.conv(x) + x)


class Clamp(nn.Module):
    """Soft bound of the latents: tanh(x / 3) * 3."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map any tensor to (-3, 3)."""
        return torch.tanh(x / 3) * 3


def _convolution(inputs: int, outputs: int, *, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=bias)


def _halving() -> nn.Conv2d:
    return _convolution(CHANNELS, CHANNELS, stride=2, bias=False)


def _doubling() -> list[nn.Module]:
    return [nn.Upsample(scale_factor=2), _convolution(CHANNELS, CHANNELS, bias=False)]


def encoder(latents: int = LATENTS, pooled: bool = True) -> nn.Sequential:
    """RGB in 0..1, (n, 3, h, w), to latents (n, latents, h / 8, w / 8); TAEF2 alone is pooled in its deepest stage."""
    return nn.Sequential(
        _convolution(3, CHANNELS),
        Block(),
        _halving(), Block(), Block(), Block(),
        _halving(), Block(), Block(), Block(),
        _halving(), Block(pooled), Block(pooled), Block(pooled),
        _convolution(CHANNELS, latents),
    )  # fmt: skip


def decoder(latents: int = LATENTS, pooled: bool = True) -> nn.Sequential:
    """Latents (n, latents, h, w) to RGB near 0..1, (n, 3, 8 h, 8 w)."""
    return nn.Sequential(
        Clamp(), _convolution(latents, CHANNELS), nn.ReLU(inplace=True),
        Block(pooled), Block(pooled), Block(pooled), *_doubling(),
        Block(), Block(), Block(), *_doubling(),
        Block(), Block(), Block(), *_doubling(),
        Block(), _convolution(CHANNELS, 3),
    )  # fmt: skip


class LatentAutoEncoder(nn.Module):
    """Encode to latents and decode again, RGB in 0..1 both ways.

    Parameters
    ----------
    latents, pooled
        See `encoder`.
    """

    def __init__(self, latents: int = LATENTS, pooled: bool = True) -> None:
        super().__init__()
        self.encoder = encoder(latents, pooled)
        self.decoder = decoder(latents, pooled)

    @classmethod
    def shaped(cls, weights: Mapping[str, torch.Tensor]) -> "LatentAutoEncoder":
        """One, untrained, of the shape that these weights of an encoder have; KeyError for another layout."""
        return cls(weights["14.weight"].shape[0], any(".pool." in name for name in weights))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (n, 3, h, w) in 0..1 to its reconstruction, clipped to 0..1; h and w multiples of 8."""
        picture: torch.Tensor = self.decoder(self.encoder(x))
        return picture.clamp(0, 1)

    def redraw(self, rgb: Pixels, name: str = "") -> Pixels:
        """Encode and decode one picture, (height, width, 3), 0..255; odd sizes are mirrored out to the stride.

        Raises
        ------
        FloatingPointError
            The result has values that are not finite.
        """
        height, width = rgb.shape[:2]
        padded = np.pad(rgb, ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0)), mode="reflect")
        x = torch.from_numpy(np.ascontiguousarray(padded)).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            y = self(x)[0].permute(1, 2, 0).numpy()[:height, :width]
        if not np.isfinite(y).all():
            raise FloatingPointError("the auto-encoder gave values that are not finite")
        return np.asarray(np.rint(y * 255), dtype=np.uint8)

    @classmethod
    def open(cls, folder: Path) -> "LatentAutoEncoder":
        """Read the weights (safetensors, any float type) for inference in fp32.

        Raises
        ------
        AutoEncoderWeightsError
            A file is absent, there are several, or the tensors do not fit the layout.
        """
        found = sorted(folder.glob("*_encoder.safetensors"))
        if len(found) != 1:
            names = ", ".join(path.name for path in found) or "nothing"
            raise AutoEncoderWeightsError(
                f"{folder} must hold one NAME_encoder.safetensors (taef2_encoder.safetensors, say), but holds {names}"
            )
        paths = (found[0], found[0].with_name(found[0].name.replace("_encoder.", "_decoder.")))
        if not paths[1].is_file():
            raise AutoEncoderWeightsError(f"{paths[1]} is missing: it belongs to {paths[0].name}")
        try:
            kept = [{key: value.float() for key, value in load_file(path).items()} for path in paths]
            network = cls.shaped(kept[0])
            for part, values in zip((network.encoder, network.decoder), kept, strict=True):
                part.load_state_dict(values)
        except (KeyError, RuntimeError, SafetensorError) as error:
            raise AutoEncoderWeightsError(
                f"{folder} does not fit the layout of TAESD or TAEF2: {error}"
            ) from error
        return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
