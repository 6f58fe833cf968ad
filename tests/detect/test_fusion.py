"""One ratio a proposition, never across."""

from hypothesis import given
from hypothesis import strategies as st

from assay.detect.fusion import fuse
from assay.detect.values import Finding, LikelihoodRatio, Proposition, Reason

logs = st.floats(-3, 3)


def _finding(
    log10: float | None, proposition: Proposition = Proposition.SYNTHETIC, applies: bool = True
) -> Finding:
    ratio = None if log10 is None else LikelihoodRatio(log10, log10 - 0.2, log10 + 0.2)
    why = None if applies else Reason("no", "no")
    return Finding("a", proposition, applies, why_not=why, ratio=ratio)


@given(st.lists(logs, min_size=1, max_size=6))
def test_the_result_lies_between_the_findings(values: list[float]) -> None:
    ratio = fuse([_finding(value) for value in values], Proposition.SYNTHETIC)
    assert ratio is not None
    assert min(values) - 1e-9 <= ratio.log10 <= max(values) + 1e-9
    assert ratio.low <= ratio.log10 <= ratio.high


@given(logs, logs)
def test_what_does_not_apply_is_no_information(value: float, other: float) -> None:
    alone = fuse([_finding(value)], Proposition.SYNTHETIC)
    with_others = [
        _finding(value), _finding(other, applies=False), _finding(None), _finding(other, Proposition.EDITED),
        _finding(other, Proposition.PROVENANCE),
    ]  # fmt: skip
    assert fuse(with_others, Proposition.SYNTHETIC) == alone


def test_propositions_are_kept_apart() -> None:
    findings = [_finding(1.0), _finding(-2.0, Proposition.EDITED)]
    synthetic, edited = fuse(findings, Proposition.SYNTHETIC), fuse(findings, Proposition.EDITED)
    assert synthetic is not None and edited is not None
    assert (synthetic.log10, edited.log10) == (1.0, -2.0)
    assert fuse(findings, Proposition.FACE_SWAP) is None


def test_provenance_has_no_ratio() -> None:
    assert fuse([_finding(2.0, Proposition.PROVENANCE)], Proposition.PROVENANCE) is None
