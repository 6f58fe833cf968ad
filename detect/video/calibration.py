"""What a score of the picture probe is worth on frames of a video: calibrators that were made of films.

They belong to one artifact, whose hash they name; for another one there are none, and the calibration of still pictures
is shown in their place.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...models.artifact import Artifact
from ...models.calibration import Calibrator
from ...models.card import OperatingPoint
from ...models.registry import Registry, RegistryError
from ..forge.launder import Tier
from ..scales import Scales, scale

__all__ = ["FAMILY", "FILM", "TASK", "VideoScales", "film_calibration"]

TASK = "synthetic-film"
"""Task of the artifact that holds them."""

FAMILY = "film-calibration"
FILM = "film"
"""Name of its calibrators and operating points, followed by the number of crops of a frame."""

STILLS: Tier = "hard"
"""The tier of still pictures whose calibrators stand in for them."""


@dataclass(frozen=True, slots=True)
class VideoScales:
    """Calibrators and operating points for the median frame of a video.

    Attributes
    ----------
    films : Artifact | None
        Where they come from; None: they are those of still pictures.
    """

    stills: Scales
    films: Artifact | None
    _calibrators: Mapping[str, Calibrator]
    _points: Mapping[str, OperatingPoint]

    @classmethod
    def of(cls, probe: Artifact, films: Artifact | None) -> "VideoScales":
        """For scores of an artifact; `films` is left alone when it was made for another."""
        if films is None or films.card.architecture.parameters.get("of") != probe.sha256:
            return cls(Scales(probe), None, {}, {})
        points = {point.name: point for point in films.card.operating_points}
        return cls(Scales(probe), films, films.calibrators(), points)

    def calibrator(self, count: int) -> Calibrator:
        """For means over `count` crops of a frame; of a number that there is nothing for, the next smaller one's."""
        for smaller in range(max(count, 1), 0, -1):
            if scale(FILM, smaller) in self._calibrators:
                return self._calibrators[scale(FILM, smaller)]
        return self.stills.calibrator(STILLS, count)

    def point(self, count: int) -> OperatingPoint | None:
        """The fixed threshold and its measured rates, None where there is none."""
        for smaller in range(max(count, 1), 0, -1):
            if scale(FILM, smaller) in self._points:
                return self._points[scale(FILM, smaller)]
        return self.stills.point(STILLS, count)


def film_calibration() -> Artifact | None:
    """The artifact of the registry, None when none is installed."""
    try:
        return Registry().default(TASK)
    except RegistryError:
        return None
