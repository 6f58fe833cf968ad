"""Calibrators of films: they belong to one probe, and what they say is shown without answering."""

import math

import pytest

from assay.detect.analyzers.syntheticvideo import SyntheticVideo
from assay.detect.values import Finding, LikelihoodRatio, Outcome, Proposition, Reason
from assay.detect.verdict import WITHHELD, judge
from assay.detect.video.calibration import FILM, VideoScales, film_calibration
from assay.models.artifact import Artifact
from assay.models.registry import Registry


@pytest.fixture(scope="module")
def films() -> Artifact:
    found = film_calibration()
    assert found is not None
    return found


def test_what_ships_fits_the_probe_that_ships(films: Artifact) -> None:
    probe = Registry().default("synthetic-image")
    scales = VideoScales.of(probe, films)
    assert scales.films is films
    assert scales.calibrator(2) is not scales.calibrator(1)
    # Of four crops there is none: the next smaller number's, which is too cautious.
    assert scales.calibrator(4) is scales.calibrator(2)
    point = scales.point(2)
    assert point is not None and point.name == f"{FILM}-2" and point.fpr is not None and point.fpr < 0.05
    low, high = scales.calibrator(2).bound
    assert -2 < low < 0 < high < 2
    assert [ref.name for ref in SyntheticVideo(probe, films=films).used] == ["film-calibration"]


def test_another_probe_gets_none_of_it(films: Artifact, soft_detector: Artifact) -> None:
    scales = VideoScales.of(soft_detector, films)
    assert scales.films is None and scales.calibrator(1) is scales.stills.calibrator("hard", 1)
    assert SyntheticVideo(soft_detector, films=films).used == ()


@pytest.mark.parametrize("code", WITHHELD)
@pytest.mark.parametrize("face", [None, 1.2, -0.6])
def test_a_ratio_that_is_withheld_leaves_the_answer_to_faces(code: str, face: float | None) -> None:
    def found(name: str, proposition: Proposition, log10: float, *codes: str) -> Finding:
        ratio = LikelihoodRatio(log10, log10 - 0.2, log10 + 0.2)
        return Finding(name, proposition, True, ratio=ratio, reasons=tuple(Reason(each, each) for each in codes))

    frames = found("synthetic-video", Proposition.SYNTHETIC, 1.4, code)
    faces = [] if face is None else [found("faces", Proposition.FACE_SWAP, face)]
    judgement = judge([frames, *faces], 0.5)
    assert not judgement.answers[Proposition.SYNTHETIC].answered
    if face is None:
        assert judgement.outcome is Outcome.INCONCLUSIVE and judgement.proposition is Proposition.SYNTHETIC
        assert judgement.reasons[0].code == code
        return
    assert judgement.proposition is Proposition.FACE_SWAP
    assert judgement.score == pytest.approx(1 / (1 + math.pow(10, -face)))
    assert judgement.outcome is (Outcome.INCONSISTENT if face > 0 else Outcome.INCONCLUSIVE)
