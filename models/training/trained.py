"""What a training run tells: where it stands, and what came of it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: `step` of at most `steps` are done; `loss` and `figure` are the newest known."""

    step: int
    steps: int
    epoch: int
    loss: float
    learning_rate: float
    seconds: float
    figure: float | None


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished run.

    Attributes
    ----------
    weights, sha256
        ``weights.safetensors`` and its hash: the weights of `best_step`, which the module holds too.
    step
        Steps done; fewer than asked when `early`.
    best, best_step
        Best figure of validation and its step; None and the last step without validation.
    device
        Where it ran.
    """

    weights: Path
    sha256: str
    step: int
    early: bool
    best: float | None
    best_step: int
    device: str
