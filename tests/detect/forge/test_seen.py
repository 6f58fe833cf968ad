"""What training sees: collected pictures, and what is made of the photos among them."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from assay.detect.forge.kinds import KINDS, own, synthetic
from assay.detect.forge.pool import Picture
from assay.detect.forge.seen import Seen, seen
from assay.detect.forge.settings import SettingsError


@pytest.fixture
def photo(tmp_path: Path) -> Picture:
    path = tmp_path / "photo.png"
    Image.fromarray(np.asarray(load_sample_images().images[0], dtype=np.uint8)[:256, :256]).save(path)
    return Picture(path, "photo.png", False, "camera", "", "CC0-1.0")


def test_a_twin_goes_through_the_change_of_its_photo(photo: Picture) -> None:
    negative = Seen(0, photo, "negative", photo.path).load(3)
    assert np.array_equal(negative, Seen(0, photo, "changed", photo.path).load(3))
    assert not np.array_equal(negative, Seen(0, photo, "photo", photo.path).load(3))


def test_a_change_follows_from_seed_and_name(photo: Picture) -> None:
    changed = [Seen(0, photo, "negative", photo.path).load(seed) for seed in (1, 1, 2)]
    assert np.array_equal(changed[0], changed[1])
    assert not np.array_equal(changed[0], changed[2])


def test_photos_and_their_changes_are_real_and_nothing_else_is() -> None:
    assert [kind for kind, label in zip(KINDS, synthetic(KINDS), strict=True) if not label] == [
        "photo",
        "negative",
    ]
    assert [kind for kind, mine in zip(KINDS, own(KINDS), strict=True) if mine] == ["photo", "drawn"]


def test_hard_negatives_are_made_of_photos_only_and_at_most_as_many_as_asked_for(photo: Picture) -> None:
    pictures = [photo, photo, Picture(photo.path, "d.png", True, "drawer", "", "CC0-1.0")]
    settings = SimpleNamespace(choice=SimpleNamespace(kinds={"negative"}), made={"negative": 1})
    found = seen(settings, pictures, print)
    assert [one.kind for one in found] == ["photo", "photo", "drawn", "negative"]
    assert not found[-1].picture.synthetic


def test_changed_twins_without_latent_ones_are_refused(photo: Picture) -> None:
    settings = SimpleNamespace(choice=SimpleNamespace(kinds={"changed"}), made={})
    with pytest.raises(SettingsError, match="latent"):
        seen(settings, [photo], print)
