"""Whether what a file says of its camera hangs together: device, times, sizes, place, thumbnail.

Rules, not statistics: each observation has a code, words, and the innocent explanation beside it.
"""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .makers import maker_reasons
from .media import Facts, Picture, Pixels
from .timeline import time_reasons
from .values import Reason

__all__ = ["THUMBNAIL_LEAST", "camera_of", "observations", "thumbnail_likeness"]

THUMBNAIL_LEAST = 0.80
"""A thumbnail whose correlation with the picture is below this shows something else."""

_EXPOSURE = (
    "ExposureTime",
    "FNumber",
    "ISOSpeedRatings",
    "PhotographicSensitivity",
    "FocalLength",
    "ShutterSpeedValue",
    "ApertureValue",
)


def camera_of(facts: Facts) -> str | None:
    """Camera that the file names, with exposure data beside it; None when it names none."""
    # ComfyUI writes its prompt and its workflow into these fields of a WebP.
    make, model = (
        "" if len(word) > 80 or word.startswith(("prompt:", "workflow:")) else word
        for word in (_word(facts, name) for name in ("Make", "Model"))
    )
    if not model and not make:
        return None
    return model if make and model.lower().startswith(make.split()[0].lower()) else f"{make} {model}".strip()


def observations(picture: Picture) -> Iterator[Reason]:
    """What is worth telling about camera metadata, most important first."""
    facts = picture.facts
    camera = camera_of(facts)
    exposure = [name for name in _EXPOSURE if facts.exif.get(name) not in (None, "")]
    if camera and exposure:
        yield Reason(
            "camera-metadata",
            f"names the camera {camera} with {len(exposure)} exposure values (a claim: anyone can write it)",
        )
    elif camera:
        yield Reason(
            "camera-without-exposure",
            f"names the camera {camera} but no exposure: some old cameras and many programs do so",
        )
    else:
        yield Reason(
            "no-camera-metadata",
            "names no camera: most ways of sending a picture strip this, so it proves nothing",
        )
    yield from maker_reasons(facts)
    yield from time_reasons(facts)
    yield from _sizes(facts)
    if any(name.startswith("GPS.GPSL") for name in facts.exif):
        yield Reason(
            "location-inside", "holds the place where it was taken, which is private: mind it when passing it on"
        )
    if picture.thumbnail is not None:
        likeness = thumbnail_likeness(picture.rgb, picture.thumbnail)
        if likeness is not None and likeness < THUMBNAIL_LEAST:
            yield Reason(
                "thumbnail-differs",
                f"the embedded thumbnail shows something else (correlation {likeness:.2f}): the picture was "
                "changed or cropped "
                "after the thumbnail was made, or the thumbnail was copied from elsewhere",
            )


def _sizes(facts: Facts) -> Iterator[Reason]:
    width, height = (facts.exif.get(name) for name in ("ExifImageWidth", "ExifImageHeight"))
    if not isinstance(width, int) or not isinstance(height, int) or min(width, height) <= 1:
        return
    if sorted((width, height)) != sorted((facts.stored_width, facts.stored_height)):
        yield Reason(
            "size-differs",
            f"the camera says {width} x {height}, the picture has {facts.stored_width} x {facts.stored_height}: "
            "it was resized or "
            "cropped, as galleries and messengers do",
        )


def thumbnail_likeness(rgb: Pixels, thumbnail: Pixels) -> float | None:
    """Correlation of picture and thumbnail, -1..1, at the best framing, turn and small shift.

    Thumbnails are often 160 x 120 whatever the shape of the picture: with black bars, squeezed, or cut at the sides.
    None when either is too even for a correlation to mean anything.
    """
    scale = 4 * max(thumbnail.shape[:2]) / max(rgb.shape[:2])
    large = (
        _grey(rgb)
        if scale >= 1
        else _grey(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    )
    best: float | None = None
    # Every turn: the picture was turned upright, and some programs turn pictures without telling the thumbnail.
    for turn in range(4):
        small = _grey(np.ascontiguousarray(np.rot90(thumbnail, turn)))
        for framed in _framings(small):
            likeness = _correlation(large, framed)
            if likeness is not None and (best is None or likeness > best):
                best = likeness
    return best


def _framings(small: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    yield small
    rows = np.flatnonzero(small.max(axis=1) > 24)
    columns = np.flatnonzero(small.max(axis=0) > 24)
    if rows.size > 8 and columns.size > 8 and (rows.size < small.shape[0] or columns.size < small.shape[1]):
        yield small[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _correlation(large: NDArray[np.float32], small: NDArray[np.float32]) -> float | None:
    height, width = small.shape
    best: float | None = None
    for part in _shapes(large, width / height):
        resized = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
        # The middle of the thumbnail may lie a little off: early cameras made it from another read-out of the sensor.
        top, left = height // 10, width // 10
        middle = cv2.GaussianBlur(small, (0, 0), 1.5)[top : height - top, left : width - left]
        if resized.std() < 4 or middle.std() < 4:
            continue
        value = float(
            cv2.matchTemplate(cv2.GaussianBlur(resized, (0, 0), 1.5), middle, cv2.TM_CCOEFF_NORMED).max()
        )
        best = value if best is None else max(best, value)
    return best


def _shapes(large: NDArray[np.float32], aspect: float) -> Iterator[NDArray[np.float32]]:
    yield large
    height, width = large.shape
    if width / height > aspect * 1.02:
        cut = round((width - height * aspect) / 2)
        yield large[:, cut : width - cut]
    elif width / height < aspect / 1.02:
        cut = round((height - width / aspect) / 2)
        yield large[cut : height - cut]


def _grey(rgb: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.float32)


def _word(facts: Facts, name: str) -> str:
    value = facts.exif.get(name)
    return value.strip("\x00 ") if isinstance(value, str) else ""
