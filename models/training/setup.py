"""What a training run sets up in torch: the optimizer, and settings that are put back afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...errors import AssayError
from ..devices import Device
from .config import TrainingConfig

if TYPE_CHECKING:
    from torch.nn import Module
    from torch.optim import Optimizer


class TrainingEmpty(AssayError):
    """There is nothing to train: no rows, or no parameter that takes a gradient."""

    code = "training-empty"


def optimizer_of(module: "Module", config: TrainingConfig) -> "Optimizer":
    """The optimizer of the parameters that take a gradient.

    Raises
    ------
    TrainingEmpty
        There are none.
    """
    import torch

    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if not trained:
        raise TrainingEmpty("no parameter of the network takes a gradient; unfreeze what is to be trained")
    # Shrinking a bias or the scale of a normalisation towards 0 regularises nothing.
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if config.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas)
    return torch.optim.SGD(
        groups, lr=config.learning_rate, momentum=config.momentum, nesterov=config.momentum > 0
    )


@contextmanager
def settings(config: TrainingConfig, device: Device) -> Iterator[None]:
    """torch as the run needs it, and as it was afterwards."""
    import torch

    if config.deterministic and device.kind == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    tuned = torch.backends.cudnn.benchmark
    torch.set_num_threads(config.threads or threads)
    torch.use_deterministic_algorithms(config.deterministic)
    torch.backends.cudnn.benchmark = not config.deterministic
    try:
        with torch.random.fork_rng(devices=[device.index] if device.kind == "cuda" else []):
            yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
        torch.backends.cudnn.benchmark = tuned
