"""Own decoders: a few small, well-trained and diverse auto-encoders, and the twins that they draw.

One auto-encoder has one set of habits; a detector that has seen only its twins learns those. These variants are taught
from a good one (see `apprenticeship`): other ways of doubling, another stride, noisy or quantised latents, a critic.
They stay sharp, because a blurred decoder would only teach that blur is synthetic.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from ...errors import AssayError
from .latent import CHANNELS, STRIDE, Clamp, LatentAutoEncoder
from .launder import Pixels
from .upsamplers import Upsampling, upsampler

NARROW = 16
"""Latents per place of the decoders of stride 4; those of stride 8 have `latent.LATENTS`."""

SHALLOW, DRAWN = 10, 8
"""Layers of the teacher's coder before its deepest stage, and of its drawing side up to the end of it."""

BOUND = 3.0
"""Latents lie within this on both sides of zero."""


class DecoderWeightsError(AssayError):
    """The folder holds no trained decoder, or one that does not fit its recipe."""

    code = "decoder-weights"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes one decoder differ from the others.

    Attributes
    ----------
    name
        Of its folder.
    upsampling
        How it doubles sizes, see `upsamplers`.
    stride
        Pixels per latent on each side: 4 or 8.
    levels
        Steps that every latent is rounded to, None for none.
    noise
        Standard deviation of the noise that is put on latents, in latents of about unit size.
    critic
        Weight of the patch critic in its loss; 0 for none.
    jolt
        Noise put on the upsamplers before training, as a share of their own deviation: how far it starts from the
        auto-encoder that it is taught from.
    """

    name: str
    upsampling: Upsampling
    stride: Literal[4, 8] = 8
    levels: int | None = None
    noise: float = 0.0
    critic: float = 0.0
    jolt: float = 0.2


RECIPES: tuple[Recipe, ...] = (
    Recipe("transposed", "transposed"),
    Recipe("shuffle-noise", "shuffle", noise=0.05),
    Recipe("bilinear-critic", "bilinear", critic=0.02),
    Recipe("nearest-quantised", "nearest", levels=24, critic=0.02),
    Recipe("shuffle-4", "shuffle", stride=4),
)


class Painter(nn.Module):
    """An auto-encoder after a recipe, RGB in 0..1 both ways.

    Parameters
    ----------
    recipe
        What it is like.
    teacher
        Auto-encoder whose layers it starts from.
    """

    def __init__(self, recipe: Recipe, teacher: LatentAutoEncoder) -> None:
        super().__init__()
        self.recipe = recipe
        coder, drawer = list(teacher.encoder), list(teacher.decoder)
        if recipe.stride == 4:
            # Without the deepest stage: what it carried passes through a narrow bridge instead.
            coder = [*coder[:SHALLOW], nn.Conv2d(CHANNELS, NARROW, 1)]
            drawer = [Clamp(), nn.Conv2d(NARROW, CHANNELS, 1), *drawer[DRAWN:]]
        self.encoder = nn.Sequential(*coder)
        self.decoder = nn.Sequential(*_doubling(drawer, recipe.upsampling))

    def forward(self, x: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Map (n, 3, h, w) in 0..1 to its reconstruction, near 0..1; h and w multiples of the stride."""
        latents = self.encoder(x)
        if self.recipe.noise:
            noise = torch.randn(latents.shape, generator=generator, device=latents.device)
            latents = latents + self.recipe.noise * noise
        if self.recipe.levels is not None:
            step = 2 * BOUND / (self.recipe.levels - 1)
            bounded = latents.clamp(-BOUND, BOUND)
            # Rounding has no slope of its own: the gradient passes as if it were not there.
            latents = bounded + (torch.round(bounded / step) * step - bounded).detach()
        picture: torch.Tensor = self.decoder(latents)
        return picture

    def redraw(self, rgb: Pixels, seed: int = 0) -> Pixels:
        """Redraw one picture, (height, width, 3), 0..255; odd sizes are mirrored out to the stride.

        Raises
        ------
        FloatingPointError
            The result has values that are not finite.
        """
        height, width = rgb.shape[:2]
        stride = self.recipe.stride
        padded = np.pad(rgb, ((0, -height % stride), (0, -width % stride), (0, 0)), mode="symmetric")
        x = torch.from_numpy(np.ascontiguousarray(padded)).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            y = self(x, torch.Generator().manual_seed(seed))[0].permute(1, 2, 0).numpy()[:height, :width]
        if not np.isfinite(y).all():
            raise FloatingPointError(f"decoder {self.recipe.name} gave values that are not finite")
        return np.asarray(np.rint(y.clip(0, 1) * 255), dtype=np.uint8)

    @classmethod
    def open(cls, folder: Path) -> "Painter":
        """Read ``recipe.json`` and ``weights.safetensors`` of a trained decoder, for inference.

        Raises
        ------
        DecoderWeightsError
            A file is absent, damaged, or does not fit the other.
        """
        try:
            recipe = Recipe(**json.loads((folder / "recipe.json").read_text(encoding="utf-8")))
            kept = load_file(folder / "weights.safetensors")
            # What was trained beside it, a critic, is left.
            own = _below("painter.", kept)
            deep = recipe.stride == STRIDE
            teacher = LatentAutoEncoder.shaped(_below("encoder.", own)) if deep else LatentAutoEncoder()
            painter = cls(recipe, teacher)
            painter.load_state_dict(own)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
            raise DecoderWeightsError(f"{folder} holds no trained decoder: {error}") from error
        return painter.eval().requires_grad_(False).to(memory_format=torch.channels_last)


class Painters:
    """Trained decoders, one of which redraws a photo; which one follows from the photo alone."""

    kind = "decoder"

    def __init__(self, painters: Iterable[Painter]) -> None:
        self.painters = tuple(painters)

    @classmethod
    def open(cls, folder: Path) -> "Painters":
        """Read every trained decoder below a folder, in the order of their names.

        Raises
        ------
        DecoderWeightsError
            There is none, or one cannot be read.
        """
        places = sorted(path.parent for path in folder.glob("*/weights.safetensors"))
        if not places:
            raise DecoderWeightsError(f"there is no trained decoder in {folder}: see `apprenticeship.train`")
        return cls(Painter.open(place) for place in places)

    def redraw(self, rgb: Pixels, name: str) -> Pixels:
        """Redraw a photo, (height, width, 3), 0..255, at its own size; see `twins.Redrawer`."""
        digest = hashlib.sha256(name.encode()).digest()
        painter = self.painters[int.from_bytes(digest[:4]) % len(self.painters)]
        return painter.redraw(rgb, int.from_bytes(digest[4:10]))


def describe(recipe: Recipe) -> str:
    """The recipe as JSON, for ``recipe.json``."""
    return json.dumps(asdict(recipe), indent=1) + "\n"


def _below(prefix: str, weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def _doubling(layers: list[nn.Module], kind: Upsampling) -> Iterable[nn.Module]:
    """The layers with every pair of doubling and convolution replaced."""
    doubled = False
    for layer in layers:
        if isinstance(layer, nn.Upsample):
            doubled = True
        elif doubled and isinstance(layer, nn.Conv2d):
            doubled = False
            yield upsampler(kind, layer.weight.detach())
        else:
            yield layer
