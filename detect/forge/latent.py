"""A small latent auto-encoder in torch: encodes a photo as a generator would, and decodes it again.

The layout is that of the tiny distilled auto-encoder of FLUX.2 (TAEF2): 3x3 convolutions of 64 channels, three
halvings to 32 latents and back. Weights come from any folder that holds `taef2_encoder.safetensors` and
`taef2_decoder.safetensors`; they are training data, not part of this package.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from ...errors import AssayError
from .launder import Pixels

CHANNELS = 64
LATENTS = 32
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


def encoder() -> nn.Sequential:
    """RGB in 0..1, (n, 3, h, w), to latents (n, 32, h / 8, w / 8)."""
    return nn.Sequential(
        _convolution(3, CHANNELS),
        Block(),
        _halving(), Block(), Block(), Block(),
        _halving(), Block(), Block(), Block(),
        _halving(), Block(True), Block(True), Block(True),
        _convolution(CHANNELS, LATENTS),
    )  # fmt: skip


def decoder() -> nn.Sequential:
    """Latents (n, 32, h, w) to RGB near 0..1, (n, 3, 8 h, 8 w)."""
    return nn.Sequential(
        Clamp(), _convolution(LATENTS, CHANNELS), nn.ReLU(inplace=True),
        Block(True), Block(True), Block(True), *_doubling(),
        Block(), Block(), Block(), *_doubling(),
        Block(), Block(), Block(), *_doubling(),
        Block(), _convolution(CHANNELS, 3),
    )  # fmt: skip


class LatentAutoEncoder(nn.Module):
    """Encode to latents and decode again, RGB in 0..1 both ways."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = encoder()
        self.decoder = decoder()

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
            A file is absent, or its tensors do not fit the layout.
        """
        network = cls()
        for name, part in (("encoder", network.encoder), ("decoder", network.decoder)):
            path = folder / f"taef2_{name}.safetensors"
            if not path.is_file():
                raise AutoEncoderWeightsError(f"{path} is missing: give the folder of the TAEF2 weights")
            try:
                part.load_state_dict({key: value.float() for key, value in load_file(path).items()})
            except RuntimeError as error:
                raise AutoEncoderWeightsError(f"{path} does not fit the TAEF2 layout: {error}") from error
        return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
