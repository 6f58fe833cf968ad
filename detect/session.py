"""One sitting of `assay detect`: paths in, verdicts out, in order, whatever the files do.

Children decode, threads crop and launder, the engine scores: three stages that overlap, with a bounded number of
exhibits between them, so that memory stays flat however long the batch is. Pictures are let go of as soon as their
crops are taken.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from numpy.typing import NDArray

from ..intake.child import Child
from ..intake.exhibit import Exhibit
from ..intake.limits import DEFAULT, Limits
from ..intake.refusals import ExhibitRefused
from ..intake.sources import Refused, Source, Sources
from ..models.artifact import Artifact
from ..models.devices import usable_cores
from ..models.engine import Engine, RunRecord
from ..models.registry import Registry
from .analyzers import edits
from .analyzers.edits import EditMap
from .analyzers.faces import Faces
from .analyzers.faceswap import FaceSwaps
from .analyzers.published import Published, PublishedVideo, is_published
from .analyzers.synthetic import Synthetic, outputs
from .analyzers.syntheticvideo import SyntheticVideo
from .bench import bench
from .faces import finder, scoring
from .faces.scoring import FaceScorer
from .likeness.known import Known
from .likeness.twins import Group, Twins
from .media import DECODER
from .preparation import Preparation, Preparer, Stage, failed_by_us
from .samples import Samples
from .submission import Submission
from .values import ArtifactRef, Film, Finding, Profile, Reason, Verdict
from .verdict import judge
from .video.calibration import film_calibration
from .video.reel import Reel
from .video.samples import ClipSamples

__all__ = ["TASK", "Detector", "Place", "Progress", "Stage", "Submission", "detect"]

TASK = "synthetic-image"
"""Task of the artifact that is taken from the registry."""

DEFAULT_PRIOR = 0.5
"""Prior where a card states none."""

_BY_BYTES = Reason(
    "video-compared-by-bytes",
    "a video is compared with others by its bytes alone, and none before it in this batch has the same",
)

NO_ENCODER = Reason(
    "overlay-not-coded", "no video encoder is at hand: the frames are drawn in the pictures of the findings alone"
)

Place = str | os.PathLike[str]
Progress = Callable[[Verdict], None]


class Detector:
    """Everything that `detect` needs, loaded once: the engine with its artifact, and the children.

    Use it as a context manager; it can run any number of batches, one at a time.

    Parameters
    ----------
    profile : "fast" | "standard" | "full"
        ``fast``: fewest crops and no stability test; ``standard``: more crops and two launderings; ``full``: every
        laundering, a map of nearly the whole picture, the map of edits, and the analyzers that look at every pixel.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    workers : int | None
        Exhibits prepared at a time, each by a child and a thread of its own; by default one for each core, at most 8.
    limits : Limits
        See :class:`~assay.intake.limits.Limits`.
    artifact : Artifact | None
        The one to use; by default the registry's for ``synthetic-image``.
    pictures : bool
        Draw a picture for each finding that has a map (:attr:`Finding.picture <assay.detect.values.Finding>`); costs
        up to 24 more looks of the network an exhibit.
    anchors : str
        Certificates in PEM: signers of Content Credentials that lead to one of them are *trusted*. None by default.
    known : path-like | Known | None
        A list of known pictures that each exhibit is looked up in; see `--known` in docs/commands.md.

    Attributes
    ----------
    known : Known | None
        The list, with the lines of it that could not be used.

    Raises
    ------
    AssayError
        When the artifact or the device cannot be used. Trouble with an exhibit is never raised.
    """

    def __init__(
        self,
        *,
        profile: Profile = "standard",
        device: str = "auto",
        workers: int | None = None,
        limits: Limits = DEFAULT,
        artifact: Artifact | None = None,
        pictures: bool = False,
        anchors: str = "",
        known: Place | Known | None = None,
    ) -> None:
        self.known = Known.read(known, limits) if isinstance(known, str | os.PathLike) else known
        self._twins = Twins(limits.remembered_pictures)
        if profile not in ("fast", "standard", "full"):
            raise ValueError(f"profile is fast, standard or full, not {profile!r}")
        self._limits = limits
        self._workers = max(1, min(8, usable_cores()) if workers is None else workers)
        self._stack = ExitStack()
        try:
            self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="exhibit")
            self._stack.callback(self._pool.shutdown, wait=True, cancel_futures=True)
            self._children: SimpleQueue[Child] = SimpleQueue()
            for _ in range(self._workers):
                child = self._stack.enter_context(Child(limits, preload=[DECODER]))
                # They start while the engine loads; one that cannot start now says so at its first exhibit.
                self._pool.submit(_start, child)
                self._children.put(child)
            self.artifact = Registry().default(TASK) if artifact is None else artifact
            self._engine = self._stack.enter_context(
                Engine.open(self.artifact, device=device, deterministic=True, outputs=outputs(self.artifact))
            )
            self._synthetic: Synthetic | Published
            self._film: SyntheticVideo | PublishedVideo
            if is_published(self.artifact):
                self._synthetic = Published(self._engine, self.artifact, profile)
                self._film = PublishedVideo(self.artifact)
            else:
                self._synthetic = Synthetic(self._engine, self.artifact, profile, pictures=pictures)
                self._film = SyntheticVideo(self.artifact, profile, pictures=pictures, films=film_calibration())
            card = self.artifact.card
            self._prior = DEFAULT_PRIOR if card.prior is None else card.prior
            self._doubts = tuple(_doubts(self._engine.record))
            self._used: tuple[ArtifactRef, ...] = (_named(self.artifact),)
            mapper = self._map_of_edits(device, pictures) if profile == "full" else None
            told = bench(profile, pictures=pictures)
            also = () if self.known is None else self.known.also
            scorer = self._scorer_of_faces(device)
            faces = Faces(profile, pictures=pictures, scorer=scorer, prior=self._prior)
            found = Registry().default(finder.TASK)
            self._used += (_named(found),)
            swaps = FaceSwaps(scorer, found, profile, pictures=pictures)
            self._preparer = Preparer(
                self._children, limits, self._synthetic, self._film, faces, told, anchors, also, mapper, swaps
            )
        except BaseException:
            self._stack.close()
            raise

    def _map_of_edits(self, device: str, pictures: bool) -> EditMap:
        """Its engine is another one, which the verdicts name."""
        artifact = Registry().default(edits.TASK)
        engine = self._stack.enter_context(
            Engine.open(artifact, device=device, deterministic=True, outputs=edits.OUTPUTS)
        )
        self._doubts += tuple(_doubts(engine.record))
        self._used += (_named(artifact),)
        return EditMap(engine, artifact, pictures=pictures)

    def _scorer_of_faces(self, device: str) -> FaceScorer:
        """Its engine is one more, which the verdicts name."""
        artifact = Registry().default(scoring.TASK)
        engine = self._stack.enter_context(
            Engine.open(artifact, device=device, deterministic=True, outputs=scoring.OUTPUTS)
        )
        self._doubts += tuple(_doubts(engine.record))
        self._used += (_named(artifact),)
        return FaceScorer(engine, artifact)

    def __enter__(self) -> "Detector":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the children and let go of the engine."""
        self._stack.close()

    @property
    def record(self) -> RunRecord:
        """Exactly what runs: device, threads, libraries, artifact, golden check."""
        return self._engine.record

    @property
    def groups(self) -> list[Group]:
        """Near twins of the last batch, in groups; complete when all its verdicts were taken."""
        return self._twins.groups()

    def glance(self, path: Path) -> Reel | None:
        """Look through a video, for a :class:`Submission` of it later on, so that this need not be done twice.

        Returns
        -------
        Reel | None
            Depends on the profile. None for what is no video, or cannot be looked through: running it says why.
        """
        return self._preparer.glance(path)

    def run(
        self,
        paths: Iterable[Place | Submission] | Place,
        *,
        progress: Progress | None = None,
        stage: Stage | None = None,
    ) -> Iterator[Verdict]:
        """Verdicts for files, folders and ``-``, lazily and in order.

        Parameters
        ----------
        paths : path or iterable of paths or submissions
            See :func:`assay.intake.sources.expand`.
        progress : callable
            Called with each verdict just before it is handed out.
        stage : callable
            Called while a video is worked on, from several threads: its name, what is done, how much of it is, and of
            how much, 0 where that is not known.

        Yields
        ------
        Verdict
            One for each file; a file that cannot be assayed gives one that says why.
        """
        self._twins = Twins(self._limits.remembered_pictures)
        self._preparer.stage = stage
        given: Iterable[Place | Submission] = [paths] if isinstance(paths, str | os.PathLike) else paths
        with Sources(self._limits) as sources:
            waiting: deque[Preparation] = deque()
            ready = self._prepared(sources.expand(given))
            exhausted = False

            def rows() -> Iterator[Mapping[str, NDArray[Any]]]:
                nonlocal exhausted
                for one in ready:
                    waiting.append(one)
                    if one.samples is None or one.complete:
                        # Nothing to score: the rows end here for once, so that its verdict need not wait for a score.
                        return
                    yield from one.samples.rows()
                exhausted = True

            while not exhausted:
                asked = time.perf_counter()
                for score in self._engine.score(rows()):
                    arrived = time.perf_counter()
                    waiting[0].scores.append(score)
                    waiting[0].seconds += arrived - max(asked, waiting[0].ready)
                    if stage is not None and isinstance(waiting[0].samples, ClipSamples):
                        stage(waiting[0].name, "crops weighed:", len(waiting[0].scores), waiting[0].samples.size)
                    yield from self._finished(waiting, progress)
                    asked = time.perf_counter()
                yield from self._finished(waiting, progress)

    def _finished(self, waiting: "deque[Preparation]", progress: Progress | None) -> Iterator[Verdict]:
        while waiting and waiting[0].complete:
            verdict = self._concluded(waiting.popleft())
            if progress is not None:
                progress(verdict)
            yield verdict

    def _prepared(self, sources: Iterator[Source | Refused]) -> Iterator[Preparation]:
        """Prepared exhibits in order; never more under way than twice the workers."""
        pending: deque[Future[Preparation]] = deque()
        try:
            for source in sources:
                pending.append(self._pool.submit(self._preparer.prepare, source))
                if len(pending) > 2 * self._workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()

    def _concluded(self, prepared: Preparation) -> Verdict:
        begun = time.perf_counter()
        if prepared.verdict is not None:
            return replace(prepared.verdict, seconds=prepared.seconds)
        assert prepared.samples is not None and prepared.exhibit is not None
        try:
            return self._judged(prepared, begun)
        except Exception as error:
            return replace(failed_by_us(prepared, error), seconds=prepared.seconds)

    def _judged(self, prepared: Preparation, begun: float) -> Verdict:
        assert prepared.samples is not None and prepared.exhibit is not None
        samples = prepared.samples
        timeline: tuple[tuple[float, float], ...] = ()
        film: Film | None = None
        trouble: tuple[Reason, ...] = ()
        if isinstance(samples, ClipSamples):
            scored = self._film.conclude(samples, prepared.scores)
            # What is withheld would drown what is not.
            timeline = prepared.timeline or self._film.timeline(samples, prepared.scores, self._prior)
            film, trouble = self._overlay(prepared, samples, timeline)
        else:
            scored = self._synthetic.conclude(samples, prepared.scores)
        findings = (scored, *prepared.findings, *self._likeness(prepared, prepared.exhibit))
        judgement = judge(findings, self._prior)
        return Verdict(
            path=prepared.name,
            sha256=prepared.exhibit.sha256,
            kind=prepared.exhibit.kind,
            outcome=judgement.outcome,
            reasons=(*judgement.reasons, *self._doubts, *prepared.notes, *trouble),
            score=judgement.score,
            proposition=judgement.proposition,
            tier=None if samples.tier is None else samples.tier.tier,
            answers=judgement.answers,
            findings=findings,
            artifacts=self._artifacts(prepared, samples),
            faces=prepared.faces,
            seconds=prepared.seconds + time.perf_counter() - begun,
            timeline=timeline,
            overlay=film,
        )

    def _artifacts(self, prepared: Preparation, samples: Samples | ClipSamples) -> tuple[ArtifactRef, ...]:
        """What took part; the map of edits looks at pictures alone."""
        if isinstance(samples, ClipSamples):
            return (*self._used[:1], *self._film.used, *prepared.used)
        return self._used

    def _overlay(
        self, prepared: Preparation, samples: ClipSamples, timeline: Sequence[tuple[float, float]]
    ) -> tuple[Film | None, tuple[Reason, ...]]:
        """The overlay of a video, if pictures are asked for, and what went wrong with it."""
        gallery = prepared.gallery
        if gallery is None or not gallery.frames:
            return None, ()
        try:
            heats = self._film.heats(samples, prepared.scores)
            words = {t: f"score {score:.2f}" for t, score in timeline}
            film = gallery.film(gallery.scenes(prepared.faces, heats, words), timeline)
        except Exception as error:
            # A fault of the drawing must not cost the exhibit its answer.
            told = f"assay could not draw the overlay ({type(error).__name__}: {str(error)[:200]}): please report it"
            return None, (Reason("picture-not-drawn", told),)
        return film, () if film is not None else (NO_ENCODER,)

    def _likeness(self, prepared: Preparation, exhibit: Exhibit) -> Iterator[Finding]:
        twins = self._twins if prepared.twins is None else prepared.twins
        placed = twins.place(prepared.name, exhibit.sha256, prepared.fingerprint)
        yield placed if placed.applies or exhibit.kind != "video" else replace(placed, why_not=_BY_BYTES)
        if self.known is not None:
            yield self.known.look({"sha256": exhibit.sha256, **dict(exhibit.digests)}, prepared.fingerprint)


def detect(
    paths: Iterable[Place] | Place,
    *,
    profile: Profile = "standard",
    device: str = "auto",
    workers: int | None = None,
    limits: Limits = DEFAULT,
    artifact: Artifact | None = None,
    pictures: bool = False,
    anchors: str = "",
    known: Place | Known | None = None,
    progress: Progress | None = None,
) -> Iterator[Verdict]:
    """Assay pictures and videos: one verdict for each file, lazily and in order.

    Parameters
    ----------
    paths : path or iterable of paths
        Files, folders, or ``-`` for standard input.
    profile, device, workers, limits, artifact, pictures, anchors, known
        See :class:`Detector`.
    progress : callable
        Called with each verdict.

    Examples
    --------
    >>> from assay import detect
    >>> for verdict in detect(["holiday.jpg"]):  # doctest: +SKIP
    ...     print(verdict.outcome, verdict.support)
    ...     for finding in verdict.findings:
    ...         print(finding.analyzer, finding.words, {name: a.shape for name, a in finding.arrays.items()})
    """
    with Detector(
        profile=profile,
        device=device,
        workers=workers,
        limits=limits,
        artifact=artifact,
        pictures=pictures,
        anchors=anchors,
        known=known,
    ) as detector:
        yield from detector.run(paths, progress=progress)


def _named(artifact: Artifact) -> ArtifactRef:
    return ArtifactRef(artifact.card.name, artifact.card.version, artifact.sha256)


def _doubts(record: RunRecord) -> Iterator[Reason]:
    """What every verdict of this run must say about the artifact on this machine."""
    golden = record.golden
    if golden is not None and not golden.within:
        yield Reason(
            "golden-differs",
            f"the artifact's golden outputs differ by {golden.max_difference:.3g} on this processor, more than the "
            f"{golden.tolerance:.3g} that its card allows: scores fit the card's figures only that closely",
        )


def _start(child: Child) -> None:
    try:
        child.start()
    except ExhibitRefused:
        return
