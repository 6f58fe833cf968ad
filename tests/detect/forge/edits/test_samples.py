"""Made edits: the same by number, whatever was made before; sources that are held back stay among themselves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.forge.edits import samples
from assay.detect.forge.pool import Picture


@pytest.fixture
def recipe(photo: Image.Image, flower: Image.Image, tmp_path: Path) -> samples.Recipe:
    pictures = []
    for number, (picture, source, fake) in enumerate(
        [(photo, "one", False), (flower, "two", False), (flower.rotate(90, expand=True), "made", True)]
    ):
        path = tmp_path / f"{number}.png"
        picture.save(path)
        pictures.append(Picture(path, path.name, fake, source, "", "none stated"))
    return samples.Recipe(tuple(pictures), frozenset({"two"}), None, 3)


def test_samples_repeat_and_go_on(recipe: samples.Recipe, tmp_path: Path) -> None:
    said: list[str] = []
    made = samples.make(recipe, 5, tmp_path / "made", said.append, part=3)
    assert len(made) == 5 and len(list((tmp_path / "made").glob("*.safetensors"))) == 2
    first = [made.edits[number].copy() for number in range(5)]
    (tmp_path / "made" / "part-00000.safetensors").unlink()
    again = samples.make(recipe, 5, tmp_path / "made", said.append, part=3)
    assert all(np.array_equal(again.edits[number], first[number]) for number in range(5))
    assert again.facts == made.facts and "3 edits to be made" in said


def test_plain_hosts_follow_the_others(recipe: samples.Recipe, tmp_path: Path) -> None:
    made = samples.make(recipe, 2, tmp_path / "made", lambda line: None, part=2)
    plain = samples.make(replace(recipe, plain=True), 4, tmp_path / "plain", lambda line: None, part=2)
    both = made.and_(plain)
    assert len(both) == 6 and [one.plain for one in both.facts] == [False] * 2 + [True] * 4
    assert np.array_equal(both.hosts[1], made.hosts[1]) and np.array_equal(both.edits[5], plain.edits[3])
    assert np.array_equal(both.part([4, 0]).regions[0], plain.regions[2])


def test_what_is_held_meets_what_is_held(recipe: samples.Recipe, tmp_path: Path) -> None:
    maker = samples.Maker(recipe, tmp_path)
    for number in range(8):
        host, edit, region, facts = maker.sample(number)
        assert facts.held == (facts.source == "two")
        changed = np.abs(edit.astype(int) - host).max(2) > 0
        assert not changed[region == 0].any()
        assert changed.any() == (facts.kind != "none") and (facts.area > 0) == (facts.kind != "none")
    assert {one.source for one in maker.real[True]} == {"two"} and not maker.fake[True]
