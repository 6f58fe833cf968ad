"""Thresholds keep their promise on every part, and rates are told by group."""

from dataclasses import replace

import numpy as np
import pytest

from assay.detect.faces.scoring import SIZES, size_of
from assay.detect.forge.faces.figures import Scored, audit, calibrators, figures, threshold
from assay.detect.forge.faces.validation import Looks
from assay.detect.forge.faces.views import DELIVERIES


def scored(people: int = 150) -> Scored:
    """Made scores: real faces around 0, replaced ones around 2, those of one group higher by 1."""
    rng = np.random.default_rng(0)
    rows = [
        (way, kind, f"{n}.jpg", f"age={20 + n % 60};sex={n % 2};group={n % 5}", 33.0 + n % 60)
        for n in range(people)
        for way in DELIVERIES
        for kind in ("real", "changed", "self", "faint", "person")
    ]
    way, kind, item, group, eyes = (np.array(column) for column in zip(*rows, strict=True))
    replaced = np.isin(kind, ("self", "faint", "person"))
    raw = rng.normal(2.0 * replaced + 1.0 * np.char.endswith(group, "4"), 1.0)
    small = np.zeros((len(rows), 1, 1), np.float32)
    looks = Looks(
        small.astype(np.uint8), small, replaced, kind, way, np.full(len(rows), "somewhere"), item, group, eyes,
        np.full(len(rows), 8.0), np.full(len(rows), 100.0), np.zeros(len(rows), bool),
    )  # fmt: skip
    return Scored(looks, raw)


def test_at_most_the_stated_share_of_real_faces_passes() -> None:
    made = scored()
    for way in DELIVERIES:
        point = threshold(made, way, 0.05)
        real = made.part((made.looks.way == way) & ~made.looks.replaced)
        assert 0 < (real.raw >= point).mean() <= 0.05
        for size in SIZES:
            rows = np.array([size_of(eyes) == size for eyes in real.looks.eyes])
            assert (real.raw[rows] >= point).mean() <= 0.05


def test_a_group_with_more_false_alarms_stands_out() -> None:
    made = scored()
    points = {way: threshold(made, way, 0.05) for way in DELIVERIES}
    rates = {one.part: one.interval for one in audit(made, points)}
    assert rates["other groups"].value > 2 * rates["Asian"].value
    assert {"apparent men", "apparent women", "white", "aged 18 to 29", "eyes apart 32 to 45"} <= rates.keys()
    assert all(one.low <= one.value <= one.high for one in rates.values())


def test_self_blends_are_told_by_how_much_they_cover() -> None:
    made = scored()
    veil = np.arange(len(made.raw)) // 20 % 3 == 0
    hidden = veil & (made.looks.kind == "self")
    looks = replace(made.looks, cells=np.where(veil, 0.25, 0.9).astype(np.float32)[:, None, None])
    told = figures(Scored(looks, np.where(hidden, made.raw - 2.0, made.raw)), dict.fromkeys(DELIVERIES, 2.0))
    found = {(one.way, one.part): one.interval.value for one in told if one.name == "auc-self"}
    for way in DELIVERIES:
        assert found[way, "thin"] < 0.65 and found[way, "cover"] > 0.85


def test_calibrators_by_tier_and_size_rise_and_are_bounded_by_their_rows() -> None:
    made = calibrators(scored(120))
    assert set(DELIVERIES) <= made.keys() and "film-medium" in made
    for one in made.values():
        low, high = one.bound
        assert low < 0 < high <= np.log10(one.rows.effective_h2 + 1) + 1e-9
        assert one.apply(-3.0).log10_lr < one.apply(3.0).log10_lr


def test_nothing_is_audited_where_no_group_is_known() -> None:
    made = scored(60)
    without = Scored(
        Looks(
            *(
                getattr(made.looks, name) if name != "group" else np.full(len(made.raw), "")
                for name in Looks.__dataclass_fields__
            )
        ),
        made.raw,
    )
    parts = {one.part for one in audit(without, dict.fromkeys(DELIVERIES, 2.0))}
    assert not parts & {"apparent men", "white"} and any(
        part.startswith("brightness") for part in parts if part
    )


@pytest.mark.parametrize("most", [0.01, 0.2])
def test_a_larger_share_lowers_the_point(most: float) -> None:
    assert (threshold(scored(), "web", most) > threshold(scored(), "web", 0.05)) == (most < 0.05)


def test_ratios_that_are_right_have_a_calibration_error_of_chance() -> None:
    """Of scores whose logistic ratio is right by construction, at two replaced looks for each real one."""
    made = scored(600)
    told = {(one.name, one.way): one.interval.value for one in figures(made, dict.fromkeys(DELIVERIES, 1.0))}
    for way in DELIVERIES:
        assert told[("ece", way)] < 3 * told[("ece-noise-floor", way)]
