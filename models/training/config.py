"""TrainingConfig: everything that decides a training run, and the learning rate that follows from it."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

_Share = Annotated[float, Field(ge=0, le=1)]
_Decay = Annotated[float, Field(ge=0, lt=1)]

_FREE = frozenset({"checkpoint_every", "keep", "log_every", "threads", "loaders", "workers"})


class TrainingConfig(BaseModel):
    """How to train; an unknown key is refused.

    Attributes
    ----------
    steps, epochs
        Length of the run: exactly one of them.
    batch_size, drop_last
        Rows a step; whether a shorter last batch of an epoch is left out.
    seed
        Decides the order of the rows, the seed handed to the dataset and the network's own randomness.
    optimizer, learning_rate, weight_decay, momentum, betas
        "adamw" (uses `betas`) or "sgd" (uses `momentum`, Nesterov). Decay applies to tensors of two or more
        axes.
    schedule, warmup_steps, final_share
        After a linear warm-up the rate falls by a half cosine or a line to ``final_share * learning_rate``.
    precision, channels_last
        "bf16": autocast around the objective, weights stay fp32. `channels_last`: memory layout of 4-axis
        tensors.
    clip_norm
        Largest norm of the whole gradient, or null.
    checkpoint_every, keep
        Steps between checkpoints, and how many of them stay on disk.
    validate_every, patience, direction
        Steps between calls of the validation callback (null: only at the end); stop after `patience` calls
        without a better figure (null: never); whether more ("max") or less ("min") is better.
    log_every
        Steps between lines of the log.
    deterministic
        Only algorithms that repeat bit for bit; a network that needs another one fails with torch's message.
    parts, workers
        A batch is cut into so many equal parts, whose gradients are averaged: less memory, and on a processor faster
        where a part fits its caches. So many of them are worked on at a time, each by `threads` threads; more than
        one shares the randomness of dropout in no fixed order, and is refused in a deterministic run.
    threads
        CPU threads of torch (null: as they are). Bits repeat at the same number of threads.
    loaders
        Threads that prepare batches ahead; 0 prepares them in turn. Does not change a bit of the result.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    steps: PositiveInt | None = None
    epochs: PositiveInt | None = None
    batch_size: PositiveInt = 32
    drop_last: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: PositiveFloat = 1e-3
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    momentum: _Decay = 0.9
    betas: tuple[_Decay, _Decay] = (0.9, 0.999)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    final_share: _Share = 0.0
    precision: Literal["fp32", "bf16"] = "fp32"
    channels_last: bool = False
    clip_norm: PositiveFloat | None = 1.0
    checkpoint_every: PositiveInt = 500
    keep: PositiveInt = 2
    validate_every: PositiveInt | None = None
    patience: PositiveInt | None = None
    direction: Literal["max", "min"] = "max"
    log_every: PositiveInt = 20
    deterministic: bool = True
    parts: PositiveInt = 1
    workers: PositiveInt = 1
    threads: PositiveInt | None = None
    loaders: Annotated[int, Field(ge=0, le=64)] = 0

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError("give exactly one of steps and epochs")
        if self.deterministic and self.workers > 1:
            raise ValueError("a deterministic run takes one worker: set workers to 1, or deterministic to false")
        return self

    def binding(self) -> dict[str, Any]:
        """What a resumed run must share with the run it continues: all that can change the weights."""
        return {name: value for name, value in self.model_dump(mode="json").items() if name not in _FREE}

    def rate(self, step: int, steps: int) -> float:
        """Learning rate of `step` (counted from 0) in a run of `steps`."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        if self.schedule == "constant":
            return self.learning_rate
        done = min(1.0, (step - self.warmup_steps) / max(1, steps - self.warmup_steps))
        left = 0.5 * (1 + math.cos(math.pi * done)) if self.schedule == "cosine" else 1 - done
        return self.learning_rate * (self.final_share + (1 - self.final_share) * left)
