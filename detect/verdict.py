"""Findings to the answer for an exhibit: three outcomes, coded reasons, words of support."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .analyzers.metadata import DECISIVE
from .fusion import fuse
from .values import (
    Answer,
    Finding,
    LikelihoodRatio,
    Outcome,
    Proposition,
    Reason,
    support_words,
)

__all__ = ["LEAST_SUPPORT", "TRACES", "Judgement", "judge"]

LEAST_SUPPORT = 0.30103
"""Smallest |log10 LR| that supports a side: a ratio of 2, where the ENFSI scale begins."""

_WEAK = "what was measured fits both sides nearly as well: no answer is the true answer here"

_ALONE = (
    "the map of edits supports an edited region, and no classical trace does: alone it was wrong of half of the photos "
    "of one source, so it does not answer alone"
)

_NOT_EXCLUDED = (
    "no seam was found round a face, which excludes little: a face that was driven or drawn anew leaves none, and "
    "three of five clips with such or exchanged faces look unchanged"
)

_FACE_ALONE = (
    "the classifier of faces supports a replaced face, and no classical trace does: alone it was wrong of three of 22 "
    "faces in photos that nobody edited, so it does not answer alone for pictures"
)

_WEIGHED = (Proposition.SYNTHETIC, Proposition.FACE_SWAP, Proposition.EDITED)
_PASSED_ON = ("same-file", "near-twin", "known-file", "known-picture", "trailing-data", "polyglot", "editor-trace",
              "capture-mark", "processed-mark", "thumbnail-differs", "times-disagree",
              "credentials-invalid", "credentials-valid", "credentials-trusted", "credentials-remote",
              "credentials-unreadable", "credentials-generated", "foreign-grid", "copied-region", "noise-differs",
              "resampled-region", "filters-differ", "part-saved-once", "part-ghost",
              "stability-not-tested", "picture-not-drawn", "tail-missing", "packets-damaged", "frames-missing",
              "edit-list", "coded-twice", "few-frames", "uncalibrated")  # fmt: skip


_UNDECIDED = {
    Proposition.FACE_SWAP: (
        "face-swap-undecided",
        "whether a face was replaced is open: what was measured does not tell, and a face without a seam excludes "
        "little",
    ),
    Proposition.EDITED: (
        "edited-undecided",
        "whether a region was edited is open: what was measured fits both",
    ),
}
_PARTIAL = tuple(_UNDECIDED)
"""Propositions on a part of a picture: an answer that there is none says nothing of the whole."""

WITHHELD = ("calibrated-on-stills", "calibrated-on-films")
"""Codes of findings whose ratio is shown but does not answer."""

TRACES = ("foreign-grid", "copied-region", "resampled-region", "part-saved-once", "part-ghost")
"""Claims of classical analyzers; without one of them beside it, a map of edits alone answers nothing."""

_STILL = "face-swap"
"""Analyzer of faces in pictures; that of videos weighs many frames of each."""

CONTRARY = ("credentials-invalid", "uncalibrated", *TRACES)
"""Codes that no likelihood ratio weighs and that an answer of *consistent* cannot stand beside."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What follows from the findings; see :class:`~assay.detect.values.Verdict` for the fields."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    score: float | None
    proposition: Proposition | None
    answers: Mapping[Proposition, Answer]


def judge(findings: Sequence[Finding], prior: float) -> Judgement:
    """The answer that findings add up to.

    Parameters
    ----------
    findings : sequence of Finding
        Of one exhibit. The synthetic analyzer states in its reasons whether its score passed the card's operating
        point and survived the launderings.
    prior : float
        Prior probability of H1, 0..1, as the card states it.

    Notes
    -----
    A proposition is *answered* when its interval leaves out a ratio of 1, the ratio is at least 2 (either way), it
    survived the stability test, and, for H1, the score passed the threshold of the card's operating point. An
    answered H1 is *inconsistent*, an answered H2 of every assessed proposition *consistent*, the rest
    *inconclusive*. A part of a picture is another matter: finding no edit is hardly ever much evidence that there is
    none, so an unanswered ratio for *edited* or *face_swap* that does not support H1 leaves answer, leading proposition
    and score to the others, and the verdict says that the question is open; one that supports H1 without being answered
    is *inconclusive*, and so is a map of edits beside which no classical trace (`TRACES`) speaks. Neither that no
    region was edited nor that no face was replaced makes a picture *consistent*. A generator mark in the file decides
    by itself, and enters no ratio. A contrary observation that is not weighed turns *consistent* into *inconclusive*.
    """
    answers = {name: _answer(findings, name) for name in _WEIGHED}
    known = {name: answer.ratio for name, answer in answers.items() if answer.ratio is not None}
    shown = {name: ratio for name, ratio in known.items() if not _withheld(findings, name)}
    decided = {name: ratio for name, ratio in shown.items() if not _undecided(name, answers[name])}
    weighed = decided or shown or known
    leading = max(weighed, key=lambda name: weighed[name].log10) if weighed else None
    score = _compound(list(weighed.values()), prior) if weighed else None
    marks = [reason for finding in findings for reason in finding.reasons if reason.code in DECISIVE]
    told = _told(findings)
    if marks:
        reasons = [*marks]
        if leading is not None:
            reasons.append(
                Reason(
                    "mark-not-weighed",
                    "score and likelihood ratio know nothing of the mark: it is the word of the file or its program",
                )
            )
        outcome = Outcome.INCONSISTENT
        # A photo that a model changed is *edited*; only what a model made is *synthetic*.
        changed = all(mark.code == "model-edit-mark" for mark in marks)
        proposition = Proposition.EDITED if changed else leading or Proposition.SYNTHETIC
        return Judgement(outcome, (*reasons, *told, *_open_questions(answers)), score, proposition, answers)
    unweighed = next((given for given in told if given.code == "uncalibrated"), None)
    if leading is None and unweighed is not None:
        # A score without a calibration was had: that is no answer, but not nothing either.
        rest = [given for given in told if given is not unweighed]
        return Judgement(
            Outcome.INCONCLUSIVE, (unweighed, *rest, *_open_questions(answers)), None, None, answers
        )
    if leading is None:
        why = [finding.why_not for finding in findings if finding.why_not and finding.proposition in _WEIGHED]
        first = why or [Reason("nothing-applies", "no analyzer applies to this picture")]
        return Judgement(Outcome.NOT_APPLICABLE, (*first, *told), None, None, answers)
    outcome, grounds = _outcome(answers, findings, leading)
    contrary = next((given for given in told if given.code in CONTRARY), None)
    if outcome is Outcome.CONSISTENT and contrary is not None:
        outcome, grounds = Outcome.INCONCLUSIVE, (contrary,)
        told.remove(contrary)
    return Judgement(outcome, (*grounds, *told, *_open_questions(answers)), score, leading, answers)


def _answer(findings: Sequence[Finding], proposition: Proposition) -> Answer:
    ratio = fuse(findings, proposition)
    if ratio is None:
        return Answer(None, support_words(proposition, None), False)
    return Answer(ratio, support_words(proposition, ratio), _doubt(findings, proposition, ratio) is None)


def _doubt(findings: Sequence[Finding], proposition: Proposition, ratio: LikelihoodRatio) -> Reason | None:
    """Why this ratio is not relied on, None when it is."""
    for finding in findings:
        if finding.applies and finding.proposition is proposition:
            for reason in finding.reasons:
                if reason.code.startswith("unstable-") or reason.code in WITHHELD:
                    return reason
    if abs(ratio.log10) < LEAST_SUPPORT or ratio.low <= 0.0 <= ratio.high:
        return Reason("weak-evidence", _WEAK)
    if ratio.log10 < 0 and proposition is Proposition.FACE_SWAP:
        return Reason("face-swap-not-excluded", _NOT_EXCLUDED)
    if ratio.log10 > 0:
        for finding in findings:
            if finding.applies and finding.proposition is proposition:
                for reason in finding.reasons:
                    if reason.code == "below-operating-point":
                        return reason
        if proposition is Proposition.EDITED and not any(
            reason.code in TRACES for finding in findings for reason in finding.reasons
        ):
            return Reason("edited-uncorroborated", _ALONE)
        if _still_face(findings, proposition):
            return Reason("face-swap-uncorroborated", _FACE_ALONE)
    return None


def _still_face(findings: Sequence[Finding], proposition: Proposition) -> bool:
    """Whether a picture's faces speak for a replaced one, with no classical trace beside them."""
    return (
        proposition is Proposition.FACE_SWAP
        and any(finding.applies and finding.analyzer == _STILL for finding in findings)
        and not any(reason.code in TRACES for finding in findings for reason in finding.reasons)
    )


def _outcome(
    answers: Mapping[Proposition, Answer], findings: Sequence[Finding], leading: Proposition
) -> tuple[Outcome, tuple[Reason, ...]]:
    """The outcome and at least one reason; of what is not decided, that of the leading proposition first."""
    against = [
        name
        for name, answer in answers.items()
        if answer.answered and answer.ratio and answer.ratio.log10 > 0
    ]
    if against:
        strongest = max(against, key=lambda name: answers[name].ratio.log10)  # type: ignore[union-attr]
        code = f"{strongest.value.replace('_', '-')}-supported"
        return Outcome.INCONSISTENT, (Reason(code, answers[strongest].support),)
    doubts: dict[str, Reason] = {}
    for name, answer in sorted(answers.items(), key=lambda each: each[0] is not leading):
        if answer.ratio is not None and not answer.answered and not _undecided(name, answer):
            doubt = _doubt(findings, name, answer.ratio)
            assert doubt is not None
            # That one question is open for want of evidence explains nothing of another.
            if not doubts or doubt.code != "weak-evidence":
                doubts.setdefault(doubt.code, doubt)
    if doubts:
        return Outcome.INCONCLUSIVE, tuple(doubts.values())
    spoken = next(
        (answer for name, answer in answers.items() if answer.answered and name not in _PARTIAL),
        None,
    )
    if spoken is None:
        return Outcome.INCONCLUSIVE, (Reason("weak-evidence", _WEAK),)
    return Outcome.CONSISTENT, (Reason("recording-supported", spoken.support),)


def _withheld(findings: Sequence[Finding], name: Proposition) -> bool:
    """Whether a ratio is shown only, and leaves leading proposition and score to the others."""
    given = (finding for finding in findings if finding.applies and finding.proposition is name)
    return any(reason.code in WITHHELD for finding in given for reason in finding.reasons)


def _undecided(name: Proposition, answer: Answer) -> bool:
    """Whether a proposition was assessed, supports neither side, and leaves the answer to the others."""
    if name not in _PARTIAL or answer.ratio is None or answer.answered:
        return False
    return answer.ratio.log10 < LEAST_SUPPORT


def _compound(ratios: Sequence[LikelihoodRatio], prior: float) -> float:
    untouched = 1.0
    for ratio in ratios:
        untouched *= 1.0 - ratio.probability(prior)
    return 1.0 - untouched


def _told(findings: Sequence[Finding]) -> list[Reason]:
    """Observations that a reader of the verdict must not miss, though they decide nothing."""
    told: list[Reason] = []
    for finding in findings:
        for reason in finding.reasons:
            if reason.code in _PASSED_ON:
                told.append(reason)
    return told


def _open_questions(answers: Mapping[Proposition, Answer]) -> list[Reason]:
    words = {
        Proposition.SYNTHETIC: "whether it was generated was not assessed",
        Proposition.FACE_SWAP: "whether a face was replaced was not assessed",
        Proposition.EDITED: "whether a region was edited was not assessed",
    }
    told = [
        Reason(f"{name.value.replace('_', '-')}-not-assessed", words[name])
        for name, answer in answers.items()
        if answer.ratio is None
    ]
    told += [
        Reason(code, words) for name, (code, words) in _UNDECIDED.items() if _undecided(name, answers[name])
    ]
    return told
