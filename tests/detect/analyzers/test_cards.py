"""The cards of analyzers: every analyzer has one that tells the truth, in plain words, and the page lists them all."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from assay.detect.analyzers.cards import AnalyzerUnknown, CardUnfit, card, cards, page, read_card
from assay.detect.analyzers.credentials import ContentCredentials
from assay.detect.analyzers.edits import EditMap
from assay.detect.analyzers.faces import Faces
from assay.detect.analyzers.faceswap import FaceSwaps
from assay.detect.analyzers.published import Published
from assay.detect.analyzers.synthetic import Synthetic
from assay.detect.analyzers.syntheticvideo import SyntheticVideo
from assay.detect.analyzers.videofile import VideoFile
from assay.detect.bench import bench
from assay.detect.likeness import known, twins
from assay.detect.values import Profile, Proposition

ALWAYS = (twins.NAME, known.NAME)
"""Findings of the batch and of a list: the session makes them, in every profile."""
VIDEO = {each.name: each.proposition for each in (VideoFile, SyntheticVideo, Faces)}
"""Analyzers of videos, in every profile; `content-credentials` looks at both."""
PROFILES: tuple[Profile, ...] = get_args(Profile)
TRADE = re.compile(
    r"\b(DCT|NFA|coefficients?|quantisation|subsampling|residuals?|covariance|Fourier|spectr\w+|histograms?|"
    r"logits?|entropy|chroma\w*|luma|luminance|variance|keypoints?|CFA|PRNU|interpolat\w+)\b"
)
"""Terms of the trade: they may stand under the method, the limits and the references, nowhere else."""


def test_every_analyzer_has_a_card_and_every_card_its_analyzer() -> None:
    on_bench = {each.name: each.proposition for each in bench("full")}
    on_bench |= dict.fromkeys(ALWAYS, Proposition.PROVENANCE) | VIDEO
    on_bench |= {each.name: each.proposition for each in (Synthetic, Published, EditMap, FaceSwaps)}
    assert ContentCredentials.name in on_bench
    assert {name: each.proposition for name, each in cards().items()} == on_bench


@pytest.mark.parametrize("name", list(cards()))
def test_the_smallest_profile_is_the_one_that_runs_it(name: str) -> None:
    runs = [
        name in (Synthetic.name, Published.name, FaceSwaps.name, *ALWAYS, *VIDEO)
        or (name == EditMap.name and profile == "full")
        or name in {each.name for each in bench(profile)}
        for profile in PROFILES
    ]
    first = PROFILES.index(card(name).profile)
    assert runs == [at >= first for at in range(len(PROFILES))]


@pytest.mark.parametrize("name", list(cards()))
def test_the_file_is_called_like_the_analyzer(name: str, repository: Path) -> None:
    assert (repository / "detect" / "analyzers" / "cards" / f"{name}.yaml").is_file()


@pytest.mark.parametrize("name", list(cards()))
def test_figures_stand_where_the_card_says(name: str, repository: Path) -> None:
    if not card(name).validation:
        return
    place, _, heading = card(name).validation.partition("#")
    titles = re.findall(r"^#+ (.+)$", (repository / "docs" / place).read_text(encoding="utf-8"), re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles]
    assert not heading or heading in anchors


@pytest.mark.parametrize("name", list(cards()))
def test_a_reader_who_is_no_expert_can_read_it(name: str) -> None:
    each = card(name)
    plain = [each.question, each.title, each.absence, *each.false_alarms]
    assert len(each.question.split()) <= 30
    for text in plain:
        assert not TRADE.search(text), text
    for text in (*plain, each.method, each.applies, *each.limits):
        for sentence in re.split(r"(?<=[.;:?!]) ", text):
            assert len(sentence.split()) <= 40, sentence


def test_an_unknown_card_is_refused_with_the_names() -> None:
    with pytest.raises(AnalyzerUnknown, match="jpeg-grid"):
        card("nonsense")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"absence": None}, "absence"),
        ({"colour": "red"}, "colour"),
        ({"question": "No question."}, "question"),
        ({"profile": "slow"}, "profile"),
        ({"references": []}, "references"),
        ({"name": "Not a name"}, "name"),
    ],
)
def test_a_card_that_is_not_whole_is_refused(change: dict[str, Any], where: str) -> None:
    with pytest.raises(CardUnfit, match=where):
        read_card(json.dumps(card("jpeg-grid").to_json() | change))


def test_what_is_no_yaml_is_refused() -> None:
    with pytest.raises(CardUnfit, match="YAML"):
        read_card("name: [")


def test_a_card_survives_its_own_json() -> None:
    for each in cards().values():
        assert read_card(json.dumps(each.to_json())) == each


def test_the_page_is_made_from_the_cards(repository: Path) -> None:
    written = (repository / "docs" / "analyzers.md").read_text(encoding="utf-8")
    assert written == page(), "run `assay detect analyzers --markdown > docs/analyzers.md`"
    assert all(f"\n## {name}\n" in written for name in cards())
