"""Artifacts that judge faces, validated on pictures of people: what counts, what does not and why."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.detect.analyzers.faceswap import FaceSwaps
from assay.detect.faces import finder, scoring
from assay.detect.faces.scoring import FaceScorer
from assay.detect.media import read_picture
from assay.detect.validation import Plan, validate
from assay.detect.validation.conditions import NATIVE
from assay.detect.validation.scorers import FacesScorer, scorer_of
from assay.detect.validation.scoring import Job, score_all
from assay.detect.validation.store import Store
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit
from assay.intake.manifest import Entry, write_manifest
from assay.models.artifact import Artifact
from assay.models.engine import Engine
from assay.models.registry import Registry

Pixels = np.ndarray  # type: ignore[type-arg]
ACCEPT = ("leak-format", "leak-jpeg-history", "leak-size", "leak-metadata", "leak-together")


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    return Registry().default(scoring.TASK)


@pytest.fixture(scope="module")
def people(assay_data: Path) -> list[tuple[Pixels, str]]:
    """Faces that the artifact was not trained on, with their guessed sex."""
    with (assay_data / "media" / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if "/faces_real/" in row["path"] and row["group"]]
    held = [
        row
        for row in rows
        if int.from_bytes(hashlib.blake2b(row["path"].encode(), digest_size=4).digest(), "big") < 0.25 * 2**32
    ]
    found = []
    for row in held[:: max(1, len(held) // 40)]:
        rgb = Image.open(assay_data / "media" / row["path"]).convert("RGB").resize((180, 180))
        found.append((np.asarray(rgb), row["group"].split(";")[1]))
    return found


def _swapped(host: Pixels, donor: Pixels, look: finder.FaceFinder) -> Pixels | None:
    """The donor's face over the host's, by their five landmarks, with a soft edge."""
    ours, theirs = look.find(host)[:1], look.find(donor)[:1]
    if not ours or not theirs:
        return None
    matrix, _ = cv2.estimateAffinePartial2D(theirs[0].marks, ours[0].marks)
    laid = cv2.warpAffine(donor, matrix, host.shape[1::-1], borderMode=cv2.BORDER_REFLECT)
    eyes = float(np.hypot(*(ours[0].marks[1] - ours[0].marks[0])))
    middle = tuple(round(float(v)) for v in ours[0].marks.mean(axis=0))
    alpha = np.zeros(host.shape[:2], np.float32)
    cv2.ellipse(alpha, middle, (round(eyes * 0.85), round(eyes * 1.1)), 0, 0, 360, 1.0, -1)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 2)[..., None]
    return np.rint(laid * alpha + host * (1 - alpha)).astype(np.uint8)


@pytest.fixture(scope="module")
def listed(
    people: list[tuple[Pixels, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, list[Entry]]]:
    folder = tmp_path_factory.mktemp("people")
    look = finder.FaceFinder(Registry().default(finder.TASK))
    entries = []

    def save(name: str, rgb: Pixels, label: str, sex: str = "") -> None:
        Image.fromarray(rgb).save(folder / name, quality=92)
        groups = {"sex": sex} if sex else {}
        made = Entry(folder / name, name, label, kind="image", source=label, groups=groups)  # type: ignore[arg-type]
        entries.append(made)

    for number, (rgb, sex) in enumerate(people):
        save(f"real-{number}.jpg", rgb, "real", sex)
        made = _swapped(rgb, people[number - 1][0], look) if number < 12 else None
        if made is not None:
            save(f"swap-{number}.jpg", made, "fake", sex)
    empty = np.tile(np.linspace(0, 255, 200).astype(np.uint8)[:, None, None], (1, 200, 3))
    save("empty.jpg", empty, "real")
    small = np.full((200, 200, 3), 128, np.uint8)
    small[70:130, 70:130] = cv2.resize(people[0][0], (60, 60), interpolation=cv2.INTER_AREA)
    save("small.jpg", small, "real")
    save("two.jpg", np.hstack([people[0][0], people[1][0]]), "real")
    write_manifest(folder / "list.csv", entries)
    yield folder / "list.csv", entries


def test_pictures_are_ranked_by_their_strongest_face_and_weighed_as_exhibits_are(
    artifact: Artifact, listed: tuple[Path, list[Entry]]
) -> None:
    _, entries = listed
    scorer = scorer_of(artifact)
    assert isinstance(scorer, FacesScorer)
    chosen = [one for one in entries if one.name in ("real-1.jpg", "swap-1.jpg", "two.jpg")]
    exhibits = [Exhibit.open(one.path) for one in chosen]
    with (
        Store(None, scorer.identity) as store,
        Engine.open(artifact, device="cpu", outputs=scoring.OUTPUTS) as engine,
        Child() as child,
    ):
        score_all([Job(one, (NATIVE,)) for one in exhibits], scorer, engine, store, workers=2)
        analyzer = FaceSwaps(FaceScorer(engine, artifact), Registry().default(finder.TASK))
        for exhibit in exhibits:
            held = store.get(exhibit.sha256, NATIVE.name)
            finding = analyzer.analyze(read_picture(exhibit, child))
            assert held is not None and finding.ratio is not None
            assert held.tier == finding.detail["tier"] and held.parts == finding.detail["scored"]
            told = [one["score"] for one in finding.detail["faces"] if one["score"] is not None]
            assert scorer.raw(held.scores) == pytest.approx(max(told), abs=1e-3)
            ratio = scorer.ratio(held.scores, held.parts, held.tier, held.eyes)
            assert ratio.log10 == pytest.approx(finding.ratio.log10, abs=1e-3)
            assert scorer.threshold(held.tier, held.parts) == finding.detail["threshold"]
    assert held.parts == 2  # two.jpg, the last


def test_who_cannot_be_judged_is_counted_with_why_and_a_second_run_knows_it(
    artifact: Artifact, listed: tuple[Path, list[Entry]], tmp_path: Path
) -> None:
    path, entries = listed

    def run():
        return validate(
            artifact, Plan(manifest=path, accept=ACCEPT), profile="fast", only=["tables", "audit"],
            cache=tmp_path / "cache", workers=2, device="cpu",
        )  # fmt: skip

    made = run()
    counted, why = made.files["native"], made.unjudged["native"]
    assert counted["asked"] == len(entries) and counted["refused"] == 0
    assert sum(why.values()) == counted["not_applicable"] and why["no-face"] >= 1 and why["face-small"] >= 1
    auc = made.figure("auc", "native")
    assert auc is not None and auc.value > 0.75 and auc.n == counted["scored"]
    assert made.artifact.h1 == FacesScorer.h1
    assert "sex" in {audit.group for audit in made.audits}
    assert made.files.keys() == {"native", "clean", "web", "hard"}
    again = run()
    assert again.figures == made.figures and again.unjudged == made.unjudged
