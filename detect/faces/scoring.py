"""Whether a face looks replaced: scores of single faces, what they are worth, and what a track of them adds up to.

One scorer serves pictures and videos. It takes faces as the finder gives them, cuts the same crops that the network was
trained on, and weighs raw scores by the calibrator of their tier and size. Frames of videos are a tier of their own,
``film``: what a video codec leaves of a face is not what a JPEG does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from ...models.artifact import Artifact
from ...models.card import OperatingPoint
from ...models.engine import Engine, Score
from ...models.metrics.series import independent
from ..media import Pixels
from ..scales import POINT, ArtifactUnfit, asked_of
from ..values import LikelihoodRatio
from .alignment import NEAR, aligned, similarity
from .finder import Face

__all__ = [
    "FILM",
    "OUTPUTS",
    "SIZES",
    "TASK",
    "FaceScales",
    "FaceScore",
    "FaceScorer",
    "TrackScore",
    "size_of",
]

TASK = "face-swap"
"""Task of the artifact that is taken from the registry."""

OUTPUTS = ("heat",)
"""What an engine must hand out beside the score."""

FILM = "film"
"""Tier of the frames of a video."""

SIZES: Mapping[str, float] = {"small": 45.0, "medium": 70.0, "large": float("inf")}
"""Distance of the eyes up to which a face is of that size, in pixels of the picture."""

LEAST_FRAMES = 3
"""Frames that a track is scored on, at the least."""

_MEDIAN = 1.2533
"""Standard error of a median over that of a mean, for normal values."""


class _Preprocessing(BaseModel):
    """The card's preprocessing, as it is understood here; anything else is refused rather than ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    colour: Literal["RGB"]
    crop: int
    cell: int
    alignment: Literal["near"]
    border: Literal["mirrored"]


@dataclass(frozen=True, slots=True, eq=False)
class FaceScore:
    """What the network says of one face.

    Attributes
    ----------
    raw : float
        The higher, the more it looks replaced; in no unit.
    heat : numpy.ndarray
        float32 (12, 12), logits: how much each cell of the crop looks drawn over.
    tier : str
        ``clean``, ``web``, ``hard`` or ``film``.
    eyes : float
        Distance of the eyes, in pixels of the picture.
    """

    raw: float
    heat: NDArray[np.float32]
    tier: str
    eyes: float


@dataclass(frozen=True, slots=True)
class TrackScore:
    """What the frames of one track add up to.

    Attributes
    ----------
    raw : float
        Median over the frames.
    ratio : LikelihoodRatio
        That of the median frame, never of all frames together; its interval is widened by how the frames scatter.
    frames : int
        How many were scored.
    effective : float
        How many independent ones they are worth.
    over : bool
        Whether the median lies above the operating point.
    """

    raw: float
    ratio: LikelihoodRatio
    frames: int
    effective: float
    over: bool


class FaceScales:
    """What an artifact of task ``face-swap`` is shown of a face, and what its raw scores are worth.

    Parameters
    ----------
    artifact : Artifact
        Card and calibrators.

    Raises
    ------
    ArtifactUnfit
        The card asks for something that is not done here, or has no calibrator for a tier.
    """

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        asked = asked_of(artifact.card, _Preprocessing)
        self.side, self.cell = asked.crop, asked.cell
        inputs = [(tensor.name, tensor.shape, tensor.dtype) for tensor in artifact.card.inputs]
        if inputs != [("pixels", (self.side, self.side, 3), "uint8")]:
            raise ArtifactUnfit(f"{artifact.id} takes no aligned crops of faces: take another artifact")
        self._calibrators = artifact.calibrators()
        missing = [tier for tier in ("clean", "web", "hard", FILM) if tier not in self._calibrators]
        if missing:
            raise ArtifactUnfit(f"{artifact.id} has no calibrator for {', '.join(missing)}")

    def crop(self, rgb: Pixels, face: Face) -> Pixels:
        """A face as the network takes it, uint8 (side, side, 3)."""
        return aligned(rgb, face.marks, self.side, NEAR, mirrored=True)

    def place(self, heat: NDArray[np.float32], face: Face, shape: tuple[int, int]) -> NDArray[np.float32]:
        """A heat map laid where its face is: float32 (height, width), NaN where nothing was looked at."""
        matrix = similarity(face.marks, self.side, NEAR)
        large = cv2.resize(heat, (self.side, self.side), interpolation=cv2.INTER_LINEAR)
        made = cv2.warpAffine(
            large, matrix, shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT, borderValue=(float("nan"),) * 4,
        )  # fmt: skip
        return np.asarray(made, dtype=np.float32)

    def weigh(self, raw: float, tier: str, eyes: float) -> LikelihoodRatio:
        """Likelihood ratio of a raw score: a replaced or driven face against an unchanged one."""
        sized = self._calibrators.get(f"{tier}-{size_of(eyes)}", self._calibrators[tier])
        found = sized.apply(raw)
        return LikelihoodRatio(float(found.log10_lr), float(found.low), float(found.high))

    def bound(self, tier: str, eyes: float) -> tuple[float, float]:
        """Lowest and highest log10 LR that can be said of a face of that tier and size."""
        return self._calibrators.get(f"{tier}-{size_of(eyes)}", self._calibrators[tier]).bound

    def point(self, tier: str) -> OperatingPoint | None:
        """The operating point of a tier with its measured rates; None where the card has none."""
        name, where = (FILM, None) if tier == FILM else (POINT, tier)
        points = self.artifact.card.operating_points
        return next((point for point in points if (point.name, point.tier) == (name, where)), None)

    def over(self, raw: float, tier: str) -> bool:
        """Whether a raw score lies above the operating point of its tier."""
        point = self.point(tier)
        return point is not None and raw >= point.threshold


class FaceScorer(FaceScales):
    """Scores faces.

    Parameters
    ----------
    engine : Engine
        Runs an artifact of task ``face-swap`` and hands out `OUTPUTS`; several threads may use it.
    artifact : Artifact
        The same artifact.

    Raises
    ------
    ArtifactUnfit
        See `FaceScales`.
    """

    def __init__(self, engine: Engine, artifact: Artifact) -> None:
        super().__init__(artifact)
        self._engine = engine

    def score(self, crops: Sequence[Pixels], eyes: Sequence[float], tier: str) -> list[FaceScore]:
        """Score crops of faces whose eyes are so many pixels apart in their picture; see `crop`."""
        made: list[Score] = list(self._engine.score({"pixels": one} for one in crops))
        return [
            FaceScore(one.raw, np.asarray(one.arrays["heat"], dtype=np.float32), tier, apart)
            for one, apart in zip(made, eyes, strict=True)
        ]

    def track(self, scores: Sequence[FaceScore]) -> TrackScore | None:
        """What the scores of one track add up to, in order of time; None when they are too few.

        Hand in frames in which the face is fit to be judged only.
        """
        if len(scores) < LEAST_FRAMES:
            return None
        values = np.array([one.raw for one in scores])
        middle, size = float(np.median(values)), independent(values)
        error = _MEDIAN * float(values.std(ddof=1)) / np.sqrt(size)
        tier, eyes = scores[0].tier, float(np.median([one.eyes for one in scores]))
        at, under, over = (self.weigh(middle + shift * 1.96 * error, tier, eyes) for shift in (0, -1, 1))
        ratio = LikelihoodRatio(at.log10, min(at.low, under.low), max(at.high, over.high))
        return TrackScore(middle, ratio, len(scores), size, self.over(middle, tier))


def size_of(eyes: float) -> str:
    """Name of the size of a face, see `SIZES`."""
    return next(name for name, end in SIZES.items() if eyes < end)
