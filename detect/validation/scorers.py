"""Artifacts as scorers of pictures: which parts of a picture the network sees, and what their scores come to."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ...models.artifact import Artifact
from ...models.registry import Registry
from ..analyzers import edits
from ..analyzers.faceswap import MOST
from ..analyzers.published import is_published
from ..analyzers.synthetic import Preprocessing
from ..crops import SIDE, crops
from ..faces import finder, scoring
from ..faces.judging import any_of
from ..faces.quality import quality, unfit
from ..faces.scoring import FaceScales
from ..forge.launder import TIERS, Pixels
from ..published import pixels
from ..scales import ArtifactUnfit, Scales, asked_of
from ..session import TASK
from ..traces.copymove import copies
from ..traces.grid import grids, luminance
from ..values import LikelihoodRatio

__all__ = ["Scorer", "Seen", "scorer_of"]

_SMALL = "picture-too-small"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the network is shown of one picture.

    Attributes
    ----------
    rows
        For the engine, in order.
    weighed
        Whether the score of a row counts, in order.
    added
        What is added to the score of every row: what others claim of the picture.
    eyes
        Of rows that are faces, how far their eyes are apart in the picture, in pixels; else empty.
    why_not
        Code of why there are no rows.
    """

    rows: tuple[Mapping[str, NDArray[Any]], ...]
    weighed: tuple[bool, ...]
    added: float = 0.0
    eyes: tuple[float, ...] = ()
    why_not: str = ""


class Scorer(Protocol):
    """An artifact that scores whole pictures.

    Attributes
    ----------
    identity
        Everything beside the picture that decides a score: artifact, and how it is looked with.
    h1, h2
        What the score speaks for when it is high, and when it is low.
    outputs
        That the engine must hand out beside the score.
    calibrated
        Whether scores have likelihood ratios.
    ranked_by_ratio
        Whether pictures are ranked by their ratio where there is one, since that joins what several parts say.
    """

    identity: str
    calibrated: bool
    ranked_by_ratio: bool
    h1: str
    h2: str
    outputs: tuple[str, ...]

    def show(self, rgb: Pixels, thorough: bool) -> Seen:
        """Parts of a picture, none where the artifact does not apply; `thorough` as in the profile standard."""

    def raw(self, scores: Sequence[float]) -> float:
        """Score of the picture from those of its weighed parts, one or more."""

    def ratio(
        self, scores: Sequence[float], parts: int, tier: str, eyes: Sequence[float] = ()
    ) -> LikelihoodRatio:
        """Likelihood ratio of the picture; `parts` are all parts, weighed or not, `eyes` as in `Seen`."""

    def threshold(self, tier: str | None, parts: int) -> float | None:
        """The artifact's own operating point, on the raw score."""


class CropScorer:
    """Artifacts of the task ``synthetic-image``: the mean over native crops."""

    h1, h2 = "a generated picture", "a camera recording"
    ranked_by_ratio = False
    outputs: tuple[str, ...] = ()
    calibrated = True

    def __init__(self, artifact: Artifact) -> None:
        self._scales = Scales(artifact)
        self._asked = asked_of(artifact.card, Preprocessing)
        self.identity = f"{artifact.sha256}:crops:1"

    def show(self, rgb: Pixels, thorough: bool) -> Seen:
        """As many crops as the profile standard takes of an exhibit, or of one laundering of it."""
        if min(rgb.shape[:2]) < SIDE:
            return Seen((), (), why_not=_SMALL)
        count = self._asked.count("standard") if thorough else self._asked.shaken("standard")
        rows = tuple({"pixels": crop.pixels} for crop in crops(rgb, count))
        return Seen(rows, (True,) * len(rows))

    def raw(self, scores: Sequence[float]) -> float:
        """Mean logit."""
        return float(np.mean(scores))

    def ratio(
        self, scores: Sequence[float], parts: int, tier: str, eyes: Sequence[float] = ()
    ) -> LikelihoodRatio:
        """By the calibrator of the tier and of as many crops."""
        made = self._scales.calibrator(tier, len(scores)).apply(self.raw(scores))
        return LikelihoodRatio(float(made.log10_lr), float(made.low), float(made.high))

    def threshold(self, tier: str | None, parts: int) -> float | None:
        """The fixed threshold of the card."""
        point = self._scales.point(tier or TIERS[0], parts)
        return None if point is None else point.threshold


class PublishedScorer:
    """Imported detectors of the task ``synthetic-image``: the one cut that their makers take.

    Without a calibration there are no likelihood ratios, and the threshold is the makers' own, a logit of 0.
    """

    h1, h2 = CropScorer.h1, CropScorer.h2
    ranked_by_ratio = False
    outputs: tuple[str, ...] = ()

    def __init__(self, artifact: Artifact) -> None:
        self.calibrated = artifact.card.calibration is not None
        self._scales = Scales(artifact) if self.calibrated else None
        self._asked = asked_of(artifact.card, pixels.Preprocessing)
        self.identity = f"{artifact.sha256}:cut:1"

    def show(self, rgb: Pixels, thorough: bool) -> Seen:
        """The cut."""
        if not pixels.fits(self._asked, *rgb.shape[:2]):
            return Seen((), (), why_not=_SMALL)
        return Seen(({"pixels": pixels.taken(self._asked, rgb)},), (True,))

    def raw(self, scores: Sequence[float]) -> float:
        """The logit."""
        return float(scores[0])

    def ratio(
        self, scores: Sequence[float], parts: int, tier: str, eyes: Sequence[float] = ()
    ) -> LikelihoodRatio:
        """By the calibrator of the tier; 1 where there is none."""
        if self._scales is None:
            return LikelihoodRatio(0.0, 0.0, 0.0)
        made = self._scales.calibrator(tier, 1).apply(self.raw(scores))
        return LikelihoodRatio(float(made.log10_lr), float(made.low), float(made.high))

    def threshold(self, tier: str | None, parts: int) -> float | None:
        """The fixed threshold of the card, else the makers'."""
        if self._scales is None:
            return 0.0
        point = self._scales.point(tier or TIERS[0], 1)
        return None if point is None else point.threshold


class WindowScorer:
    """Artifacts of the task ``edit-map``: windows of the picture, and what foreign grids and copied parts add.

    The claims are looked for as they were when their weights were fitted (`forge.edits.claims`); where a picture is
    only changed to see what it does to the network they are left out, since they take longer than the network.
    """

    h1, h2 = "a picture with an edited region", "a picture without one"
    ranked_by_ratio = True
    outputs: tuple[str, ...] = ()
    calibrated = True

    def __init__(self, artifact: Artifact) -> None:
        self._scales = Scales(artifact)
        self._asked = edits.preprocessing_of(artifact)
        self.identity = f"{artifact.sha256}:windows:2"

    def show(self, rgb: Pixels, thorough: bool) -> Seen:
        """All windows of the picture."""
        if min(rgb.shape[:2]) < max(edits.LEAST_SIDE, self._asked.multiple):
            return Seen((), (), why_not="too-small")
        given = self._asked.cut(self._asked.fitted(rgb, self._asked.shrinkage(rgb)))
        rows = tuple({"pixels": one.pixels} for one in given)
        added = self._claimed(rgb) if thorough else 0.0
        telling = tuple(one.telling for one in given)
        return Seen(rows, telling, added, why_not="" if any(telling) else "too-even")

    def _claimed(self, rgb: Pixels) -> float:
        weights = self._asked.claims
        if not any(weights.values()):
            return 0.0
        luma = luminance(rgb)
        found = {"foreign-grid": bool(grids(luma).regions), "copied-region": bool(copies(luma).found)}
        return sum(weight for code, weight in weights.items() if found.get(code) and weight > 0)

    def raw(self, scores: Sequence[float]) -> float:
        """Where no tier is known: a soft maximum, as the mean of ratios is one."""
        return float(np.log(np.mean(np.exp(scores))))

    def ratio(
        self, scores: Sequence[float], parts: int, tier: str, eyes: Sequence[float] = ()
    ) -> LikelihoodRatio:
        """Mean of the windows' ratios, in which those that are too even count as 1."""
        return edits.ratio_of(self._scales.calibrator(tier, 1), np.array(scores), parts)

    def threshold(self, tier: str | None, parts: int) -> float | None:
        """The fixed threshold of the card, which is of one window."""
        point = self._scales.point(tier or TIERS[0], 1)
        return None if point is None else point.threshold


class FacesScorer:
    """Artifacts of the task ``face-swap``: the faces of the picture that are fit to be judged, as an exhibit's are.

    A picture is ranked by its strongest face, and its ratio is that of any of them (`faces.judging.any_of`).
    """

    h1, h2 = "a picture with a replaced face", "a picture whose faces are as recorded"
    ranked_by_ratio = False
    outputs: tuple[str, ...] = ()
    calibrated = True

    def __init__(self, artifact: Artifact) -> None:
        self._scales = FaceScales(artifact)
        self._found_by = Registry().default(finder.TASK)
        # A finder serves one thread.
        self._own = threading.local()
        self.identity = f"{artifact.sha256}:faces:{self._found_by.sha256}:1"

    def show(self, rgb: Pixels, thorough: bool) -> Seen:
        """The fit ones among the largest faces."""
        if not hasattr(self._own, "finder"):
            self._own.finder = finder.FaceFinder(self._found_by)
        faces: list[finder.Face] = self._own.finder.find(rgb)[:MOST]
        looked = [(face, quality(face, rgb)) for face in faces]
        fit = [(face, seen.eyes) for face, seen in looked if not unfit(seen)]
        if not fit:
            return Seen((), (), why_not=next(iter(unfit(looked[0][1]))) if looked else "no-face")
        rows = tuple({"pixels": self._scales.crop(rgb, face)} for face, _ in fit)
        return Seen(rows, (True,) * len(rows), eyes=tuple(float(eyes) for _, eyes in fit))

    def raw(self, scores: Sequence[float]) -> float:
        """The strongest face's."""
        return max(scores)

    def ratio(
        self, scores: Sequence[float], parts: int, tier: str, eyes: Sequence[float] = ()
    ) -> LikelihoodRatio:
        """Mean of the faces' ratios, each by the calibrator of the tier and of its size."""
        pairs = zip(scores, eyes, strict=True)
        return any_of([self._scales.weigh(score, tier, apart) for score, apart in pairs])

    def threshold(self, tier: str | None, parts: int) -> float | None:
        """The fixed threshold of the card, which is of one face."""
        point = self._scales.point(tier or TIERS[0])
        return None if point is None else point.threshold


_TASKS: Final[Mapping[str, Callable[[Artifact], Scorer]]] = {
    TASK: CropScorer,
    edits.TASK: WindowScorer,
    scoring.TASK: FacesScorer,
}
"""How an artifact of a task looks at a picture."""


def scorer_of(artifact: Artifact) -> Scorer:
    """The scorer of an artifact, by its task.

    Raises
    ------
    ArtifactUnfit
        Its task is none of pictures, or its card asks for something that is not done here.
    """
    make = PublishedScorer if is_published(artifact) else _TASKS.get(artifact.card.task)
    if make is None:
        raise ArtifactUnfit(
            f"{artifact.id} has the task {artifact.card.task}, which is not validated on pictures; these are: "
            f"{', '.join(sorted(_TASKS))}"
        )
    return make(artifact)
