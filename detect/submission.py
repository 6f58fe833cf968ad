"""A file with what its submitter knows of it already: its name, what came before it, what was seen of it."""

from dataclasses import dataclass

from ..intake.sources import Source
from .likeness.twins import Twins
from .video.reel import Reel

__all__ = ["Submission"]


@dataclass(frozen=True, slots=True)
class Submission(Source):
    """One file for :meth:`assay.detect.session.Detector.run`, where a path alone does not say enough.

    Attributes
    ----------
    path : Path
        Where its bytes are.
    name : str
        What the submitter calls it; the verdict bears it.
    twins : Twins | None
        The pictures it is compared with, and that it joins; None: those before it in the same run. Whoever puts
        batches of several submitters into one run keeps them apart by this.
    reel : Reel | None
        What an earlier look through the video found, from :meth:`assay.detect.session.Detector.glance`; None: it is
        looked through now.
    """

    twins: Twins | None = None
    reel: Reel | None = None
