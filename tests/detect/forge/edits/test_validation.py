"""What scores of held edits are worth: operating point, claims, figures."""

from dataclasses import replace

import numpy as np
import pytest

from assay.detect.forge.edits import validation
from assay.detect.forge.edits.claims import CODES, Claims
from assay.detect.forge.launder import TIERS


def _judged(count: int = 240) -> validation.Judged:
    """Scores that tell edits a little, a grid claimed on a fifth of the edits and never elsewhere, copies at random."""
    draw = np.random.default_rng(0)
    edited = np.arange(count) % 2 == 1
    claims = np.stack([edited & (draw.random(count) < 0.2), draw.random(count) < 0.1], axis=1)
    cells = np.zeros((count, 4, 4), np.float32)
    cells[edited, :2, :2] = 1
    heat = np.asarray(draw.normal(0, 1, cells.shape) + 2 * (cells - 0.5), np.float32)
    return validation.Judged(
        draw.normal(0, 1, count) + 0.8 * edited,
        claims,
        edited,
        np.arange(count) // 2 % len(TIERS),
        np.array([f"source {n // 6 % 3}" for n in range(count)]),
        np.array([f"photo {n // 2}" for n in range(count)]),
        np.where(edited, "splice", "none"),
        heat,
        np.full(cells.shape, 0.8, np.float32),
        cells,
        np.full(count, 0.9),
    )


def test_a_claim_that_is_never_wrong_gets_weight_and_a_random_one_hardly_any() -> None:
    weights = validation.weigh(_judged())
    assert weights[CODES[0]] > 1.0 and weights[CODES[1]] < 0.5 * weights[CODES[0]]
    fused = _judged().fused(weights)
    assert np.array_equal(
        fused.logit - _judged().logit > 0, (_judged().claims @ np.array([*weights.values()])) > 0
    )


@pytest.mark.parametrize("right", [0.9, 0.95])
def test_the_operating_point_keeps_its_promise_in_every_tier(right: float) -> None:
    judged = _judged()
    point = validation.threshold(judged, right)
    for number in range(len(TIERS)):
        quiet = judged.part((judged.tier == number) & ~judged.edited)
        assert (quiet.logit >= point).mean() <= 1 - right


def test_figures_are_those_of_the_rows() -> None:
    judged = _judged()
    found = {(f.name, f.tier, f.source): f.interval for f in validation.figures(judged, 0.5, judged)}
    clean = judged.part(judged.tier == 0)
    assert found["false-alarms", "clean", None].value == pytest.approx(
        (clean.logit[~clean.edited] >= 0.5).mean()
    )
    assert found["tpr", "clean", "splice"].value == pytest.approx((clean.logit[clean.edited] >= 0.5).mean())
    assert found["auc", "web", None].value > 0.6 and found["cell-auc", "hard", None].value > 0.8
    assert {*TIERS, "default"} == validation.calibrate(judged).keys()


def test_even_pictures_are_left_out_where_they_alarm_and_weighed_where_they_do_not() -> None:
    judged = replace(_judged(), telling=np.where(np.arange(240) // 18 % 3 == 0, 0.42, 0.9))
    even = judged.telling < 0.5
    assert validation.least_telling(judged, 0.9) == validation.EVENNESS[0]
    loud = replace(judged, logit=np.where(even & ~judged.edited, judged.logit + 4, judged.logit))
    least = validation.least_telling(loud, 0.9)
    assert least == 0.45
    found = {(f.name, f.tier): f.interval.value for f in validation.left_out(loud, least)}
    assert found["too-even-on-untouched", "clean"] == pytest.approx(even[~judged.edited & (judged.tier == 0)].mean())


def test_claims_are_looked_for_once(tmp_path, photo) -> None:
    rgb = np.ascontiguousarray(np.asarray(photo)[:128, :160])
    claims = Claims(tmp_path / "claims.json")
    first = claims.of(rgb)
    claims.keep()
    again = Claims(tmp_path / "claims.json")
    again._known = {key: [not value for value in values] for key, values in again._known.items()}
    assert again.of(rgb) == tuple(not value for value in first)
