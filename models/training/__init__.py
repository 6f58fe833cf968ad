"""The common training loop: seeded, checkpointed, resumable to the last bit."""

from .batches import Batch, Batches, Dataset, Order
from .checkpoints import CheckpointMismatch
from .config import TrainingConfig
from .loop import TrainingDiverged, train
from .setup import TrainingEmpty
from .trained import Progress, Trained

__all__ = [
    "Batch",
    "Batches",
    "CheckpointMismatch",
    "Dataset",
    "Order",
    "Progress",
    "Trained",
    "TrainingConfig",
    "TrainingDiverged",
    "TrainingEmpty",
    "train",
]
