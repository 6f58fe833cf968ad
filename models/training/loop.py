"""The common training loop of torch networks: seeded, checkpointed, resumable to the last bit.

Nothing of a run lives in memory only: the randomness of a step follows from the seed and the step's number,
and the rest (weights, optimizer, best figure) is in the checkpoint. A run that is killed anywhere and called
again therefore ends with the weights of a run that was never killed, bit for bit, in deterministic mode.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import AssayError
from ..devices import Device, resolve
from .batches import Batch, Batches, Order
from .batches import Dataset as Dataset
from .checkpoints import CheckpointMismatch as CheckpointMismatch
from .checkpoints import Checkpoints, capture, restore
from .config import TrainingConfig as TrainingConfig
from .gradients import Gradients
from .gradients import Objective as Objective
from .log import TrainingLog
from .setup import TrainingEmpty as TrainingEmpty
from .setup import optimizer_of, settings
from .trained import Progress as Progress
from .trained import Trained as Trained
from .weights import write_weights

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

Validate = Callable[["Module"], float]
"""Figure of the network as it stands (in eval mode, without gradients)."""


class TrainingDiverged(AssayError):
    """The loss or the figure of validation is NaN or infinite."""

    code = "training-diverged"


@dataclass(slots=True)
class _State:
    """What changes from step to step and is neither a weight nor the optimizer's."""

    step: int = 0
    best: float | None = None
    best_step: int = 0
    worse: int = 0
    early: bool = False


def train(
    module: "Module",
    dataset: Dataset,
    config: TrainingConfig,
    objective: Objective,
    folder: Path,
    *,
    validate: Validate | None = None,
    progress: Callable[[Progress], None] | None = None,
    order: Order | None = None,
    device: str = "auto",
) -> Trained:
    """Train `module` in place; call again with the same arguments to go on after an interruption.

    Parameters
    ----------
    module
        Parameters with ``requires_grad`` are trained, the others stay. It ends on the device of the run.
    dataset
        Rows by index, see `batches.Dataset`.
    objective
        Called under autocast if the config says so; its inputs are the dataset's arrays as tensors.
    folder
        Holds ``checkpoints/``, ``log.jsonl`` and at the end ``weights.safetensors``.
    validate
        Figure that decides early stopping and which weights are kept.
    progress
        Called after every step.
    order
        Order of the rows of an epoch, see `batches.Order`.
    device
        "auto", "cpu", "cuda" or "cuda:N".

    Raises
    ------
    CheckpointMismatch
        The folder holds the checkpoints of a run with another configuration, network or number of rows.
    TrainingDiverged, TrainingEmpty, DeviceAbsent
        See there.
    """
    place = resolve(device)
    with settings(config, place):
        run = _Run(module, dataset, config, objective, folder, validate, progress, order, place)
        return run.finish()


class _Run:
    def __init__(
        self,
        module: "Module",
        dataset: Dataset,
        config: TrainingConfig,
        objective: Objective,
        folder: Path,
        validate: Validate | None,
        progress: Callable[[Progress], None] | None,
        order: Order | None,
        device: Device,
    ) -> None:
        import torch

        self.config, self.folder = config, folder
        self.validate, self.progress, self.device = validate, progress, device
        self.batches = Batches(dataset, config, order)
        if self.batches.per_epoch == 0:
            raise TrainingEmpty("the dataset fills no batch; give it rows, or set drop_last to false")
        self.steps = config.steps or (config.epochs or 0) * self.batches.per_epoch
        self.module = module.to(device=str(device))
        if config.channels_last:
            self.module = self.module.to(memory_format=torch.channels_last)
        self.optimizer = optimizer_of(self.module, config)
        self.gradients = Gradients(self.module, config, objective, device)
        self.binding = {"config": config.binding(), "rows": len(dataset), "validated": validate is not None}
        self.state = _State()
        folder.mkdir(parents=True, exist_ok=True)
        self.checkpoints = Checkpoints(folder / "checkpoints", config.keep)
        self._resume()
        self.log = TrainingLog(folder / "log.jsonl", self.state.step)
        self.log.write(
            "start",
            step=self.state.step,
            steps=self.steps,
            device=str(device),
            threads=torch.get_num_threads(),
            torch=str(torch.__version__),
            config=config.model_dump(mode="json"),
        )

    def _resume(self) -> None:
        found = self.checkpoints.newest()
        if found is None:
            return
        was: Mapping[str, Any] = found.state["binding"]
        now = json.loads(json.dumps(self.binding))
        if was != now:
            flat = [
                {**one["config"], **{k: v for k, v in one.items() if k != "config"}} for one in (was, now)
            ]
            keys = sorted(
                key for key in flat[0].keys() | flat[1].keys() if flat[0].get(key) != flat[1].get(key)
            )
            raise CheckpointMismatch(
                f"{found.folder.parent} belongs to a run with another {', '.join(keys)}; "
                "train into an empty folder, or give the same as before"
            )
        restore(self.module, self.optimizer, found.tensors())
        self.state = _State(**found.state["run"])

    def finish(self) -> Trained:
        """Do the steps that are left, then write the weights."""
        state, every = self.state, self.config.validate_every or self.steps
        begun, shown, figure = time.monotonic(), state.step, state.best
        total, loss = 0.0, math.nan
        left = 0 if state.early else self.steps
        for batch in self.batches.between(state.step, left):
            rate = self.config.rate(state.step, self.steps)
            total += self._step(batch, rate)
            state.step += 1
            last = state.step == self.steps
            if last or state.step % self.config.log_every == 0:
                loss, total, count = total / (state.step - shown), 0.0, state.step - shown
                shown = state.step
                self.log.write(
                    "step",
                    step=state.step,
                    epoch=batch.epoch,
                    loss=loss,
                    over=count,
                    learning_rate=rate,
                    seconds=round(time.monotonic() - begun, 3),
                )
            if self.validate is not None and (last or state.step % every == 0):
                figure = self._judge(self.validate)
            if last or state.early or state.step % self.config.checkpoint_every == 0:
                self._save()
            if self.progress is not None:
                seconds = time.monotonic() - begun
                self.progress(Progress(state.step, self.steps, batch.epoch, loss, rate, seconds, figure))
            if state.early:
                break
        return self._weights()

    def _step(self, batch: Batch, rate: float) -> float:
        import torch

        torch.manual_seed(batch.seed)
        self.module.train()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        values = {name: self._placed(value) for name, value in batch.values.items()}
        self.optimizer.zero_grad(set_to_none=True)
        found = self.gradients.of(values)
        if not math.isfinite(found):
            raise TrainingDiverged(
                f"the loss of step {self.state.step + 1} is {found}; lower the learning rate or clip_norm, or look "
                "for values in the data that are not finite"
            )
        if self.config.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.module.parameters(), self.config.clip_norm)
        self.optimizer.step()
        return found

    def _placed(self, value: Any) -> "Tensor":
        import numpy as np
        import torch

        tensor = (
            value
            if isinstance(value, torch.Tensor)
            else torch.from_numpy(np.require(value, requirements=["C", "W"]))
        )
        tensor = tensor.to(str(self.device), non_blocking=True)
        if self.config.channels_last and tensor.ndim == 4 and tensor.is_floating_point():
            return tensor.contiguous(memory_format=torch.channels_last)
        return tensor

    def _judge(self, validate: Validate) -> float:
        import torch

        state = self.state
        self.module.eval()
        with torch.no_grad():
            figure = float(validate(self.module))
        if not math.isfinite(figure):
            raise TrainingDiverged(f"validation after step {state.step} gave {figure}; it must be finite")
        sign = 1 if self.config.direction == "max" else -1
        better = state.best is None or sign * figure > sign * state.best
        if better:
            state.best, state.best_step, state.worse = figure, state.step, 0
            write_weights(self._best(state.step), self.module)
        else:
            state.worse += 1
        state.early = self.config.patience is not None and state.worse >= self.config.patience
        self.log.write(
            "validation", step=state.step, figure=figure, best=state.best, best_step=state.best_step
        )
        return figure

    def _best(self, step: int) -> Path:
        return self.folder / f"best-{step:09d}.safetensors"

    def _save(self) -> None:
        state = self.state
        run = {name: getattr(state, name) for name in ("step", "best", "best_step", "worse", "early")}
        self.checkpoints.save(
            state.step, capture(self.module, self.optimizer), {"binding": self.binding, "run": run}
        )
        # Only now does no checkpoint need the older best weights: a resumed run starts from this one.
        for path in self.folder.glob("best-*.safetensors"):
            if path != self._best(state.best_step):
                path.unlink()
        self.log.write("checkpoint", step=state.step)

    def _weights(self) -> Trained:
        from safetensors.torch import load_file

        state, path = self.state, self.folder / "weights.safetensors"
        if state.best is not None:
            self.module.load_state_dict(load_file(self._best(state.best_step)))
        self.module.eval()
        digest = write_weights(path, self.module)
        best_step = state.step if state.best is None else state.best_step
        self.log.write(
            "end", step=state.step, early=state.early, best=state.best, best_step=best_step, sha256=digest
        )
        return Trained(path, digest, state.step, state.early, state.best, best_step, str(self.device))
