"""What findings add up to."""

from dataclasses import replace

import pytest

from assay.detect.values import Finding, LikelihoodRatio, Outcome, Proposition, Reason
from assay.detect.verdict import TRACES, judge

SYNTHETIC = Proposition.SYNTHETIC


def _finding(
    log10: float | None,
    *codes: str,
    half: float = 0.1,
    proposition: Proposition = SYNTHETIC,
    applies: bool = True,
) -> Finding:
    ratio = None if log10 is None else LikelihoodRatio(log10, log10 - half, log10 + half)
    why = None if applies else Reason("picture-too-small", "too small")
    return Finding(
        "a", proposition, applies, why, ratio=ratio, reasons=tuple(Reason(code, code) for code in codes)
    )


def _metadata(*codes: str) -> Finding:
    return _finding(None, *codes, proposition=Proposition.PROVENANCE)


@pytest.mark.parametrize(
    ("finding", "outcome", "code"),
    [
        (_finding(1.2), Outcome.INCONSISTENT, "synthetic-supported"),
        (_finding(-1.2), Outcome.CONSISTENT, "recording-supported"),
        (_finding(0.29), Outcome.INCONCLUSIVE, "weak-evidence"),
        (_finding(-0.29), Outcome.INCONCLUSIVE, "weak-evidence"),
        (_finding(1.2, half=1.3), Outcome.INCONCLUSIVE, "weak-evidence"),
        (_finding(1.2, "below-operating-point"), Outcome.INCONCLUSIVE, "below-operating-point"),
        (_finding(1.2, "unstable-sign"), Outcome.INCONCLUSIVE, "unstable-sign"),
        (_finding(-1.2, "unstable-spread"), Outcome.INCONCLUSIVE, "unstable-spread"),
        (_finding(None, applies=False), Outcome.NOT_APPLICABLE, "picture-too-small"),
    ],
)
def test_each_outcome_has_its_reason(finding: Finding, outcome: Outcome, code: str) -> None:
    found = judge([finding, _metadata("no-camera-metadata")], 0.5)
    assert found.outcome is outcome and found.reasons[0].code == code
    assert (found.score is None) == (outcome is Outcome.NOT_APPLICABLE)
    assert found.answers[SYNTHETIC].answered == (outcome in (Outcome.CONSISTENT, Outcome.INCONSISTENT))


def test_a_generator_mark_decides_and_is_not_weighed() -> None:
    plain, marked = judge([_finding(-1.0)], 0.5), judge([_finding(-1.0), _metadata("generator-mark")], 0.5)
    assert marked.outcome is Outcome.INCONSISTENT
    assert [reason.code for reason in marked.reasons[:2]] == ["generator-mark", "mark-not-weighed"]
    assert (marked.score, marked.answers) == (plain.score, plain.answers)


def test_a_mark_decides_even_where_nothing_else_applies() -> None:
    found = judge([_finding(None, applies=False), _metadata("generator-mark")], 0.5)
    assert found.outcome is Outcome.INCONSISTENT and found.score is None and found.proposition is SYNTHETIC
    edited = judge([_finding(None, applies=False), _metadata("model-edit-mark")], 0.5)
    assert edited.outcome is Outcome.INCONSISTENT and edited.proposition is Proposition.EDITED


def test_a_photo_that_a_model_changed_is_edited_and_not_synthetic() -> None:
    changed = judge([_finding(1.5), _metadata("model-edit-mark")], 0.5)
    assert changed.outcome is Outcome.INCONSISTENT and changed.proposition is Proposition.EDITED
    both = judge([_finding(1.5), _metadata("model-edit-mark", "generator-watermark")], 0.5)
    assert both.proposition is SYNTHETIC


def test_ordinary_observations_change_nothing() -> None:
    told = _metadata("editor-trace", "trailing-data", "times-disagree", "thumbnail-differs")
    plain, with_them = judge([_finding(-1.0)], 0.5), judge([_finding(-1.0), told], 0.5)
    assert (plain.outcome, plain.score) == (with_them.outcome, with_them.score)
    assert {"editor-trace", "trailing-data"} <= {reason.code for reason in with_them.reasons}


def test_what_was_not_assessed_is_said() -> None:
    codes = [reason.code for reason in judge([_finding(-1.0)], 0.5).reasons]
    assert codes[-2:] == ["face-swap-not-assessed", "edited-not-assessed"]


def test_the_score_is_the_compound_at_the_prior() -> None:
    ratios = [_finding(1.0), _finding(1.0, proposition=Proposition.FACE_SWAP)]
    assert judge(ratios, 0.5).score == pytest.approx(1 - (1 / 11) ** 2)
    assert judge([_finding(0.0)], 0.1).score == pytest.approx(0.1)


def test_the_strongest_proposition_leads() -> None:
    found = judge([_finding(-1.0), _finding(1.5, "copied-region", proposition=Proposition.EDITED)], 0.5)
    assert found.proposition is Proposition.EDITED and found.outcome is Outcome.INCONSISTENT
    assert found.reasons[0].code == "edited-supported"


def test_one_open_question_keeps_the_answer_open() -> None:
    found = judge([_finding(0.1), _finding(-1.0, proposition=Proposition.FACE_SWAP)], 0.5)
    assert found.outcome is Outcome.INCONCLUSIVE


def test_what_keeps_the_leading_question_open_is_said_first() -> None:
    frames = replace(_finding(0.8, "calibrated-on-films"), analyzer="synthetic-video")
    face = replace(_finding(0.7, "below-operating-point", proposition=Proposition.FACE_SWAP), analyzer="faces")
    found = judge([frames, face], 0.5)
    assert found.outcome is Outcome.INCONCLUSIVE and found.proposition is Proposition.FACE_SWAP
    codes = [reason.code for reason in found.reasons]
    assert codes[:2] == ["below-operating-point", "calibrated-on-films"]
    # A question that is open for want of evidence explains nothing of the one that leads.
    beside = judge([_finding(0.05), face], 0.5)
    assert "weak-evidence" not in [reason.code for reason in beside.reasons]


def test_weak_evidence_on_faces_leaves_the_answer_to_the_rest_and_says_so() -> None:
    found = judge([_finding(-1.0), _finding(0.1, proposition=Proposition.FACE_SWAP)], 0.5)
    assert found.outcome is Outcome.CONSISTENT and found.proposition is SYNTHETIC
    assert "face-swap-undecided" in [reason.code for reason in found.reasons]
    doubtful = judge([_finding(-1.0), _finding(0.8, half=0.9, proposition=Proposition.FACE_SWAP)], 0.5)
    assert doubtful.outcome is Outcome.INCONCLUSIVE


def test_a_replaced_face_in_a_picture_is_not_answered_alone() -> None:
    face = replace(_finding(1.0, proposition=Proposition.FACE_SWAP), analyzer="face-swap")
    found = judge([_finding(-1.0), face], 0.5)
    assert found.outcome is Outcome.INCONCLUSIVE and found.reasons[0].code == "face-swap-uncorroborated"
    assert judge([_finding(-1.0), face, _metadata("foreign-grid")], 0.5).outcome is Outcome.INCONSISTENT
    video = replace(face, analyzer="faces")
    assert judge([_finding(-1.0), video], 0.5).outcome is Outcome.INCONSISTENT


def test_that_no_face_was_replaced_is_never_answered() -> None:
    found = judge([_finding(-1.0, proposition=Proposition.FACE_SWAP)], 0.5)
    assert found.outcome is Outcome.INCONCLUSIVE and not found.answers[Proposition.FACE_SWAP].answered
    beside = judge([_finding(-1.0), _finding(-1.0, proposition=Proposition.FACE_SWAP)], 0.5)
    assert beside.outcome is Outcome.CONSISTENT and beside.score == pytest.approx(1 / 11)
    assert "face-swap-undecided" in [reason.code for reason in beside.reasons]


@pytest.mark.parametrize("code", ["credentials-invalid", "foreign-grid", "copied-region", "resampled-region"])
def test_consistent_cannot_stand_beside_a_contrary_observation(code: str) -> None:
    found = judge([_finding(-1.2), _metadata(code)], 0.5)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert [reason.code for reason in found.reasons].count(code) == 1 and found.reasons[0].code == code
    assert found.answers[SYNTHETIC].answered
    assert judge([_finding(1.2), _metadata(code)], 0.5).outcome is Outcome.INCONSISTENT


EDITED = Proposition.EDITED


@pytest.mark.parametrize(
    ("edited", "outcome", "code"),
    [
        (_finding(0.1, proposition=EDITED), Outcome.CONSISTENT, "recording-supported"),
        (_finding(-0.2, proposition=EDITED), Outcome.CONSISTENT, "recording-supported"),
        (_finding(-0.8, proposition=EDITED), Outcome.CONSISTENT, "recording-supported"),
        (_finding(0.8, proposition=EDITED), Outcome.INCONCLUSIVE, "edited-uncorroborated"),
        (_finding(0.8, "foreign-grid", proposition=EDITED), Outcome.INCONSISTENT, "edited-supported"),
        (
            _finding(0.8, "below-operating-point", proposition=EDITED),
            Outcome.INCONCLUSIVE,
            "below-operating-point",
        ),
        (_finding(0.8, half=0.9, proposition=EDITED), Outcome.INCONCLUSIVE, "weak-evidence"),
    ],
)
def test_weak_evidence_on_edits_leaves_the_answer_to_the_rest(
    edited: Finding, outcome: Outcome, code: str
) -> None:
    found = judge([_finding(-1.0), edited], 0.5)
    assert found.outcome is outcome and found.reasons[0].code == code
    codes = [reason.code for reason in found.reasons]
    open_question = outcome is Outcome.CONSISTENT and not found.answers[EDITED].answered
    assert ("edited-undecided" in codes) == open_question and "face-swap-not-assessed" in codes
    if open_question:
        assert (found.proposition, found.score) == (SYNTHETIC, judge([_finding(-1.0)], 0.5).score)


@pytest.mark.parametrize("trace", TRACES)
def test_a_map_of_edits_answers_beside_a_classical_trace_only(trace: str) -> None:
    alone = [_finding(-1.0), _finding(0.9, proposition=EDITED), _metadata("noise-differs", "trailing-data")]
    found = judge(alone, 0.5)
    assert found.outcome is Outcome.INCONCLUSIVE and not found.answers[EDITED].answered
    assert found.reasons[0].code == "edited-uncorroborated" and found.proposition is EDITED
    found = judge([*alone, _finding(None, trace, proposition=EDITED)], 0.5)
    assert found.outcome is Outcome.INCONSISTENT and found.reasons[0].code == "edited-supported"


@pytest.mark.parametrize("log10", [-0.9, 0.1])
def test_no_edit_alone_makes_no_picture_consistent(log10: float) -> None:
    found = judge([_finding(None, applies=False), _finding(log10, proposition=EDITED)], 0.5)
    assert found.outcome is Outcome.INCONCLUSIVE and found.proposition is EDITED
    assert "synthetic-not-assessed" in [reason.code for reason in found.reasons]
