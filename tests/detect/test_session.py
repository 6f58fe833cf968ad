"""Batches end to end, with a real network, real children and hostile neighbours."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image, ImageFilter, PngImagePlugin

from assay.detect.analyzers.synthetic import Synthetic
from assay.detect.contract import verdict_json
from assay.detect.media import Picture
from assay.detect.samples import Samples
from assay.detect.session import Detector, detect
from assay.detect.stability import LAUNDERINGS
from assay.detect.values import Outcome, Verdict
from assay.intake.limits import DEFAULT
from assay.models.artifact import Artifact
from assay.models.artifact.tensors import pack_tensors


@pytest.fixture(scope="module")
def schema(repository: Path) -> jsonschema.Draft202012Validator:
    document = json.loads((repository / "docs" / "schema" / "verdict.json").read_text())
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


@pytest.fixture(scope="module")
def detector(soft_detector: Artifact):
    with Detector(profile="standard", artifact=soft_detector, workers=2) as one:
        yield one


@pytest.fixture
def mixed(save_as, photo: Image.Image, flower: Image.Image, tmp_path: Path) -> dict[str, tuple[str, str]]:
    """Good files between every kind of bad one: name -> (outcome, first reason)."""
    save_as(photo, "a-sharp.jpg", quality=92)
    save_as(photo.filter(ImageFilter.GaussianBlur(5)), "b-soft.png")
    (tmp_path / "c-empty.jpg").touch()
    (tmp_path / "d-text.jpg").write_text("Dear Sir, please find attached")
    cut = save_as(photo, "e-cut.jpg")
    cut.write_bytes(cut.read_bytes()[:9000])
    (tmp_path / "f-dangling.jpg").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "g-pipe.jpg")
    (tmp_path / "h-noise.bin").write_bytes(random.Random(1).randbytes(5000))
    (tmp_path / "i-video.jpg").write_bytes(b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(100))
    save_as(photo.resize((150, 100)), "j-small.png")
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a")
    save_as(photo, "k-marked.png", pnginfo=text)
    save_as(photo.resize((150, 100)), "l-marked-small.png", pnginfo=text)
    header = save_as(Image.new("RGB", (10, 10)), "m-bomb.bmp")
    data = bytearray(header.read_bytes())
    data[18:26] = (60_000).to_bytes(4, "little") * 2
    header.write_bytes(bytes(data))
    save_as(flower, "n-sharp.webp", quality=95)
    return {
        "a-sharp.jpg": ("consistent", "recording-supported"),
        "b-soft.png": ("inconsistent", "synthetic-supported"),
        "c-empty.jpg": ("failed", "empty-file"),
        "d-text.jpg": ("failed", "text-not-media"),
        "e-cut.jpg": ("failed", "truncated"),
        "f-dangling.jpg": ("failed", "not-found"),
        "g-pipe.jpg": ("failed", "not-a-file"),
        "h-noise.bin": ("failed", "unknown-media-type"),
        "i-video.jpg": ("failed", "damaged"),
        "j-small.png": ("not_applicable", "picture-too-small"),
        "k-marked.png": ("inconsistent", "generator-mark"),
        "l-marked-small.png": ("inconsistent", "generator-mark"),
        "m-bomb.bmp": ("failed", "too-many-pixels"),
        "n-sharp.webp": ("consistent", "recording-supported"),
    }


def _told(verdicts: list[Verdict]) -> dict[str, tuple[str, str]]:
    return {Path(v.path).name: (v.outcome.value, v.reasons[0].code) for v in verdicts}


def test_golden_outputs_that_differ_here_are_said_in_every_verdict(
    soft_detector: Artifact,
    save_as,
    photo: Image.Image,
    tmp_path: Path,
    schema: jsonschema.Draft202012Validator,
) -> None:
    golden = soft_detector.tensors("golden")
    golden["output.logit"] = golden["output.logit"] + np.float32(0.5)
    golden["made_on"] = np.frombuffer(b"Another processor", np.uint8)
    files = {
        file.path: (file.role, soft_detector.data(file.path).tobytes()) for file in soft_detector.card.files
    }
    files["golden.safetensors"] = ("golden", pack_tensors(golden))
    card = soft_detector.card.model_copy(update={"precision": "int8", "files": ()})
    artifact = Artifact.write(tmp_path / "models" / "soft-detector", card, files)
    with Detector(artifact=artifact, workers=1) as one:
        (verdict,) = one.run(save_as(photo, "sharp.jpg"))
        assert one.record.golden is not None and not one.record.golden.within
    (doubt,) = [reason for reason in verdict.reasons if reason.code == "golden-differs"]
    assert "0.5" in doubt.words
    assert verdict.reasons[0] != doubt
    schema.validate(verdict_json(verdict))


def test_bad_files_never_cost_good_ones_their_answers(
    detector: Detector,
    mixed: dict[str, tuple[str, str]],
    tmp_path: Path,
    schema: jsonschema.Draft202012Validator,
) -> None:
    seen: list[str] = []
    verdicts = list(detector.run(tmp_path, progress=lambda verdict: seen.append(verdict.path)))
    assert _told(verdicts) == mixed
    assert seen == [verdict.path for verdict in verdicts] == sorted(seen)
    for verdict in verdicts:
        line = json.loads(json.dumps(verdict_json(verdict), allow_nan=False))
        schema.validate(line)
        assert line["seconds"] > 0
        assert (line["sha256"] is None) == (
            line["reasons"][0]["code"] in ("empty-file", "not-found", "not-a-file")
        )


def test_all_outcomes_occur_and_fit_the_schema(detector: Detector, save_as, photo: Image.Image, tmp_path: Path,
                                               schema: jsonschema.Draft202012Validator) -> None:  # fmt: skip
    for step in range(12):
        save_as(photo.filter(ImageFilter.GaussianBlur(0.4 + step / 6)), f"s{step:02}.png")
    (tmp_path / "t.jpg").touch()
    save_as(photo.resize((150, 100)), "u.png")
    save_as(photo, "v.jpg")
    save_as(photo.filter(ImageFilter.GaussianBlur(6)), "w.png")
    lines = [verdict_json(verdict) for verdict in detector.run([tmp_path])]
    for line in lines:
        schema.validate(line)
    assert {line["outcome"] for line in lines} == {outcome.value for outcome in Outcome}


def test_the_schema_refuses_what_the_contract_does_not_say(
    detector: Detector, save_as, photo: Image.Image, schema: jsonschema.Draft202012Validator
) -> None:
    (verdict,) = detector.run(save_as(photo, "a.jpg"))
    line = verdict_json(verdict)
    schema.validate(line)
    broken: list[dict[str, Any]] = [
        line | {"extra": 1}, line | {"outcome": "fake"}, line | {"score": 1.2}, line | {"sha256": "abc"},
        line | {"reasons": []},
        line | {"outcome": "failed"}, {key: value for key, value in line.items() if key != "tier"},
        line | {"log10_lr": 9},
        line | {"findings": [line["findings"][1] | {"log10_lr": 0.5}]}, line | {"seconds": -1},
    ]  # fmt: skip
    for document in broken:
        with pytest.raises(jsonschema.ValidationError):
            schema.validate(document)


def test_scores_are_the_same_alone_and_in_company(
    soft_detector: Artifact, save_as, photo: Image.Image, flower: Image.Image
) -> None:
    paths = [save_as(picture.filter(ImageFilter.GaussianBlur(radius)), f"{name}{radius}.png")
             for name, picture in (("p", photo), ("f", flower)) for radius in (0, 1, 2)]  # fmt: skip
    with Detector(artifact=soft_detector, workers=1) as one:
        alone = {str(path): next(one.run(path)) for path in paths}
    with Detector(artifact=soft_detector, workers=3) as many:
        together = list(many.run(list(reversed(paths))))
    assert [verdict.path for verdict in together] == [str(path) for path in reversed(paths)]
    for verdict in together:
        assert verdict.findings[0] == alone[verdict.path].findings[0]


def test_the_profiles_do_what_they_say(soft_detector: Artifact, save_as, photo: Image.Image) -> None:
    path = save_as(photo, "a.jpg", quality=95)
    found = {}
    for profile, crops in (("fast", 1), ("standard", 2), ("full", 2)):
        (verdict,) = detect(path, profile=profile, artifact=soft_detector)
        detail = verdict.findings[0].detail
        assert len(detail["crops"]) == crops
        assert [one["laundering"] for one in detail["stability"]] == [
            one.name for one in LAUNDERINGS[profile]
        ]
        codes = [reason.code for reason in verdict.reasons]
        assert ("stability-not-tested" in codes) == (profile == "fast")
        assert ("edited-not-assessed" in codes) == (profile != "full")
        mapped = [finding for finding in verdict.findings if finding.analyzer == "edit-map"]
        assert len(mapped) == (profile == "full") and all(one.arrays["heat"].size for one in mapped)
        assert ("edit-map" in [one.name for one in verdict.artifacts]) == (profile == "full")
        found[profile] = detail["crops"][0]["score"]
    assert found["fast"] == found["standard"] == found["full"]


def test_an_answer_that_delivery_turns_is_inconclusive(
    soft_detector: Artifact, photo: Image.Image, save_as
) -> None:
    # Fine noise is all that makes this soft picture sharp, and delivery wipes it out.
    soft = np.asarray(photo.filter(ImageFilter.GaussianBlur(6))).astype(int)
    noise = np.random.default_rng(3).integers(-9, 10, soft.shape)
    path = save_as(Image.fromarray(np.clip(soft + noise, 0, 255).astype(np.uint8)), "a.png")
    (fast,) = detect(path, profile="fast", artifact=soft_detector)
    (full,) = detect(path, profile="full", artifact=soft_detector)
    stability = full.findings[0].detail["stability"]
    assert fast.outcome is not Outcome.INCONCLUSIVE
    assert full.outcome is Outcome.INCONCLUSIVE and full.reasons[0].code.startswith("unstable-"), stability


def test_an_endless_batch_is_handed_out_as_it_goes(detector: Detector, save_as, photo: Image.Image) -> None:
    path = save_as(photo.resize((320, 240)), "a.jpg")
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield path

    verdicts = detector.run(endless())
    for _ in range(20):
        assert next(verdicts).outcome is not Outcome.FAILED
    assert len(taken) < 60
    verdicts.close()


def test_a_folder_of_rubbish_is_handed_out_as_it_goes(detector: Detector, tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield path

    verdicts = detector.run(endless())
    for _ in range(50):
        assert next(verdicts).reasons[0].code == "empty-file"
    assert len(taken) < 80
    verdicts.close()


def test_a_fault_of_ours_costs_one_exhibit_only(
    soft_detector: Artifact, save_as, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.detect.analyzers.metadata import Metadata

    paths = [save_as(photo, f"{name}.jpg", comment=name.encode()) for name in "abc"]
    real = Metadata.analyze

    def faulty(self: Metadata, exhibit: Any) -> Any:
        if exhibit.facts.comment == "b":
            raise ZeroDivisionError("as if")
        return real(self, exhibit)

    monkeypatch.setattr(Metadata, "analyze", faulty)
    verdicts = list(detect(paths, artifact=soft_detector, profile="fast"))
    assert [verdict.outcome.value for verdict in verdicts] == ["consistent", "failed", "consistent"]
    assert verdicts[1].reasons[0].code == "internal-error"


def test_a_fault_after_the_network_costs_one_exhibit_only(
    soft_detector: Artifact, save_as, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.detect.analyzers.synthetic import Synthetic

    paths = [save_as(photo.resize((300, 240 + i)), f"{i}.jpg") for i in range(3)]
    real = Synthetic.conclude

    def faulty(self: Synthetic, samples: Any, scores: Any) -> Any:
        if samples.views[0].height == 241:
            raise ZeroDivisionError("as if")
        return real(self, samples, scores)

    monkeypatch.setattr(Synthetic, "conclude", faulty)
    verdicts = list(detect(paths, artifact=soft_detector, profile="fast"))
    assert [verdict.reasons[0].code == "internal-error" for verdict in verdicts] == [False, True, False]


def test_pictures_come_with_the_findings_when_asked_for(
    soft_detector: Artifact, save_as, photo: Image.Image
) -> None:
    path = save_as(photo, "a.jpg")
    (bare,) = detect(path, artifact=soft_detector, profile="fast")
    (drawn,) = detect(path, artifact=soft_detector, profile="fast", pictures=True)
    assert all(finding.picture is None for finding in bare.findings)
    picture = drawn.findings[0].picture
    assert picture is not None and picture.dtype == np.uint8 and picture.shape[1:] == (1000, 3)
    assert drawn.findings[0].ratio == bare.findings[0].ratio
    for finding in (bare.findings[0], drawn.findings[0]):
        assert {name: (array.dtype, array.shape) for name, array in finding.arrays.items()} == {
            "heat": (np.float32, (27, 40)),
            "reliability": (np.float32, (27, 40)),
        }
    assert bare.findings[1].arrays == {}


def test_a_child_killed_in_the_middle_costs_one_exhibit_at_most(
    soft_detector: Artifact, save_as, photo: Image.Image
) -> None:
    paths = [save_as(photo, f"{i}.jpg") for i in range(8)]
    with Detector(artifact=soft_detector, workers=1, profile="fast") as one:
        verdicts = one.run(paths)
        first = next(verdicts)
        child = one._children.get()
        assert child.pid is not None
        os.kill(child.pid, 9)
        one._children.put(child)
        rest = list(verdicts)
    assert first.outcome is Outcome.CONSISTENT and len(rest) == 7
    assert sum(verdict.outcome is Outcome.FAILED for verdict in rest) <= 1


def test_names_that_are_no_unicode_are_valid_json(
    detector: Detector, photo: Image.Image, tmp_path: Path
) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png")
    with open(name, "wb") as file:
        photo.save(file, "PNG")
    (verdict,) = detector.run(name)
    line = json.dumps(verdict_json(verdict), ensure_ascii=False).encode("utf-8")
    assert json.loads(line)["path"].endswith("\\xff\\xfe.png")


def test_the_package_can_be_called_and_is_still_a_package(
    soft_detector: Artifact, save_as, photo: Image.Image
) -> None:
    from assay import detect as called
    from assay.detect import values

    (verdict,) = called(save_as(photo, "a.jpg"), artifact=soft_detector, profile="fast")
    assert isinstance(verdict, values.Verdict)
    assert called.Detector is Detector


def test_importing_it_costs_nothing() -> None:
    heavy = "('numpy', 'PIL', 'onnxruntime', 'torch')"
    code = (
        f"import assay, sys, time; assay.detect; print(sorted(m for m in {heavy} if m in sys.modules))\n"
        "print(time.process_time())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported, seconds = done.stdout.splitlines()
    assert imported == "[]" and float(seconds) < 1


def test_an_unknown_profile_is_wrong_use(soft_detector: Artifact) -> None:
    with pytest.raises(ValueError, match="profile"):
        Detector(profile="slow", artifact=soft_detector)  # type: ignore[arg-type]


def test_a_picture_too_large_to_be_searched_is_still_answered(
    soft_detector: Artifact, save_as, photo: Image.Image
) -> None:
    path = save_as(photo, "a.jpg")
    for most, searched in ((640 * 427, True), (640 * 427 - 1, False)):
        limits = replace(DEFAULT, searched_pixels=most)
        (verdict,) = detect(path, profile="full", artifact=soft_detector, workers=1, limits=limits)
        (grid,) = [finding for finding in verdict.findings if finding.analyzer == "jpeg-grid"]
        assert verdict.outcome is not Outcome.FAILED
        assert (grid.why_not is None or grid.why_not.code != "too-large") == searched


def test_very_large_pictures_are_looked_at_one_at_a_time(
    soft_detector: Artifact, save_as, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_as(photo, "a.png")
    inside = most = 0
    lock = threading.Lock()
    samples = Synthetic.samples

    def watched(self: Synthetic, exhibit: Picture) -> Samples:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.05)
        taken = samples(self, exhibit)
        with lock:
            inside -= 1
        return taken

    monkeypatch.setattr(Synthetic, "samples", watched)
    for large, expected in ((640 * 427, 2), (640 * 427 - 1, 1)):
        most = 0
        monkeypatch.setattr("assay.detect.preparation.LARGE", large)
        verdicts = list(detect([path] * 6, profile="fast", artifact=soft_detector, workers=2))
        assert len(verdicts) == 6 and most == expected
