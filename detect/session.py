"""One sitting of `assay detect`: paths in, verdicts out, in order, whatever the files do.

Children decode, threads crop and launder, the engine scores: three stages that overlap, with a bounded number of
exhibits between them, so that memory stays flat however long the batch is. Pictures are let go of as soon as their
crops are taken.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from numpy.typing import NDArray

from ..intake.child import Child
from ..intake.limits import DEFAULT, Limits
from ..intake.refusals import ExhibitRefused
from ..intake.sources import Refused, Source, Sources
from ..models.artifact import Artifact
from ..models.devices import usable_cores
from ..models.engine import RunRecord
from ..models.registry import Registry
from .analyzers import edits
from .analyzers.edits import EditMap
from .analyzers.faces import Faces
from .analyzers.faceswap import FaceSwaps
from .analyzers.published import Published, PublishedVideo, is_published
from .analyzers.synthetic import Synthetic, outputs
from .analyzers.syntheticvideo import SyntheticVideo
from .bench import bench
from .conclusion import Conclusion
from .engines import Engines
from .faces import finder, scoring
from .faces.scoring import FaceScorer
from .likeness.known import Known
from .likeness.twins import Group, Twins
from .media import DECODER
from .preparation import Preparation, Preparer, Stage
from .submission import Submission
from .values import Profile, Verdict
from .video.calibration import film_calibration
from .video.reel import Reel
from .video.samples import ClipSamples

__all__ = ["TASK", "Detector", "Place", "Progress", "Stage", "Submission", "detect"]

TASK = "synthetic-image"
"""Task of the artifact that is taken from the registry."""

DEFAULT_PRIOR = 0.5
"""Prior where a card states none."""

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
            engines = Engines(self._stack, device)
            self._engine = engines.open(self.artifact, outputs(self.artifact))
            picture: Synthetic | Published
            film: SyntheticVideo | PublishedVideo
            if is_published(self.artifact):
                picture = Published(self._engine, self.artifact, profile)
                film = PublishedVideo(self.artifact)
            else:
                picture = Synthetic(self._engine, self.artifact, profile, pictures=pictures)
                film = SyntheticVideo(self.artifact, profile, pictures=pictures, films=film_calibration())
            card = self.artifact.card
            prior = DEFAULT_PRIOR if card.prior is None else card.prior
            mapper = _map_of_edits(engines, pictures) if profile == "full" else None
            told = bench(profile, pictures=pictures)
            also = () if self.known is None else self.known.also
            scorer = _scorer_of_faces(engines)
            faces = Faces(profile, pictures=pictures, scorer=scorer, prior=prior)
            found = Registry().default(finder.TASK)
            engines.name(found)
            swaps = FaceSwaps(scorer, found, profile, pictures=pictures)
            self._preparer = Preparer(
                self._children, limits, picture, film, faces, told, anchors, also, mapper, swaps
            )
            self._conclusion = Conclusion(picture, film, prior, engines.used, engines.doubts, self.known)
        except BaseException:
            self._stack.close()
            raise

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
                        stage(
                            waiting[0].name, "crops weighed:", len(waiting[0].scores), waiting[0].samples.size
                        )
                    yield from self._finished(waiting, progress)
                    asked = time.perf_counter()
                yield from self._finished(waiting, progress)

    def _finished(self, waiting: "deque[Preparation]", progress: Progress | None) -> Iterator[Verdict]:
        while waiting and waiting[0].complete:
            verdict = self._conclusion.verdict(waiting.popleft(), self._twins)
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


def _map_of_edits(engines: Engines, pictures: bool) -> EditMap:
    artifact = Registry().default(edits.TASK)
    return EditMap(engines.open(artifact, edits.OUTPUTS), artifact, pictures=pictures)


def _scorer_of_faces(engines: Engines) -> FaceScorer:
    artifact = Registry().default(scoring.TASK)
    return FaceScorer(engines.open(artifact, scoring.OUTPUTS), artifact)


def _start(child: Child) -> None:
    try:
        child.start()
    except ExhibitRefused:
        return
