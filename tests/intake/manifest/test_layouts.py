"""Folders as the collections of the field are laid out."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from assay.intake.limits import Limits
from assay.intake.manifest import ManifestError, list_folder


def _touch(root: Path, names: Sequence[str]) -> Path:
    for name in names:
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    return root


def _told(root: Path) -> dict[str, tuple[str, str, str, str]]:
    return {e.name: (e.label, e.split, e.generator, e.source) for e in list_folder(root).entries}


def test_cifake(tmp_path: Path) -> None:
    root = _touch(
        tmp_path / "cifake", ["train/REAL/0001.jpg", "train/FAKE/0001.jpg", "test/REAL/1.jpg", "readme.txt"]
    )
    assert _told(root) == {
        "train/REAL/0001.jpg": ("real", "train", "camera", "CIFAR-10"),
        "train/FAKE/0001.jpg": ("fake", "train", "Stable Diffusion 1.4", "CIFAKE"),
        "test/REAL/1.jpg": ("real", "test", "camera", "CIFAR-10"),
    }


def test_genimage(tmp_path: Path) -> None:
    root = _touch(
        tmp_path,
        ["Midjourney/imagenet_midjourney/train/ai/1.png", "BigGAN/val/ai/2.png", "BigGAN/val/nature/n01.JPEG",
         "Midjourney/imagenet_midjourney/train/nature/n01.JPEG"],
    )  # fmt: skip
    made = {e.name: e for e in list_folder(root).entries}
    assert len(made) == 4
    one = made["Midjourney/imagenet_midjourney/train/ai/1.png"]
    assert (one.label, one.split, one.generator) == ("fake", "train", "Midjourney")
    # The same photo beside two generators is one photo.
    photos = [e for e in made.values() if not e.fake]
    assert {e.source for e in photos} == {"ImageNet"} and len({e.unit for e in photos}) == 1


def test_faceforensics_keeps_a_person_together(tmp_path: Path) -> None:
    root = _touch(
        tmp_path,
        ["original_sequences/youtube/c23/videos/033.mp4", "manipulated_sequences/Deepfakes/c23/videos/033_097.mp4",
         "manipulated_sequences/NeuralTextures/c40/images/097_033/0001.png"],
    )  # fmt: skip
    (root / "splits").mkdir()
    (root / "splits" / "test.json").write_text(json.dumps([["033", "097"]]))
    made = {e.name: e for e in list_folder(root).entries}
    original, swapped, frame = (made[name] for name in sorted(made, key=lambda name: (name[0] != "o", name)))
    assert (original.label, swapped.label, frame.label) == ("real", "fake", "fake")
    assert original.unit == swapped.unit != frame.unit
    assert swapped.generator == "Deepfakes" and frame.groups == {"compression": "c40"}
    assert {e.split for e in made.values()} == {"test"} and swapped.kind == "video" and frame.kind == "image"


def test_plain_folders_and_files_that_say_nothing(tmp_path: Path) -> None:
    root = _touch(tmp_path / "mine", ["train/real/phone/a.jpg", "train/1_fake/b.webp", "odd/c.png"])
    made = list_folder(root, licence="CC0")
    assert {(e.label, e.source, e.split) for e in made.entries} == {
        ("real", "phone", "train"), ("fake", "mine/1_fake", "train"),
    }  # fmt: skip
    assert [p.code for p in made.problems] == ["place-unknown"]
    assert {e.licence for e in made.entries} == {"CC0"}


def test_a_folder_that_is_too_large_or_says_nothing_is_refused(tmp_path: Path) -> None:
    root = _touch(tmp_path, ["real/a.jpg", "fake/b.jpg"])
    with pytest.raises(ManifestError, match="folder_entries"):
        list_folder(root, limits=Limits(folder_entries=1))
    with pytest.raises(ManifestError):
        list_folder(_touch(tmp_path / "x", ["a.jpg"]))
