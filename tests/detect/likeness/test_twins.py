"""Near twins: found after delivery and in every pose, told for those before, grouped at the end, memory bounded."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assay.detect.contract import verdict_json
from assay.detect.forge.launder import TIER_LAUNDERINGS, delivery
from assay.detect.likeness.fingerprint import POSES, Fingerprint, fingerprint
from assay.detect.likeness.table import TOGETHER, Table
from assay.detect.likeness.twins import Twins
from assay.detect.session import Detector
from assay.detect.values import Finding
from assay.intake.limits import DEFAULT
from assay.models.artifact import Artifact

SHA = [f"{number:064x}" for number in range(200)]


def _print(picture: Image.Image) -> Fingerprint:
    found = fingerprint(np.asarray(picture.convert("RGB")))
    assert found is not None
    return found


def _codes(finding: Finding) -> list[str]:
    return [reason.code for reason in finding.reasons]


def test_hashes_are_those_of_the_library(photo: Image.Image, flower: Image.Image) -> None:
    for picture in (photo, flower):
        found = _print(picture)
        for mine, theirs in (
            (found.phash, imagehash.phash(picture)),
            (found.dhash, imagehash.dhash(picture)),
        ):
            assert (mine ^ int(str(theirs), 16)).bit_count() <= 1


def test_a_picture_is_found_in_every_pose(photo: Image.Image) -> None:
    table = Table()
    original = _print(photo)
    table.add(original.phash, original.dhash)
    for name, pose in POSES.items():
        (near,) = table.near(_print(photo if pose is None else photo.transpose(pose)))
        undone = {"turned left": "turned right", "turned right": "turned left"}
        assert near.pose == undone.get(name, name) and near.distance <= 2


@pytest.mark.parametrize("way", ["web", "hard", "messenger", "webp-40"])
def test_a_delivered_picture_is_found_and_another_is_not(
    photo: Image.Image, flower: Image.Image, way: str
) -> None:
    laundering = TIER_LAUNDERINGS[way] if way in ("web", "hard") else delivery(way)
    table = Table()
    for picture in (photo, flower):
        found = _print(picture)
        table.add(found.phash, found.dhash)
    found = fingerprint(laundering.apply(np.asarray(flower)))
    assert found is not None and [near.entry for near in table.near(found)] == [1]


def test_pictures_of_one_tone_are_not_compared() -> None:
    assert fingerprint(np.full((300, 300, 3), 128, np.uint8)) is None
    twins = Twins(10)
    twins.place("a", SHA[0], None)
    finding = twins.place("b", SHA[1], None)
    assert finding.why_not is not None and finding.why_not.code == "too-even" and not twins.groups()
    assert _codes(twins.place("c", SHA[0], None)) == ["same-file"]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=40), st.integers(0, 2**64 - 1), st.data())
def test_the_scan_finds_exactly_what_is_near(entries: list[int], asked: int, data: st.DataObject) -> None:
    flips = data.draw(st.sets(st.integers(0, 63), max_size=14))
    entries.append(asked ^ sum(1 << bit for bit in flips))
    table = Table()
    for entry in entries:
        table.add(entry, entry)
    near = {one.entry for one in table.near(Fingerprint(asked, asked, ()))}
    assert near == {at for at, entry in enumerate(entries) if (entry ^ asked).bit_count() <= min(TOGETHER)}


def test_earlier_twins_are_told_and_groups_hold_all(photo: Image.Image, flower: Image.Image) -> None:
    twins = Twins(10)
    small = photo.resize((320, 214))
    told = [
        twins.place(name, SHA[number], _print(picture))
        for number, (name, picture) in enumerate(
            [
                ("a", photo),
                ("b", flower),
                ("c", small),
                ("d", photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
            ]
        )
    ]
    assert told[0].why_not is not None and told[0].why_not.code == "first-of-batch"
    assert told[1].applies and not told[1].reasons and "later ones are not known yet" in told[1].words
    assert _codes(told[2]) == ["near-twin"] and "near twin of a " in told[2].words
    assert [one["path"] for one in told[3].detail["twins"]] == ["a", "c"]
    assert {one["pose"] for one in told[3].detail["twins"]} == {"mirrored"}
    assert [[member.path for member in group.members] for group in twins.groups()] == [["a", "c", "d"]]


def test_groups_grow_together(photo: Image.Image) -> None:
    base = _print(photo)

    def far(bits: int) -> Fingerprint:
        return Fingerprint(base.phash ^ ((1 << bits) - 1), base.dhash, ())

    twins = Twins(10)
    for number, bits in enumerate((0, 16, 8)):
        twins.place(str(number), SHA[number], far(bits))
    assert [[member.path for member in group.members] for group in twins.groups()] == [["0", "1", "2"]]


def test_memory_is_bounded_and_what_is_forgotten_is_counted(photo: Image.Image) -> None:
    found = _print(photo)
    twins = Twins(3)
    for number in range(6):
        finding = twins.place(str(number), SHA[number], found)
    assert len(twins) == 3 and twins.forgotten == 3 and finding.detail["compared_with"] == 3
    assert finding.detail["twins_found"] == 3
    assert [len(group.members) for group in twins.groups()] == [3]


def test_a_finding_lists_at_most_twenty(photo: Image.Image) -> None:
    found = _print(photo)
    twins = Twins(100)
    for number in range(60):
        finding = twins.place(str(number), SHA[number], found)
    assert len(finding.detail["twins"]) == 20 and finding.detail["twins_found"] == 59


def test_a_batch_tells_its_twins_in_verdicts_and_enters_no_ratio(
    soft_detector: Artifact, save_as: Callable[..., Path], photo: Image.Image, flower: Image.Image
) -> None:
    paths = [save_as(photo, "a.jpg"), save_as(flower, "b.png"), save_as(photo, "c.webp", quality=60)]
    with Detector(profile="fast", artifact=soft_detector, workers=2) as detector:
        alone = [next(detector.run(path)) for path in paths]
        verdicts = list(detector.run([*paths, paths[1]]))
        assert [[Path(m.path).name for m in group.members] for group in detector.groups] == [
            ["a.jpg", "c.webp"],
            ["b.png", "b.png"],
        ]
    codes = [{reason.code for reason in verdict.reasons} for verdict in verdicts]
    assert "near-twin" in codes[2] and "same-file" in codes[3] and not codes[0] & {"near-twin", "same-file"}
    for before, after in zip(alone, verdicts, strict=False):
        assert (before.outcome, before.ratio, before.score) == (after.outcome, after.ratio, after.score)
    finding = next(f for f in verdict_json(verdicts[2])["findings"] if f["analyzer"] == "near-twins")
    assert finding["proposition"] == "provenance" and finding["log10_lr"] is None
    assert finding["detail"]["twins"][0]["path"] == str(paths[0])


def test_a_batch_larger_than_what_is_remembered_goes_on(
    soft_detector: Artifact, save_as: Callable[..., Path], photo: Image.Image
) -> None:
    path = save_as(photo, "a.jpg")
    limits = replace(DEFAULT, remembered_pictures=1)
    with Detector(profile="fast", artifact=soft_detector, workers=1, limits=limits) as detector:
        last = list(detector.run([path, path, path]))[-1]
    assert "same-file" in {reason.code for reason in last.reasons}
