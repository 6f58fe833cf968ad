"""Gradients of a step: of the whole batch at once, or of equal parts of it, several at a time."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ...errors import AssayError
from ..devices import Device
from .config import TrainingConfig

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

Objective = Callable[["Module", Mapping[str, "Tensor"]], "Tensor"]
"""Loss of a batch, shape (), to be minimised; the mean over its rows, if batches are cut into parts."""


class BatchUneven(AssayError):
    """A batch cannot be cut into equal parts."""

    code = "batch-uneven"


class Gradients:
    """Works out the gradients of batches and leaves them in the parameters.

    Parts are worked on by threads: torch lets go of the interpreter within its operations, and two threads with a
    part each keep two cores busier than one operation that is spread over both.
    """

    def __init__(self, module: "Module", config: TrainingConfig, objective: Objective, device: Device) -> None:
        self._module, self._config, self._objective, self._device = module, config, objective, device
        self._trained = [parameter for parameter in module.parameters() if parameter.requires_grad]

    def of(self, values: Mapping[str, "Tensor"]) -> float:
        """Loss of a batch, whose gradients are left in the parameters.

        Raises
        ------
        BatchUneven
            Its rows are no multiple of the parts.
        """
        count = self._config.parts
        if count == 1:
            loss = self._loss(values)
            loss.backward()  # type: ignore[no-untyped-call]
            return float(loss.detach())
        parts = _cut(values, count)
        if self._config.workers == 1:
            made = [self._part(part) for part in parts]
        else:
            with ThreadPoolExecutor(self._config.workers) as pool:
                made = list(pool.map(self._part, parts))
        for place, parameter in enumerate(self._trained):
            found = [gradients[place] for _, gradients in made]
            known = [gradient for gradient in found if gradient is not None]
            parameter.grad = sum(known[1:], known[0]) / count if known else None
        return sum(loss for loss, _ in made) / count

    def _loss(self, values: Mapping[str, "Tensor"]) -> "Tensor":
        import torch

        with torch.autocast(self._device.kind, torch.bfloat16, enabled=self._config.precision == "bf16"):
            return self._objective(self._module, values)

    def _part(self, values: Mapping[str, "Tensor"]) -> "tuple[float, Sequence[Tensor | None]]":
        import torch

        loss = self._loss(values)
        return float(loss.detach()), torch.autograd.grad(loss, self._trained, allow_unused=True)


def _cut(values: Mapping[str, "Tensor"], count: int) -> "list[dict[str, Tensor]]":
    for name, value in values.items():
        if len(value) % count:
            raise BatchUneven(
                f"{len(value)} rows of {name!r} make no {count} equal parts: choose a batch size that `parts` divides, "
                "and leave out a shorter last batch (drop_last)"
            )
    return [
        {name: value[part * len(value) // count : (part + 1) * len(value) // count] for name, value in values.items()}
        for part in range(count)
    ]
