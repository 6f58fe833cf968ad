"""Plots of the artifacts that took part, drawn into the folder, with the exhibit marked where there is only one."""

import hashlib
from typing import TYPE_CHECKING

from ..model import Artifact, Exhibit, Picture
from ..pictures.calibration import Drawn, curve, tippett
from ..words import Words
from .folder import Folder

if TYPE_CHECKING:
    from ....models.artifact import Artifact as Opened

__all__ = ["kept", "plotted"]


def plotted(
    made: Artifact, opened: "Opened", folder: Folder, words: Words, weighed: Exhibit | None, *, marked: bool
) -> Artifact:
    """The artifact with its plots: those of the calibrator that an exhibit was weighed with, else of its first one.

    Parameters
    ----------
    weighed
        An exhibit with a ratio, None when there is none.
    marked
        Draw the place of that exhibit.
    """
    if opened.card.calibration is None:
        return made
    calibrators = opened.calibrators()
    name, place = _weighed(weighed, tuple(calibrators))
    mark = place if marked else None
    pictures = [
        kept(folder, f"pictures/{made.name}-{kind}.svg", kind, drawn)
        for kind, drawn in (
            ("tippett", tippett(calibrators[name], words, None if mark is None else mark[1])),
            ("calibration", curve(calibrators[name], words, mark)),
        )
    ]
    return made.model_copy(update={"pictures": pictures})


def kept(folder: Folder, file: str, kind: str, drawn: Drawn) -> Picture:
    """Write a drawing."""
    data = drawn.svg.encode()
    folder.write(file, data)
    digest = hashlib.sha256(data).hexdigest()
    return Picture(
        kind=kind, file=file, sha256=digest, width=drawn.size[0], height=drawn.size[1], table=drawn.table
    )


def _weighed(single: Exhibit | None, names: tuple[str, ...]) -> tuple[str, tuple[float, float] | None]:
    """Name of the calibrator that an exhibit was weighed with, and its raw score and log10 LR."""
    for finding in single.findings if single is not None else ():
        crops = finding.detail.get("crops")
        if finding.score is None or finding.log10_lr is None or not isinstance(crops, list) or single is None:
            continue
        tier = single.tier or "default"
        for count in range(len(crops), 0, -1):
            name = tier if count == 1 else f"{tier}-{count}"
            if name in names:
                return name, (finding.score, finding.log10_lr)
    return names[0], None
