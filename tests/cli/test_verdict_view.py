"""A verdict as a person reads it."""

import io
from dataclasses import replace

from rich.console import Console

from assay.cli.verdict_view import show_verdict
from assay.detect.contract import verdict_json
from assay.detect.values import (
    Answer,
    ArtifactRef,
    Finding,
    LikelihoodRatio,
    Outcome,
    Proposition,
    Reason,
    Verdict,
    support_words,
)

RATIO = LikelihoodRatio(1.25, 0.5, 1.75)
VERDICT = Verdict(
    path="folder/[red]photo.png",
    sha256="ab" * 32,
    kind="image",
    outcome=Outcome.INCONSISTENT,
    reasons=(Reason("generator-mark", "a text chunk names a generator"),),
    score=0.95,
    proposition=Proposition.SYNTHETIC,
    tier="web",
    answers={Proposition.SYNTHETIC: Answer(RATIO, support_words(Proposition.SYNTHETIC, RATIO), True)},
    findings=(
        Finding(
            "synthetic", Proposition.SYNTHETIC, True, score=2.0, ratio=RATIO, words="the network says so"
        ),
        Finding("jpeg", Proposition.EDITED, False, why_not=Reason("not-jpeg", "the file is no JPEG")),
    ),
    artifacts=(ArtifactRef("clip-probe", "0.1.0", "cd" * 32),),
    seconds=0.25,
)


def _shown_at(width: int) -> list[str]:
    page = io.StringIO()
    show_verdict(
        Console(file=page, width=width, markup=False, emoji=False, highlight=False),
        verdict_json(VERDICT),
        "a note",
    )
    return page.getvalue().splitlines()


def test_at_80_columns_the_ratio_stays_on_its_scale_and_nothing_starts_at_the_edge() -> None:
    lines = _shown_at(80)
    (scale,) = [line for line in lines if "log10 LR" in line and "synthetic  -" in line]
    assert scale.endswith("]")
    assert all(len(line) <= 80 for line in lines)
    assert [line for line in lines if line and not line.startswith(" ")] == lines[:1]


def _shown(verdict: Verdict, note: str | None = None, encoding: str = "utf-8") -> str:
    page = io.BytesIO()
    file = io.TextIOWrapper(page, encoding=encoding)
    show_verdict(
        Console(file=file, width=140, markup=False, emoji=False, highlight=False), verdict_json(verdict), note
    )
    file.flush()
    return page.getvalue().decode(encoding)


def test_the_answer_its_strength_and_its_reasons_are_there() -> None:
    shown = _shown(VERDICT, note="really: a drawing")
    assert "folder/[red]photo.png  INCONSISTENT  with an untouched recording" in shown
    assert "really: a drawing" in shown
    assert "log10 LR +1.25 [+0.50, +1.75]" in shown
    assert "moderate support for a generated picture\n" in shown
    assert "why   a text chunk names a generator [generator-mark]" in shown
    assert "✓ synthetic: the network says so" in shown
    assert "– not assessed: face_swap, edited\n" in shown
    assert "– jpeg: not applicable: the file is no JPEG [not-jpeg]" in shown
    assert "delivery web · sha256 abababababababab · clip-probe@0.1.0 · 0.25 s" in shown


def test_what_was_not_assessed_is_not_cleared() -> None:
    clear = LikelihoodRatio(-0.7, -0.8, -0.5)
    answers = VERDICT.answers | {
        Proposition.SYNTHETIC: Answer(clear, "weak support for a camera recording", True)
    }
    shown = _shown(replace(VERDICT, outcome=Outcome.CONSISTENT, answers=answers))
    assert "CONSISTENT  with an untouched recording, as far as assessed\n" in shown
    assessed = {name: Answer(clear, "weak support", True) for name in Proposition}
    shown = _shown(replace(VERDICT, outcome=Outcome.CONSISTENT, answers=assessed))
    assert "CONSISTENT  with an untouched recording\n" in shown and "not assessed" not in shown


def test_the_point_lies_right_of_zero_for_a_generated_picture() -> None:
    line = next(line for line in _shown(VERDICT).splitlines() if "●" in line)
    assert line.index("┼") < line.index("━") < line.index("●")


def test_a_weak_answer_says_that_it_does_not_suffice() -> None:
    weak = LikelihoodRatio(0.2, -0.3, 0.6)
    answers = {Proposition.SYNTHETIC: Answer(weak, "no support for either", False)}
    shown = _shown(replace(VERDICT, outcome=Outcome.INCONCLUSIVE, answers=answers))
    assert "INCONCLUSIVE" in shown and "no support for either, not enough to answer" in shown


def test_a_failure_shows_its_reason_and_no_number() -> None:
    failed = Verdict("empty.jpg", None, None, Outcome.FAILED, (Reason("empty", "the file is empty"),))
    shown = _shown(failed)
    assert "FAILED" in shown and "why   the file is empty [empty]" in shown and "log10" not in shown


def test_hostile_names_cannot_steer_the_terminal() -> None:
    hostile = Verdict("a\x1b[2Jb\u202ec\udcff", None, None, Outcome.FAILED, (Reason("x", "y\x1b]0;t\x07"),))
    shown = _shown(hostile)
    assert "\x1b" not in shown and "\x07" not in shown and "\u202e" not in shown
    assert "a\\x1b[2Jb\\u202ec" in shown


def test_it_can_be_read_on_an_ascii_terminal() -> None:
    shown = _shown(VERDICT, encoding="ascii")
    assert "o" in shown and "x synthetic: the network says so" in shown
