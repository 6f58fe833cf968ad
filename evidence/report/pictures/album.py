"""The pictures of exhibits: each decoded once more in a bounded child, drawn, and written into the folder."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import cv2
import numpy as np
from PIL import Image

from ....detect.media import DECODER, Pixels, read_picture
from ....detect.values import Proposition
from ....errors import AssayError
from ....intake.child import Child
from ....intake.exhibit import Exhibit
from ....intake.limits import DEFAULT as INTAKE
from ..limits import DEFAULT
from ..model import Overlay, Picture
from ..model import Table as Numbers
from . import maps, views

if TYPE_CHECKING:
    from ....detect.values import Verdict

__all__ = ["Album"]

_FOLDER: Final = "pictures"
_QUALITY: Final = 88
_ERROR_LEVEL: Final = "error-level"
"""An analyzer whose own picture shows what the JPEG view would."""


class Album:
    """Draws and writes pictures; a context manager, since it holds the child that decodes.

    Parameters
    ----------
    root : Path
        Folder of the report.

    Attributes
    ----------
    left_out : int
        Exhibits without pictures because there are enough of them.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._child: Child | None = None
        self._drawn = 0
        self.left_out = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.close()

    def of(self, number: int, verdict: "Verdict", file: Path | None = None) -> list[Picture]:
        """Draw an exhibit; none when it cannot be decoded again, which its facts say, or enough were drawn.

        Its bytes are in `file`, or where its path says.
        """
        if verdict.kind is None or verdict.sha256 is None or (verdict.path == "-" and file is None):
            return []
        if self._drawn >= DEFAULT.pictured:
            self.left_out += 1
            return []
        if verdict.kind == "video":
            # Its frames are let go of: what is shown was drawn while they were there.
            shown = [(each.analyzer, each.picture) for each in verdict.findings if each.picture is not None]
            self._drawn += bool(shown)
            return [self._kept(number, "finding", name, _bounded(picture)) for name, picture in shown]
        rgb = self._decoded(verdict, file)
        if rgb is None:
            return []
        self._drawn += 1
        return list(self._pictures(number, verdict, rgb))

    def overlay(self, number: int, verdict: "Verdict") -> Overlay | None:
        """Write the overlay of a video, where there is one."""
        film = verdict.overlay
        if film is None:
            return None
        file = f"{_FOLDER}/{number:05d}-overlay.{film.ending}"
        place = self._root / file
        place.parent.mkdir(exist_ok=True)
        with place.open("xb") as stream:
            stream.write(film.data)
        return Overlay(file=file, sha256=hashlib.sha256(film.data).hexdigest())

    def _decoded(self, verdict: "Verdict", file: Path | None) -> Pixels | None:
        try:
            if self._child is None:
                self._child = Child(INTAKE, preload=[DECODER])
            exhibit = Exhibit.open(verdict.path if file is None else file, INTAKE)
            if exhibit.sha256 != verdict.sha256:
                return None
            return read_picture(exhibit, self._child, INTAKE, luma=False).rgb
        except (AssayError, OSError):
            return None

    def _pictures(self, number: int, verdict: "Verdict", rgb: Pixels) -> Iterator[Picture]:
        small = maps.small(rgb)
        yield self._kept(number, "exhibit", None, small)
        # The map of the leading proposition first: it is what the answer is about.
        ordered = sorted(verdict.findings, key=lambda finding: finding.proposition is not verdict.proposition)
        for finding in ordered:
            told = finding.explanation
            if told is not None and {"heat", "reliability"} <= told.maps.keys():
                low, high = maps.ends(told)
                numbers = maps.numbers(told)
                kind = "heat" if finding.proposition is Proposition.SYNTHETIC else "edits"
                drawn = maps.heat(small, rgb, told)
                yield self._kept(number, kind, finding.analyzer, drawn, (low, high), numbers)
                yield self._kept(number, "reliability", finding.analyzer, maps.reliability(small, rgb, told))
            elif finding.picture is not None:
                yield self._kept(number, "finding", finding.analyzer, _bounded(finding.picture))
        noise = views.noise(rgb)
        if not any(
            finding.analyzer == _ERROR_LEVEL and finding.picture is not None for finding in verdict.findings
        ):
            jpeg = views.jpeg(rgb)
            yield self._kept(number, "jpeg", None, jpeg.pixels, (jpeg.low, jpeg.high))
        yield self._kept(number, "noise", None, noise.pixels, (noise.low, noise.high))

    def _kept(
        self,
        number: int,
        kind: str,
        analyzer: str | None,
        pixels: Pixels,
        ends: tuple[float, float] | tuple[None, None] = (None, None),
        numbers: Numbers | None = None,
    ) -> Picture:
        stem = f"{number:05d}-{kind}" + (f"-{analyzer}" if analyzer else "")
        data, ending = _encoded(pixels, kind)
        file = f"{_FOLDER}/{stem}{ending}"
        place = self._root / file
        place.parent.mkdir(exist_ok=True)
        with place.open("xb") as stream:
            stream.write(data)
        return Picture(
            kind=kind,
            analyzer=analyzer,
            file=file,
            sha256=hashlib.sha256(data).hexdigest(),
            width=pixels.shape[1],
            height=pixels.shape[0],
            low=ends[0],
            high=ends[1],
            table=numbers,
        )


def _encoded(pixels: Pixels, kind: str) -> tuple[bytes, str]:
    """Photographs as JPEG, flat colours as PNG, whose edges stay sharp."""
    stream = io.BytesIO()
    if kind in ("exhibit", "heat", "edits", "finding"):
        Image.fromarray(pixels).save(stream, "JPEG", quality=_QUALITY, subsampling=0)
        return stream.getvalue(), ".jpg"
    Image.fromarray(pixels).save(stream, "PNG", compress_level=6)
    return stream.getvalue(), ".png"


def _bounded(pixels: Pixels) -> Pixels:
    longer = max(pixels.shape[:2])
    most = 2 * DEFAULT.picture_side
    if longer <= most:
        return pixels
    size = (round(pixels.shape[1] * most / longer), round(pixels.shape[0] * most / longer))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
