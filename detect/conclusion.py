"""The conclusion: the verdict of a prepared exhibit, once its scores are there."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..intake.exhibit import Exhibit
from .analyzers.published import Published, PublishedVideo
from .analyzers.synthetic import Synthetic
from .analyzers.syntheticvideo import SyntheticVideo
from .likeness.known import Known
from .likeness.twins import Twins
from .preparation import Preparation, failed_by_us
from .samples import Samples
from .values import ArtifactRef, Film, Finding, Reason, Verdict
from .verdict import judge
from .video.samples import ClipSamples

__all__ = ["Conclusion"]

_BY_BYTES = Reason(
    "video-compared-by-bytes",
    "a video is compared with others by its bytes alone, and none before it in this batch has the same",
)

NO_ENCODER = Reason(
    "overlay-not-coded",
    "no video encoder is at hand: the frames are drawn in the pictures of the findings alone",
)


class Conclusion:
    """Turns scores and findings into verdicts.

    Parameters
    ----------
    picture, film
        The analyzers that the scores belong to.
    prior : float
        Of a compound that is not an untouched recording.
    used : tuple of ArtifactRef
        What takes part; the first looks at videos as well.
    doubts : tuple of Reason
        What every verdict must say.
    known : Known | None
        The list that each exhibit is looked up in.
    """

    def __init__(
        self,
        picture: Synthetic | Published,
        film: SyntheticVideo | PublishedVideo,
        prior: float,
        used: tuple[ArtifactRef, ...],
        doubts: tuple[Reason, ...],
        known: Known | None,
    ) -> None:
        self._synthetic, self._film, self._prior = picture, film, prior
        self._used, self._doubts, self._known = used, doubts, known

    def verdict(self, prepared: Preparation, batch: Twins) -> Verdict:
        """The verdict, whatever goes wrong on the way to it.

        Parameters
        ----------
        prepared
            An exhibit whose scores are complete, or one that has its verdict already.
        batch
            What came before it, and is remembered of it.
        """
        begun = time.perf_counter()
        if prepared.verdict is not None:
            return replace(prepared.verdict, seconds=prepared.seconds)
        assert prepared.samples is not None and prepared.exhibit is not None
        try:
            return self._judged(prepared, batch, begun)
        except Exception as error:
            return replace(failed_by_us(prepared, error), seconds=prepared.seconds)

    def _judged(self, prepared: Preparation, batch: Twins, begun: float) -> Verdict:
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
        findings = (scored, *prepared.findings, *self._likeness(prepared, prepared.exhibit, batch))
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

    def _likeness(self, prepared: Preparation, exhibit: Exhibit, batch: Twins) -> Iterator[Finding]:
        twins = batch if prepared.twins is None else prepared.twins
        placed = twins.place(prepared.name, exhibit.sha256, prepared.fingerprint)
        yield placed if placed.applies or exhibit.kind != "video" else replace(placed, why_not=_BY_BYTES)
        if self._known is not None:
            yield self._known.look({"sha256": exhibit.sha256, **dict(exhibit.digests)}, prepared.fingerprint)
