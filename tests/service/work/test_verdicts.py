"""A verdict is the same after it was written down and read back."""

from dataclasses import replace

import numpy as np
import pytest

from assay.detect.values import (
    Answer,
    ArtifactRef,
    Explanation,
    FaceTrack,
    Finding,
    LikelihoodRatio,
    Outcome,
    Part,
    Proposition,
    Reason,
    Verdict,
)
from assay.errors import AssayError
from assay.service.work.inside.verdicts import packed, unpacked

PARTS = (Part(1, 2, 3, 0.5, True),)
HEAT = np.array([[0.25, np.nan], [1.5, -3.0]], np.float32)
RATIO = LikelihoodRatio(0.1 + 0.2, -1.0, 2.0)
FULL = Verdict(
    path="caf\u00e9 \udc80.jpg",
    sha256="ab" * 32,
    kind="video",
    outcome=Outcome.INCONCLUSIVE,
    reasons=(Reason("a", "b"),),
    score=1 / 3,
    proposition=Proposition.SYNTHETIC,
    tier="hard",
    answers={
        Proposition.SYNTHETIC: Answer(RATIO, "weak", False),
        Proposition.EDITED: Answer(None, "none", False),
    },
    findings=(
        Finding(
            "x",
            Proposition.SYNTHETIC,
            True,
            score=0.1,
            ratio=RATIO,
            words="w",
            reasons=(Reason("c", "d"),),
            detail={"n": np.float32(0.5), "list": [1, {"deep": None}]},
            picture=np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
            explanation=Explanation(PARTS, 0.0, 1.0, 14, (3, 4), {"heat": HEAT, "reliability": HEAT}),
        ),
        Finding("y", Proposition.EDITED, False, why_not=Reason("e", "f")),
    ),
    artifacts=(ArtifactRef("n", "1.0.0", "cd" * 32),),
    seconds=1.5,
    timeline=((0.0, 0.5), (0.04, 0.25)),
    faces=(FaceTrack(0, 0.0, 1.0, None, {"k": 1.0}),),
)


def test_everything_comes_back() -> None:
    again = unpacked(packed(FULL))
    assert again == replace(
        FULL,
        findings=(
            replace(FULL.findings[0], detail={"n": 0.5, "list": [1, {"deep": None}]}),
            FULL.findings[1],
        ),
    )
    assert np.array_equal(again.findings[0].picture, FULL.findings[0].picture)
    assert again.findings[0].arrays.keys() == {"heat", "reliability"}


def test_a_failure_comes_back() -> None:
    failed = Verdict("p", None, None, Outcome.FAILED, (Reason("x", "y"),))
    assert unpacked(packed(failed)) == failed


@pytest.mark.parametrize("data", [b"", b"\x80\x04.", packed(FULL)[:-1]])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises((AssayError, KeyError, ValueError)):
        unpacked(data)
