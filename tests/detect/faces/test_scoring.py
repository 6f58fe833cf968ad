"""Scores of faces, what they are worth, and what a track of them adds up to, with the artifact that ships."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assay.detect.faces import scoring
from assay.detect.faces.finder import Face
from assay.detect.faces.scoring import FILM, SIZES, FaceScore, FaceScorer, size_of
from assay.models.engine import Engine
from assay.models.metrics.series import independent
from assay.models.registry import Registry

MARKS = np.array([[280, 150], [340, 152], [312, 190], [288, 220], [336, 221]], np.float32)
FACE = Face(np.array([250, 90, 130, 170], np.float32), MARKS, 0.9)


@pytest.fixture(scope="module")
def scorer() -> Iterator[FaceScorer]:
    artifact = Registry().default(scoring.TASK)
    with Engine.open(artifact, device="cpu", outputs=scoring.OUTPUTS) as engine:
        yield FaceScorer(engine, artifact)


def test_the_same_crop_has_the_same_score_whoever_is_beside_it(
    scorer: FaceScorer, photo: Image.Image
) -> None:
    crop = scorer.crop(np.asarray(photo), FACE)
    other = np.ascontiguousarray(crop[::-1])
    alone = scorer.score([crop], [60.0], "web")[0]
    beside = scorer.score([other, crop, other], [60.0] * 3, "web")[1]
    assert alone.raw == beside.raw and np.array_equal(alone.heat, beside.heat)
    assert crop.shape == (scorer.side, scorer.side, 3)
    assert alone.heat.shape == (scorer.side // scorer.cell,) * 2 and np.isfinite(alone.heat).all()


def test_a_heat_map_lies_where_its_face_is(scorer: FaceScorer) -> None:
    count = scorer.side // scorer.cell
    laid = scorer.place(np.ones((count, count), np.float32), FACE, (400, 600))
    assert laid.shape == (400, 600) and np.isnan(laid[0, 0])
    x, y = MARKS.mean(axis=0).astype(int)
    assert laid[y, x] == pytest.approx(1.0)


@pytest.mark.parametrize("tier", ["clean", "web", "hard", FILM])
@pytest.mark.parametrize("eyes", [33.0, 60.0, 120.0])
def test_more_never_means_less_and_bounds_hold(scorer: FaceScorer, tier: str, eyes: float) -> None:
    ratios = [scorer.weigh(raw, tier, eyes) for raw in np.linspace(-20, 20, 41)]
    low, high = scorer.bound(tier, eyes)
    assert all(a.log10 <= b.log10 for a, b in pairwise(ratios))
    assert all(low <= one.low <= one.log10 <= one.high <= high for one in ratios)
    point = scorer.point(tier)
    assert (
        point is not None
        and scorer.over(point.threshold, tier)
        and not scorer.over(point.threshold - 1, tier)
    )


def test_too_few_frames_are_no_track(scorer: FaceScorer) -> None:
    one = FaceScore(1.0, np.zeros((12, 12), np.float32), FILM, 60.0)
    assert scorer.track([one, one]) is None


def test_a_track_is_worth_its_median_frame(scorer: FaceScorer) -> None:
    values = np.random.default_rng(0).normal(0.5, 1.0, 31)
    scores = [FaceScore(float(raw), np.zeros((12, 12), np.float32), FILM, 60.0) for raw in values]
    track = scorer.track(scores)
    assert track is not None and track.raw == pytest.approx(float(np.median(values))) and track.frames == 31
    alone = scorer.weigh(track.raw, FILM, 60.0)
    assert (
        track.ratio.log10 == alone.log10 and track.ratio.low <= alone.low and track.ratio.high >= alone.high
    )
    still = scorer.track([scores[0]] * 31)
    assert still is not None and still.effective == 1.0


def test_sizes_meet() -> None:
    assert [size_of(eyes) for eyes in (32, 44.9, 45, 69.9, 70, 500)] == ["small"] * 2 + ["medium"] * 2 + [
        "large"
    ] * 2
    assert list(SIZES) == ["small", "medium", "large"]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=60))
def test_a_series_is_worth_one_to_its_length(values: list[float]) -> None:
    assert 1.0 <= independent(np.array(values)) <= max(1, len(values))
