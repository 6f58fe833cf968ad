"""Loss and figures for TensorBoard, where somebody wants them and the package is there."""

import math
from pathlib import Path
from typing import Any, Self

from ....errors import AssayError
from ....models.training import Progress

__all__ = ["Board", "TensorBoardMissing"]


class TensorBoardMissing(AssayError):
    """TensorBoard was asked for and is not installed."""

    code = "tensorboard-missing"


class Board:
    """A log for TensorBoard in `folder`; None writes nothing.

    Raises
    ------
    TensorBoardMissing
        A log is wanted and the package `tensorboard` is not installed.
    """

    def __init__(self, folder: Path | None) -> None:
        self._writer: Any = None
        if folder is None:
            return
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise TensorBoardMissing(
                "tensorboard is not installed; pip install tensorboard, or set tensorboard to false"
            ) from error
        self._writer = SummaryWriter(str(folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, now: Progress) -> None:
        """Where the run stands."""
        if self._writer is None:
            return
        # Nothing is known of the loss before its first line in the log.
        if math.isfinite(now.loss):
            self._writer.add_scalar("loss", now.loss, now.step)
        self._writer.add_scalar("learning_rate", now.learning_rate, now.step)
        if now.figure is not None:
            self._writer.add_scalar("held_auc", now.figure, now.step)
