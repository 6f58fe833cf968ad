"""The explanation of a finding, by a real engine."""

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from assay.detect.explanation.account import neutral, reach
from assay.detect.session import Detector
from assay.detect.values import Explanation, Finding
from assay.models.artifact import Artifact
from assay.models.calibration import Calibrator
from assay.models.registry import Registry


@pytest.fixture(scope="module")
def detector(soft_detector: Artifact):
    with Detector(artifact=soft_detector, workers=1, pictures=True) as one:
        yield one


def _finding(detector: Detector, path: Any) -> Finding:
    (verdict,) = detector.run(path)
    return verdict.findings[0]


@pytest.mark.parametrize("fit", [Calibrator.fit_logistic, Calibrator.fit_isotonic])
def test_the_neutral_score_weighs_nothing_and_beyond_its_reach_little_changes(fit: Any) -> None:
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1], 300)
    calibrator = fit(rng.normal(3 * labels - 0.5, 1.0), labels)
    middle, far = neutral(calibrator), reach(calibrator)
    assert abs(calibrator.apply(middle).log10_lr) < 0.15
    assert calibrator.apply(middle - 0.7).log10_lr < -0.05 and calibrator.apply(middle + 0.7).log10_lr > 0.05
    for side in (-1, 1):
        end = calibrator.apply(middle + side * 100).log10_lr
        assert calibrator.apply(middle + side * far).log10_lr == pytest.approx(end, rel=0.06)


def test_the_neutral_scores_of_the_shipped_artifact_are_where_its_ratios_are_one() -> None:
    for name, calibrator in Registry().default("synthetic-image").calibrators().items():
        assert calibrator.apply(neutral(calibrator)).log10_lr == pytest.approx(0, abs=0.02), name
        assert reach(calibrator) > 0.5


def test_patches_of_a_single_crop_average_to_its_score(
    detector: Detector, save_as, photo: Image.Image
) -> None:
    finding = _finding(detector, save_as(photo.crop((200, 150, 424, 374)), "a.png"))
    assert finding.explanation is not None and finding.score is not None
    assert finding.arrays["heat"].shape == (14, 14)
    assert finding.arrays["heat"].mean() == pytest.approx(finding.score, abs=1e-4)
    assert [part.score for part in finding.explanation.parts] == [finding.score]


def test_the_map_shows_which_half_was_blurred(detector: Detector, save_as, photo: Image.Image) -> None:
    half = photo.filter(ImageFilter.GaussianBlur(4))
    half.paste(photo.crop((0, 0, 320, 427)), (0, 0))
    finding = _finding(detector, save_as(half, "a.png"))
    assert finding.explanation is not None
    heat = finding.arrays["heat"] - finding.explanation.neutral
    sharp, soft = heat[12:, :19], heat[12:, 21:]
    assert (soft > 0).mean() > 0.9 > 0.3 > (sharp > 0).mean()


def test_the_flat_sky_of_a_photo_is_unreliable(detector: Detector, save_as, photo: Image.Image) -> None:
    trust = _finding(detector, save_as(photo, "a.png")).arrays["reliability"]
    assert np.nanmin(trust) >= 0 and np.nanmax(trust) <= 1
    sky, temple = trust[1:5, 26:38], trust[14:22, 10:30]
    assert np.nanmean(sky) < 0.25 < 0.55 < np.nanmean(temple)


def test_the_parts_that_made_the_score_come_first_and_the_most_telling_leads(
    detector: Detector, save_as, photo: Image.Image
) -> None:
    for name, radius, sign in (("sharp.png", 0, -1), ("soft.png", 5, 1)):
        finding = _finding(detector, save_as(photo.filter(ImageFilter.GaussianBlur(radius)), name))
        assert finding.explanation is not None and finding.ratio is not None
        assert np.sign(finding.ratio.log10) == sign
        scored = [part.score for part in finding.explanation.parts if part.scored]
        assert [part.scored for part in finding.explanation.parts[:2]] == [True, True] and len(scored) == 2
        assert scored == sorted(scored, key=lambda score: -sign * score)
        assert finding.score == pytest.approx(np.mean(scored))


def test_explanations_are_compared_by_their_numbers() -> None:
    def made(value: float) -> Explanation:
        return Explanation((), 0.0, 1.0, 16, maps={"heat": np.array([[value, np.nan]], dtype=np.float32)})

    assert made(1) == made(1) and made(1) != made(2) and made(1) != Explanation((), 0.0, 1.0, 16)
    assert made(1) != "heat"
