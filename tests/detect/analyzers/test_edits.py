"""The map of edits that ships: what it says of photos, of a crude splice, and of what it cannot look at."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers import edits
from assay.detect.analyzers.edits import EditMap, preprocessing_of
from assay.detect.forge.launder import reencode
from assay.detect.media import Picture, read_picture
from assay.detect.scales import ArtifactUnfit
from assay.detect.values import Finding, Proposition, Reason
from assay.detect.verdict import judge
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit
from assay.models.artifact import Artifact
from assay.models.engine import Engine
from assay.models.metrics import auc
from assay.models.registry import Registry


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    return Registry().default(edits.TASK)


@pytest.fixture(scope="module")
def engine(artifact: Artifact):
    with Engine.open(artifact, device="cpu", threads=1, outputs=edits.OUTPUTS) as opened:
        yield opened


@pytest.fixture(scope="module")
def decoded(tmp_path_factory: pytest.TempPathFactory):
    """Pixels as a child hands them out of a PNG."""
    path = tmp_path_factory.mktemp("edits") / "a.png"
    with Child() as child:

        def picture(pixels: np.ndarray) -> Picture:
            Image.fromarray(pixels).save(path, compress_level=1)
            return read_picture(Exhibit.open(path), child)

        yield picture


def _spliced(photo: Image.Image, flower: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """A part of a photo at half its size, laid into another and saved with it; and the mask."""
    host, half = np.asarray(flower).copy(), np.asarray(photo.resize((320, 213), Image.Resampling.BOX))
    host[201:341, 322:482] = half[40:180, 60:220]
    mask = np.zeros(host.shape[:2], bool)
    mask[201:341, 322:482] = True
    return reencode(host, 92), mask


def test_a_splice_is_where_the_map_is_hot(engine, artifact, decoded, photo, flower) -> None:
    pixels, mask = _spliced(photo, flower)
    finding = EditMap(engine, artifact).analyze(decoded(pixels))
    heat, trust = finding.arrays["heat"], finding.arrays["reliability"]
    assert finding.applies and heat.shape == trust.shape == (427 // 8, 640 // 8)
    assert trust.min() >= 0 and trust.max() <= 1
    cells = mask[: heat.shape[0] * 8, : heat.shape[1] * 8].reshape(heat.shape[0], 8, -1, 8).mean((1, 3))
    assert auc(heat.ravel(), cells.ravel() >= 0.5) > 0.8
    assert finding.ratio is not None and finding.ratio.log10 > 0.3
    assert finding.detail["cell"] == 8 and finding.detail["windows"] == finding.detail["windows_weighed"] == 6


def test_flat_pictures_are_not_weighed(engine, artifact, decoded) -> None:
    finding = EditMap(engine, artifact).analyze(decoded(np.full((200, 300, 3), 180, np.uint8)))
    assert finding.applies and finding.ratio is None and "too even" in finding.words
    assert [reason.code for reason in finding.reasons] == ["too-even"]
    assert finding.arrays["reliability"].max() == 0


def test_even_windows_count_as_one_and_are_not_to_be_read(engine, artifact, decoded, photo, flower) -> None:
    pixels = _spliced(photo, flower)[0][:288, :288]
    beside = np.concatenate([pixels, np.full((288, 288, 3), 180, np.uint8)], axis=1)
    analyzer = EditMap(engine, artifact)
    finding, alone = analyzer.analyze(decoded(beside)), analyzer.analyze(decoded(pixels))
    assert finding.detail["windows"] == 3 and finding.detail["windows_weighed"] in (1, 2)
    assert "too-even" in {reason.code for reason in finding.reasons}
    assert finding.arrays["reliability"][:, 60:].max() == 0 < finding.arrays["reliability"][:, :12].min()
    assert finding.ratio is not None and alone.ratio is not None
    if finding.detail["windows_weighed"] == 1:
        assert 10**finding.ratio.log10 == pytest.approx((10**alone.ratio.log10 + 2) / 3, rel=1e-3)


def test_photos_are_not_called_edited(engine, artifact, decoded, photo, flower) -> None:
    analyzer = EditMap(engine, artifact)
    for pixels in (np.asarray(photo), np.asarray(flower), reencode(np.asarray(photo), 60)):
        finding = analyzer.analyze(decoded(pixels))
        answer = judge([finding], 0.5).answers[Proposition.EDITED]
        assert answer.ratio is not None and not (answer.answered and answer.ratio.log10 > 0)


def test_it_repeats_and_draws(engine, artifact, decoded, photo, flower) -> None:
    picture = decoded(_spliced(photo, flower)[0])
    plain = EditMap(engine, artifact).analyze(picture)
    drawn = EditMap(engine, artifact, pictures=True).analyze(picture)
    assert plain == drawn and plain.picture is None
    assert drawn.picture is not None and drawn.picture.shape[1] == 1000 and drawn.picture.dtype == np.uint8


def test_large_pictures_are_shrunk_by_a_whole_number(engine, artifact, decoded, photo) -> None:
    analyzer = EditMap(engine, artifact)
    large = np.zeros((3001, 4003, 3), np.uint8)
    asked = preprocessing_of(artifact)
    shrink = asked.shrinkage(large)
    assert shrink == 3 and asked.fitted(large, shrink).shape == (1000, 1328, 3)
    small = np.asarray(photo.resize((2600, 1733)))
    finding = analyzer.analyze(decoded(small))
    assert (
        finding.detail["shrunk"] == 2 and finding.explanation is not None and finding.explanation.patch == 16
    )
    assert finding.arrays["heat"].shape == (1733 // 16, 2600 // 16) and "shrunk 2 times" in finding.words


def test_claims_of_other_analyzers_are_weighed(engine, artifact, decoded, photo) -> None:
    picture = decoded(np.asarray(photo))
    analyzer = EditMap(engine, artifact)
    weights = artifact.card.preprocessing["claims"]
    code, weight = max(weights.items(), key=lambda item: item[1])
    claim = Finding("a", Proposition.EDITED, True, reasons=(Reason(code, ""), Reason("something-else", "")))
    alone, beside = analyzer.analyze(picture), analyzer.analyze(picture, [claim])
    assert weight > 0 and beside.score == pytest.approx(alone.score + weight)
    assert alone.ratio is not None and beside.ratio is not None and beside.ratio.log10 >= alone.ratio.log10
    assert beside.detail["claims"] == {code: weight} and alone.detail["claims"] == {}
    silent = replace(claim, applies=False)
    assert analyzer.analyze(picture, [silent]) == alone


def test_what_is_too_small_is_not_looked_at(engine, artifact, decoded) -> None:
    finding = EditMap(engine, artifact).analyze(decoded(np.zeros((40, 300, 3), np.uint8)))
    assert not finding.applies and finding.why_not is not None and finding.why_not.code == "too-small"


def test_an_artifact_that_asks_for_something_else_is_refused(engine, artifact, tmp_path: Path) -> None:
    card = artifact.card.model_copy(update={"preprocessing": {**artifact.card.preprocessing, "gamma": 2.2}})
    with pytest.raises(ArtifactUnfit, match="gamma"):
        EditMap(engine, replace(artifact, card=card))
