"""The artifact itself, by the engine and the crops of `assay detect`."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
from views import Material, Seen

from assay.detect.scales import POINT
from assay.models.artifact import Artifact
from assay.models.engine import Engine

from .peer import Scored, over_crops


class Shipped:
    """An artifact of the zoo."""

    takes: Literal["crops", "whole picture", "file"] = "crops"

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.name = artifact.id
        self.note = "the artifact, through the crops and the engine of `assay detect`; its fixed threshold"
        self.modules: tuple[ModuleType, ...] = (sys.modules[__name__],)
        points = [point for point in artifact.card.operating_points if point.name.startswith(POINT)]
        self.threshold = points[0].threshold if points else None
        self.record: object = None

    def identity(self, material: Material) -> str:
        """Hash of the card."""
        return self.artifact.sha256

    def prepare(self, material: Material, folder: Path) -> None:
        """Nothing: it is trained."""

    def score(self, seen: Sequence[Seen]) -> Scored:
        """Mean raw score over the crops; loading the network is not counted."""
        with Engine.open(self.artifact, device="cpu") as engine:
            begun = time.perf_counter()
            raw = [s.raw for s in engine.score({"pixels": crop} for view in seen for crop in view.crops)]
            seconds = time.perf_counter() - begun
            self.record = engine.record
        return Scored(over_crops(np.array(raw, dtype=np.float64), seen), seconds)
