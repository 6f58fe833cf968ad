"""An exhibit made ready for the network: opened, decoded in a child, told about, sampled.

Everything that can go wrong with a file goes wrong here, and becomes its coded verdict.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

from ..intake.child import Child
from ..intake.exhibit import Exhibit
from ..intake.limits import Limits
from ..intake.refusals import ExhibitRefused
from ..intake.sources import Refused, Source
from ..models.engine import Score
from .analyzers import Analyzer
from .analyzers.edits import EditMap
from .analyzers.faces import Faces
from .analyzers.faceswap import FaceSwaps
from .analyzers.published import Published, PublishedVideo
from .analyzers.synthetic import Synthetic
from .analyzers.syntheticvideo import SyntheticVideo
from .credentials import read_credentials
from .likeness.fingerprint import Fingerprint, fingerprint
from .likeness.twins import Twins
from .media import Picture, read_picture
from .samples import Samples
from .submission import Submission
from .values import ArtifactRef, FaceTrack, Finding, Outcome, Proposition, Reason, Verdict
from .video.clip import read_clip
from .video.gallery import Gallery
from .video.reel import Reel
from .video.samples import ClipSamples
from .video.viewing import SOUND, view

__all__ = ["LARGE", "Preparation", "Preparer", "Stage", "failed_by_us"]

Stage = Callable[[str, str, int, int], None]
"""Told which exhibit is worked on, what is done, how much of it is, and of how much."""

LARGE = 32_000_000
"""Pictures of more pixels than this are looked at one at a time: each needs some ten bytes a pixel for it."""

# What was done to a picture before it was looked at, where it bears on the answer.
_NOTES = {
    "first-frame-only": "the file is animated: only its first frame was assayed",
    "first-picture-only": "the file holds several pictures: only the first was assayed",
    "first-page-only": "the file holds several pages: only the first was assayed",
    "primary-picture-only": "the file holds several pictures: only the one that it names as primary was assayed",
    "raw-preview": "the file holds a camera's raw data: only the preview in it was assayed",
    "from-10-bit": "10 bits a channel were reduced to 8",
    "from-12-bit": "12 bits a channel were reduced to 8",
    "from-lab": "colours of CIE L*a*b* were converted",
    "hdr-as-stored": "the tone curve for bright screens was not applied: it looks flatter than on such a screen",
    "transparency-on-white": "transparent parts were laid on white before the picture was assayed",
    "from-16-bit": "16 bits a channel were reduced to 8",
    "from-32-bit": "32 bits a channel were scaled to 8",
    "from-cmyk": "printing colours were converted",
}


@dataclass(slots=True)
class Preparation:
    """What is known of an exhibit before the network has seen it.

    Attributes
    ----------
    name : str
        What the submitter calls it.
    exhibit : Exhibit | None
        None when it could not be opened.
    verdict : Verdict | None
        The answer, when there is one without a network.
    samples : Samples | ClipSamples | None
        What the network must see.
    findings : tuple of Finding
        Of the analyzers that need no network.
    notes : tuple of Reason
        What was done to the picture.
    faces : tuple of FaceTrack
        Of a video: those that were followed.
    used : tuple of ArtifactRef
        Of a video: what took part beside the network.
    gallery : Gallery | None
        Of a video: what its overlay is drawn of.
    timeline : tuple of (float, float)
        Of a video: seconds and score of the faces in each frame in which one was scored.
    fingerprint : Fingerprint | None
        Hashes of what is shown; None when it is too even, or was not decoded.
    twins : Twins | None
        What it is compared with, where that is not the run.
    scores : list of Score
        Of the samples' rows so far.
    seconds : float
        Time spent: preparing it, then waiting for its scores.
    ready : float
        ``time.perf_counter()`` when it was prepared.
    """

    name: str
    exhibit: Exhibit | None = None
    verdict: Verdict | None = None
    samples: Samples | ClipSamples | None = None
    findings: tuple[Finding, ...] = ()
    notes: tuple[Reason, ...] = ()
    faces: tuple[FaceTrack, ...] = ()
    used: tuple[ArtifactRef, ...] = ()
    gallery: Gallery | None = None
    timeline: tuple[tuple[float, float], ...] = ()
    fingerprint: Fingerprint | None = None
    twins: Twins | None = None
    scores: list[Score] = field(default_factory=list)
    seconds: float = 0.0
    ready: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every row has its score."""
        return len(self.scores) == (0 if self.samples is None else self.samples.size)


class Preparer:
    """Prepares exhibits; several threads may use it, each takes a child of its own for as long as it decodes.

    Parameters
    ----------
    children : SimpleQueue of Child
        As many as there are threads.
    limits : Limits
        On files and pictures.
    synthetic : Synthetic | Published
        Takes the samples of pictures.
    film : SyntheticVideo | PublishedVideo
        Takes those of videos.
    faces : Faces
        Finds and follows faces in them.
    analyzers : sequence of Analyzer
        Those that need no network, in the order of their findings.
    anchors : str
        Certificates in PEM whose signers of Content Credentials are trusted.
    also : sequence of str
        Digests to take of each file beside SHA-256.
    mapper : EditMap | None
        Comes after them, since it weighs what they claim.
    swaps : FaceSwaps | None
        Looks for replaced faces in pictures.

    Attributes
    ----------
    stage : callable | None
        Told what is done to a video.
    """

    def __init__(
        self,
        children: "SimpleQueue[Child]",
        limits: Limits,
        synthetic: Synthetic | Published,
        film: SyntheticVideo | PublishedVideo,
        faces: Faces,
        analyzers: Sequence[Analyzer],
        anchors: str = "",
        also: Sequence[str] = (),
        mapper: EditMap | None = None,
        swaps: FaceSwaps | None = None,
    ) -> None:
        self.stage: Stage | None = None
        self._also = tuple(also)
        self._children = children
        self._limits = limits
        self._synthetic = synthetic
        self._film = film
        self._faces = faces
        self._anchors = anchors
        self._told = tuple(analyzers)
        self._mapper = mapper
        self._swaps = swaps
        self._one_large = threading.Lock()

    def prepare(self, source: Source | Refused) -> Preparation:
        """Prepare one exhibit; never raises for what a file may hold."""
        begun = time.perf_counter()
        prepared = Preparation(source.name)
        if isinstance(source, Submission):
            prepared.twins = source.twins
        try:
            if isinstance(source, Refused):
                raise source.error
            self._look(source, prepared)
        except ExhibitRefused as error:
            prepared.verdict = _unassayed(prepared, Outcome.FAILED, Reason(error.code, str(error)))
        except Exception as error:
            prepared.verdict = failed_by_us(prepared, error)
        prepared.ready = time.perf_counter()
        prepared.seconds = prepared.ready - begun
        return prepared

    def glance(self, path: Path) -> Reel | None:
        """Look through a video, for a later `prepare`; None for what is none, or cannot be looked through."""
        try:
            exhibit = Exhibit.open(path, self._limits)
            if exhibit.require_media().kind != "video":
                return None
            child = self._children.get()
            try:
                frames, watched = self._film.budget.frames, self._faces.watched
                return read_clip(exhibit, child, self._limits, samples=frames, watched=watched).reel
            finally:
                self._children.put(child)
        except ExhibitRefused:
            return None

    def _look(self, source: Source, prepared: Preparation) -> None:
        exhibit = prepared.exhibit = Exhibit.open(
            source.path, self._limits, name=source.name, also=self._also
        )
        media = exhibit.require_media()
        if media.kind == "video":
            self._view(exhibit, prepared, source.reel if isinstance(source, Submission) else None)
            return
        child = self._children.get()
        try:
            picture = read_picture(exhibit, child, self._limits)
            picture = replace(picture, credentials=read_credentials(exhibit, child, self._anchors))
        finally:
            self._children.put(child)
        prepared.notes = tuple(Reason(code, _NOTES[code]) for code in picture.facts.notes if code in _NOTES)
        with self._one_large if picture.rgb.size > 3 * LARGE else nullcontext():
            prepared.findings = tuple(self._told_by(analyzer, picture) for analyzer in self._told)
            prepared.fingerprint = fingerprint(picture.rgb)
            if self._mapper is not None:
                prepared.findings += (self._mapper.analyze(picture, prepared.findings),)
            if self._swaps is not None:
                prepared.findings += (self._swaps.analyze(picture),)
            prepared.samples = self._synthetic.samples(picture)

    def _view(self, exhibit: Exhibit, prepared: Preparation, reel: Reel | None) -> None:
        child = self._children.get()
        try:
            tell = None if self.stage is None else partial(self.stage, prepared.name)
            viewed = view(exhibit, child, self._limits, self._film, self._faces, self._anchors, reel, tell)
        finally:
            self._children.put(child)
        prepared.findings, prepared.notes, prepared.samples = viewed.findings, viewed.notes, viewed.samples
        prepared.faces, prepared.used, prepared.gallery = viewed.faces, viewed.used, viewed.gallery
        prepared.timeline = viewed.timeline

    def _told_by(self, analyzer: Analyzer, picture: Picture) -> Finding:
        pixels = picture.rgb.size // 3
        if analyzer.proposition is Proposition.EDITED and pixels > self._limits.searched_pixels:
            words = (
                f"the picture has {pixels:,} pixels, more than searched_pixels = {self._limits.searched_pixels:,}: "
                "cut out the part in question and assay that as well"
            )
            return Finding(analyzer.name, analyzer.proposition, False, why_not=Reason("too-large", words))
        return analyzer.analyze(picture)


def failed_by_us(prepared: Preparation, error: Exception) -> Verdict:
    """The verdict when assay itself is at fault, which must not cost the rest of the batch its answers."""
    words = f"assay itself failed on this file ({type(error).__name__}: {str(error)[:200]}): please report it"
    return _unassayed(prepared, Outcome.FAILED, Reason("internal-error", words))


def _unassayed(
    prepared: Preparation, outcome: Literal[Outcome.FAILED, Outcome.NOT_APPLICABLE], reason: Reason
) -> Verdict:
    prepared.samples = None
    exhibit = prepared.exhibit
    return Verdict(
        path=prepared.name,
        sha256=None if exhibit is None else exhibit.sha256,
        kind=None if exhibit is None else exhibit.kind,
        outcome=outcome,
        reasons=(reason, SOUND) if exhibit is not None and exhibit.kind == "video" else (reason,),
    )
