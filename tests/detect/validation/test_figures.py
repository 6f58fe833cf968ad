"""Figures of scores whose right answers are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assay.detect.validation.answers import Answers
from assay.detect.validation.audit import audits
from assay.detect.validation.cardlines import card_lines, metrics
from assay.detect.validation.comparison import compared
from assay.detect.validation.figures import curves, figures
from assay.detect.validation.result import Figure
from assay.intake.manifest import Entry


def _answers(raw: np.ndarray, fake: np.ndarray, **columns: list[str]) -> Answers:
    entries = tuple(
        Entry(
            Path(f"{at}.jpg"), f"{at}.jpg", "fake" if made else "real",
            source=columns.get("source", ["s"] * len(raw))[at],
            generator=columns.get("generator", [""] * len(raw))[at], unit=columns.get("unit", [""] * len(raw))[at],
            groups={"who": columns["who"][at]} if "who" in columns else {},
        )
        for at, made in enumerate(fake)
    )  # fmt: skip
    raw = np.asarray(raw, dtype=np.float64)
    one = np.ones(len(raw))
    return Answers(
        entries, one.astype(bool), raw, raw, raw - 0.1, raw + 0.1, 0 * one, np.array(["clean"] * len(raw)), {}
    )


def _found(made: list[Figure]) -> dict[tuple[str, str, str], float]:
    return {(f.name, f.by, f.of): f.value for f in made}


def test_figures_of_a_set_that_can_be_counted_by_hand() -> None:
    # Four fakes, four real: one fake below the threshold of 0, one real above it.
    raw, fake = np.array([2, 1, 0.5, -1, 0.7, -1, -2, -3.0]), np.arange(8) < 4
    made = _found(figures(_answers(raw, fake), "clean", None, weighed=True))
    assert made["tpr", "all", ""] == 0.75 and made["false-alarms", "all", ""] == 0.25
    # Pairs ranked right: 4 + 4 + 3 + 2.5 of 16.
    assert made["auc", "all", ""] == pytest.approx(13.5 / 16, abs=1e-4)
    assert made["coverage", "all", ""] == 1.0 and made["error", "all", ""] == 0.25


def test_sources_that_hold_both_classes_enter_the_mean_and_generators_meet_all_real() -> None:
    raw = np.array([1, 2, -1, -2, -1, -2, 3, -3.0])
    fake = np.array([1, 1, 0, 0, 1, 1, 0, 0], dtype=bool)
    source = ["good"] * 4 + ["bad"] * 3 + ["real only"]
    made = _found(
        figures(
            _answers(raw, fake, source=source, generator=["g"] * 2 + [""] * 6), "clean", None, weighed=False
        )
    )
    assert made["auc", "source", "good"] == 1.0 and made["auc", "source", "bad"] == 0.0
    assert made["auc-macro", "all", ""] == 0.5 and ("auc", "source", "real only") not in made
    assert made["auc", "generator", "g"] == 0.75 and ("cllr", "all", "") not in made
    grouped = _found(
        figures(_answers(raw, fake, source=source), "clean", {"both": ("good", "bad")}, weighed=False)
    )
    assert ("auc", "source", "both") in grouped and ("auc", "source", "good") not in grouped


def test_right_ratios_are_not_called_off_where_the_set_is_not_even() -> None:
    rng = np.random.default_rng(3)
    fake = np.arange(3000) % 6 == 0
    score = rng.normal(np.where(fake, 0.5, -0.5), 1.0)  # log LR of two normals a standard deviation apart
    answers = _answers(score / np.log(10), fake)
    made = _found(figures(answers, "clean", None, weighed=True))
    assert made["ece", "all", ""] < 2 * made["ece-noise-floor", "all", ""]
    (line,) = [each for each in curves(answers, "clean", weighed=True) if each.name == "reliability"]
    # Bins by rows: the fullest lie on the line.
    assert np.abs(np.array(line.xs[:4]) - np.array(line.ys[:4])).max() < 0.06


def test_curves_start_and_end_where_they_must() -> None:
    raw = np.random.default_rng(0).normal(size=400) + np.repeat([1.0, 0.0], 200)
    fake = np.repeat([True, False], 200)
    held = {c.name: c for c in curves(_answers(raw, fake), "web", weighed=True)}
    assert (held["roc"].xs[0], held["roc"].ys[0]) == (0, 0) and (held["roc"].xs[-1], held["roc"].ys[-1]) == (
        1,
        1,
    )
    for name in ("tippett-h1", "tippett-h2"):
        assert held[name].ys[0] == 1.0 and list(held[name].ys) == sorted(held[name].ys, reverse=True)
    assert all(0 <= y <= 1 for y in held["reliability"].ys)


def test_a_group_that_is_accused_more_often_is_told_and_a_likeness_is_not_claimed() -> None:
    rng = np.random.default_rng(1)
    who = ["a"] * 200 + ["b"] * 200 + ["few"] * 5
    fake = np.zeros(405, dtype=bool)
    alike = np.where(np.arange(405) % 10 == 0, 1.0, -1.0)
    (same,) = audits(_answers(alike, fake, who=who), "web")
    assert same.disparity <= same.chance and "does not show that there is none" in same.words
    assert [rate.value for rate in same.rates] == ["a", "b"]
    uneven = np.where(rng.random(405) < np.where(np.array(who) == "a", 0.3, 0.05), 1.0, -1.0)
    (other,) = audits(_answers(uneven, fake, who=who), "web")
    assert other.disparity > other.chance and other.low <= other.disparity <= other.high
    assert "not alike" in other.words


def test_numbers_with_many_values_are_put_into_thirds() -> None:
    who = [str(age) for age in range(18, 93)]
    (made,) = audits(_answers(np.zeros(75) - 1, np.zeros(75, dtype=bool), who=who), "web")
    assert [rate.n for rate in made.rates] == [25, 25, 25]


def test_a_better_artifact_is_told_from_one_that_is_as_good() -> None:
    rng = np.random.default_rng(2)
    fake = np.repeat([True, False], 150)
    good, poor = rng.normal(size=300) + 2 * fake, rng.normal(size=300) + 0.2 * fake
    (first, *_) = compared(
        _answers(good, fake), _answers(poor, fake), ("good@1", "poor@1"), "web", weighed=True
    )
    assert first.name == "auc" and first.low > 0 and "good@1 ranks better than poor@1" in first.words
    (turned, *_) = compared(
        _answers(poor, fake), _answers(good, fake), ("poor@1", "good@1"), "web", weighed=True
    )
    assert turned.high < 0 and "good@1 ranks better than poor@1" in turned.words
    assert turned.difference == -first.difference
    (same, *_) = compared(_answers(good, fake), _answers(good, fake), ("a@1", "b@1"), "web", weighed=False)
    assert same.low == same.high == 0 and "no difference is shown" in same.words
    # Pictures that hang together make the interval wider.
    units = [str(at // 10) for at in range(300)]
    tied = _answers(good, fake, unit=units)
    (wide, *_) = compared(tied, _answers(poor, fake, unit=units), ("good@1", "poor@1"), "web", weighed=False)
    assert wide.n == 300 and (wide.low, wide.high) != (first.low, first.high)


def test_figures_become_metrics_of_a_card_and_are_held_beside_it(soft_detector) -> None:
    made = [
        Figure("auc", "web", "source", "s", 0.8, 0.7, 0.9, 10), Figure("auc", "native", "source", "s", 0.1, 0, 1, 10),
        Figure("auc", "clean", "all", "", 0.6, None, None, 9),
    ]  # fmt: skip
    stated = metrics(made, "test sources, not used for any choice")
    assert [(m.tier, m.source, m.value) for m in stated] == [("web", "s", 0.8), ("clean", None, 0.6)]
    card = soft_detector.card.model_copy(update={"metrics": stated})
    assert [(line.equal, line.of) for line in card_lines(card, made)[0]] == [(True, "s"), (True, "")]
    moved = [replace(made[0], value=0.79), made[2], replace(made[1], condition="hard", n=11)]
    assert [line.equal for line in card_lines(card, moved)[0]] == [False, True]
