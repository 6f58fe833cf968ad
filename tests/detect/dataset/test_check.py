"""What would make a figure worthless is found: formats that tell the label, copies across splits, classes apart."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from assay.detect.dataset import check_dataset, split_by_source
from assay.detect.dataset.card import dataset_card, markdown
from assay.detect.dataset.facts import FACTS_NAME, gather_facts
from assay.intake.manifest import Entry, Manifest, ManifestError

MadeSet = Callable[..., list[Entry]]


def _manifest(entries: list[Entry], folder: Path) -> Manifest:
    return Manifest(folder, tuple(entries), (), "0" * 64)


def _codes(entries: list[Entry], folder: Path) -> dict[str, str]:
    return {
        fault.code: fault.severity for fault in check_dataset(_manifest(entries, folder), workers=1).faults
    }


def test_classes_that_are_saved_alike_pass_the_control(made_set: MadeSet, tmp_path: Path) -> None:
    found = check_dataset(_manifest(made_set(), tmp_path), workers=1)
    assert not found.errors()
    control = {one.family: one for one in found.controls}
    assert control["format"].value.value == 0.5
    assert all(one.value.value < 0.6 for one in found.controls), control


def _png_for_fakes(picture: Image.Image, path: Path, fake: bool) -> None:
    picture.save(path, "PNG" if fake else "JPEG", **({} if fake else {"quality": 90}))


def _better_saved_fakes(picture: Image.Image, path: Path, fake: bool) -> None:
    picture.save(path, "JPEG", quality=96 if fake else 82)


def _camera_marks(picture: Image.Image, path: Path, fake: bool) -> None:
    exif = Image.Exif()
    if not fake:
        exif[0x010F] = "A Camera"
        exif[0x0110] = "One"
    picture.save(path, "JPEG", quality=90, exif=exif)


def _larger_fakes(picture: Image.Image, path: Path, fake: bool) -> None:
    (picture if fake else picture.resize((240, 200))).save(path, "JPEG", quality=90)


@pytest.mark.parametrize(
    ("save", "code"),
    [
        (_png_for_fakes, "leak-format"), (_better_saved_fakes, "leak-jpeg-history"),
        (_camera_marks, "leak-metadata"), (_larger_fakes, "leak-size"),
    ],
)  # fmt: skip
def test_a_planted_leak_is_an_error(made_set: MadeSet, tmp_path: Path, save, code: str) -> None:
    found = check_dataset(_manifest(made_set(save=save), tmp_path), workers=1)
    assert code in {fault.code for fault in found.errors()}
    assert code not in {fault.code for fault in found.errors(accepted=[code])}


def test_copies_across_splits_are_found_whatever_was_done_to_them(made_set: MadeSet, tmp_path: Path) -> None:
    entries = [replace(entry, split="train") for entry in made_set(6)]
    with Image.open(entries[0].path) as picture:
        copies = {
            "same.jpg": None,
            "small.png": picture.resize((200, 200)),
            "turned.jpg": ImageOps.mirror(picture),
        }
        for name, copy in copies.items():
            place = tmp_path / name
            if copy is None:
                place.write_bytes(entries[0].path.read_bytes())
            else:
                copy.save(place)
            made = [*entries, replace(entries[0], path=place, name=name, split="test")]
            pairs = [
                fault.detail["pairs"]
                for fault in check_dataset(_manifest(made, tmp_path), workers=1).faults
                if fault.code == "duplicate-across-splits"
            ]
            assert pairs and [(p["first"], p["second"]) for p in pairs[0]] == [("real-000.jpg", name)], name


def test_what_else_is_wrong(made_set: MadeSet, tmp_path: Path) -> None:
    entries = made_set(6)
    both = replace(entries[0], label="fake", name="other", source="")
    assert _codes([*entries, both], tmp_path)["label-conflict"] == "error"
    parted = [replace(e, split="train" if at % 3 else "test", unit="clip") for at, e in enumerate(entries)]
    found = _codes(parted, tmp_path)
    assert found["unit-across-splits"] == "error" and found["source-across-splits"] == "warning"
    lone = [replace(e, split=e.label) for e in entries]
    assert _codes(lone, tmp_path)["one-class"] == "error"
    gone = [*entries, replace(entries[0], path=tmp_path / "gone.jpg", name="gone.jpg", source="")]
    found = _codes(gone, tmp_path)
    assert found["files-unread"] == "warning" and found["source-missing"] == "warning"
    assert found["control-too-few"] == "note"


def test_a_class_that_was_delivered_worse_is_told(made_set: MadeSet, tmp_path: Path) -> None:
    def save(picture: Image.Image, path: Path, fake: bool) -> None:
        picture.resize((512, 512)).save(path, "JPEG", quality=40 if fake else 92)

    assert _codes(made_set(save=save), tmp_path)["tier-imbalance"] == "warning"


def test_facts_are_remembered_by_content(made_set: MadeSet, tmp_path: Path) -> None:
    entries = made_set(3)
    first = gather_facts(entries, cache=tmp_path / "cache", workers=1)
    kept = tmp_path / "cache" / FACTS_NAME
    kept.write_bytes(kept.read_bytes()[:-30])  # killed in the middle of a line
    moved = [replace(entry, path=entry.path.rename(tmp_path / entry.path.name)) for entry in entries]
    assert gather_facts(moved, cache=tmp_path / "cache", workers=1) == first
    assert len(kept.read_text().splitlines()) >= len(entries)


def test_a_split_by_source_keeps_sources_units_and_copies_whole(made_set: MadeSet) -> None:
    entries = made_set(8)
    made = split_by_source(entries, {"train": 0.5, "test": 0.5})
    assert [replace(entry, split="") for entry in made] == entries
    for label in ("real", "fake"):
        assert {e.split for e in made if e.label == label} == {"train", "test"}
    sources = {(e.source, e.split) for e in made}
    assert len(sources) == len({source for source, _ in sources})
    assert split_by_source(entries, {"train": 0.5, "test": 0.5}) == made
    joined = [replace(e, unit="one clip") if not e.fake and e.source[-1] in "012" else e for e in entries]
    parted = split_by_source(joined, {"train": 0.5, "test": 0.5})
    assert len({e.split for e in parted if e.unit}) == 1
    with pytest.raises(ManifestError, match="too few"):
        split_by_source([replace(e, source=e.label) for e in entries], {"train": 0.5, "test": 0.5})


def test_the_card_names_the_set_by_its_content(made_set: MadeSet, tmp_path: Path) -> None:
    entries = made_set(4)
    card = dataset_card(check_dataset(_manifest(entries, tmp_path), workers=1))
    assert card["files"] == 8 and len(card["sources"]) == 8 and card["groups"] == {"half": {"0": 4, "1": 4}}
    entries[0].path.write_bytes(entries[1].path.read_bytes())
    other = dataset_card(check_dataset(_manifest(entries, tmp_path), workers=1))
    assert other["content_sha256"] != card["content_sha256"]
    page = markdown(card, "a | set")
    assert card["content_sha256"] in page and "| real-source-0 | real |" in page
