"""Training of the own decoders: each learns from a good auto-encoder's weights to draw photos in its own manner.

The common training loop does the work: seeded, resumable, the best weights by held-out photos are kept. A critic, where
a recipe has one, is trained within the same steps: the gradient that makes it better is turned round on its way to the
decoder.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torch.nn import functional

from ...errors import AssayError
from ...models.training import Progress, TrainingConfig
from ...models.training import train as run
from .decoders import DRAWN, NARROW, RECIPES, SHALLOW, Painter, Recipe, describe
from .latent import LatentAutoEncoder
from .launder import Pixels
from .twins import psnr

SIDE = 96
"""Side of the squares that are learnt from, in pixels."""

LEAST = 27.0
"""A decoder whose held-out photos come back with less than this, in dB, is refused: it would teach blur."""

HELD_OUT = 12
"""Photos that judge, at most, taken evenly from all and never more than a quarter; the rest are learnt from."""

CONFIG = TrainingConfig(
    steps=120, batch_size=6, learning_rate=3e-4, warmup_steps=10, final_share=0.05, weight_decay=0.0, clip_norm=0.5,
    checkpoint_every=20, keep=1, validate_every=40, direction="max", log_every=10, drop_last=True, channels_last=True,
)  # fmt: skip
"""How a decoder is trained; a few minutes of one processor."""


class DecoderTooBlurred(AssayError):
    """No decoder learnt to draw photos sharply enough."""

    code = "decoder-too-blurred"


class Squares:
    """Random squares of photos: what the decoders are trained on.

    Parameters
    ----------
    photos
        Each at least `SIDE` pixels on both sides.
    """

    def __init__(self, photos: Sequence[Path]) -> None:
        self._photos = tuple(photos)

    def __len__(self) -> int:
        return len(self._photos)

    def batch(self, rows: NDArray[np.int64], seed: int) -> Mapping[str, Any]:
        """One square of each photo, `pixels` (n, 3, SIDE, SIDE), float32, 0..1; mirrored at random."""
        rng = np.random.default_rng(seed)
        squares = []
        for row in rows:
            rgb = _load(self._photos[row])
            top, left = (int(rng.integers(side - SIDE + 1)) for side in rgb.shape[:2])
            square = rgb[top : top + SIDE, left : left + SIDE]
            squares.append(square[:, ::-1] if rng.random() < 0.5 else square)
        pixels = np.stack(squares).transpose(0, 3, 1, 2)
        return {"pixels": np.ascontiguousarray(pixels, dtype=np.float32) / 255}


class Lesson(nn.Module):
    """A decoder in training, with its critic.

    Parameters
    ----------
    recipe, teacher
        See `decoders.Painter`.
    """

    def __init__(self, recipe: Recipe, teacher: LatentAutoEncoder) -> None:
        super().__init__()
        self.recipe = recipe
        self.painter = Painter(recipe, teacher).requires_grad_(True)
        if recipe.stride == 8:
            # Its latents are the teacher's: only the drawing side learns.
            self.painter.encoder.requires_grad_(False)
        self.critic = _critic() if recipe.critic else None

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Loss, (), of a batch (n, 3, h, w) in 0..1."""
        drawn = self.painter(pixels)
        loss = functional.l1_loss(drawn, pixels)
        for axis in (2, 3):
            # Steps between neighbours count as well as values: what is right on average but smooth is wrong.
            loss = loss + 0.5 * functional.l1_loss(drawn.diff(dim=axis), pixels.diff(dim=axis))
        if self.critic is None:
            return loss
        seen_drawn = self.critic(_turned(drawn, self.recipe.critic))
        return (
            loss + functional.softplus(seen_drawn).mean() + functional.softplus(-self.critic(pixels)).mean()
        )


def train(
    photos: Sequence[Path],
    weights: Path,
    folder: Path,
    *,
    recipes: Sequence[Recipe] = RECIPES,
    config: TrainingConfig = CONFIG,
    report: Callable[[str], None] = lambda line: None,
) -> list[Path]:
    """Train a decoder for each recipe, one after the other; those that are in the folder already are kept.

    Call again after an interruption to go on.

    Parameters
    ----------
    photos
        Real pictures, at least `SIDE` pixels on each side.
    weights
        The auto-encoder that they learn from, a folder in a layout of `latent`.
    folder
        Gets one folder for each recipe.
    config
        Of the common training loop; its seed decides everything.
    report
        Called with a line for each decoder.

    Returns
    -------
    The folders of the decoders that are sharp enough; the weights of the others are taken away again.

    Raises
    ------
    DecoderTooBlurred
        All of them stayed below `LEAST`.
    """
    judged = list(photos[:: max(4, len(photos) // HELD_OUT)][:HELD_OUT])
    learnt = [photo for photo in photos if photo not in set(judged)]
    shown = [_middle(_load(photo)) for photo in judged]
    made = []
    for recipe in recipes:
        place = folder / recipe.name
        if (place / "weights.safetensors").is_file():
            made.append(place)
            continue
        lesson = _lesson(recipe, weights, config.seed, shown)
        place.mkdir(parents=True, exist_ok=True)
        (place / "recipe.json").write_text(describe(recipe), encoding="utf-8")

        def judge(module: nn.Module) -> float:
            assert isinstance(module, Lesson)
            return float(np.mean([psnr(rgb, module.painter.redraw(rgb)) for rgb in shown]))

        def tell(progress: Progress, name: str = recipe.name) -> None:
            if progress.step == progress.steps:
                report(f"decoder {name}: {progress.step} steps, held-out PSNR {progress.figure or 0:.1f} dB")

        done = run(lesson, Squares(learnt), config, _loss, place, validate=judge, progress=tell, device="cpu")
        if done.best is not None and done.best >= LEAST:
            made.append(place)
            continue
        done.weights.unlink()
        report(
            f"decoder {recipe.name} is refused: {done.best or 0:.1f} dB on held-out photos, less than {LEAST:g}"
        )
    if not made:
        raise DecoderTooBlurred(
            f"no decoder reached {LEAST:g} dB on held-out photos: give them more steps or more photos"
        )
    return made


def _lesson(recipe: Recipe, weights: Path, seed: int, photos: Sequence[Pixels]) -> Lesson:
    teacher = LatentAutoEncoder.open(weights)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        lesson = Lesson(recipe, teacher)
        if recipe.stride == 4:
            _bridge(lesson.painter, teacher, photos)
        for module in lesson.painter.decoder:
            # On this level only the upsamplers are of these classes.
            if isinstance(module, nn.ConvTranspose2d | nn.Sequential):
                for kernel in module.parameters():
                    kernel.add_(torch.randn_like(kernel) * kernel.std() * recipe.jolt)
    return lesson


def _bridge(painter: Painter, teacher: LatentAutoEncoder, photos: Sequence[Pixels]) -> None:
    """Start the bridge at the best linear map from the coder's features to those that the drawing side expects.

    Of that map (least squares over the photos) the `NARROW` strongest directions are kept, as latents of unit size.
    """
    given, wanted = [], []
    for rgb in photos:
        height, width = (side // 8 * 8 for side in rgb.shape[:2])
        x = torch.from_numpy(rgb[:height, :width]).permute(2, 0, 1)[None].float() / 255
        given.append(teacher.encoder[:SHALLOW](x)[0].flatten(1).T)
        wanted.append(teacher.decoder[:DRAWN](teacher.encoder(x))[0].flatten(1).T)
    x, y = torch.cat(given).double(), torch.cat(wanted).double()
    middle, offset = x.mean(dim=0), y.mean(dim=0)
    solution = torch.linalg.lstsq(x - middle, y - offset, driver="gelsd").solution
    fitted = (x - middle) @ solution
    directions = torch.linalg.eigh(fitted.T @ fitted).eigenvectors[:, -NARROW:]
    size = (fitted @ directions).std(dim=0)
    into, out = painter.encoder[-1], painter.decoder[1]
    assert isinstance(into, nn.Conv2d) and isinstance(out, nn.Conv2d)
    first = (solution @ directions / size).T
    for layer, weight, bias in ((into, first, -first @ middle), (out, directions * size, offset)):
        layer.weight.copy_(weight[..., None, None])
        assert layer.bias is not None
        layer.bias.copy_(bias)


def _loss(module: nn.Module, values: Mapping[str, torch.Tensor]) -> torch.Tensor:
    loss: torch.Tensor = module(values["pixels"])
    return loss


def _critic() -> nn.Sequential:
    """Judges patches of 22 pixels: high where they look real."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(64, 1, 4, padding=1),
    )  # fmt: skip


def _turned(x: torch.Tensor, share: float) -> torch.Tensor:
    """The same values; the gradient turned round and weakened (Ganin and Lempitsky, ICML 2015)."""
    return x.detach() * (1 + share) - share * x


def _load(path: Path) -> Pixels:
    with Image.open(path) as picture:
        # A copy: torch wants pixels that could be written to.
        return np.array(picture.convert("RGB"))


def _middle(rgb: Pixels, side: int = 2 * SIDE) -> Pixels:
    top, left = (max(0, (length - side) // 2) for length in rgb.shape[:2])
    return np.ascontiguousarray(rgb[top : top + side, left : left + side])
