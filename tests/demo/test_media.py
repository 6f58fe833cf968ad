"""The demo's pictures are what it says they are."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.demo.media import Made, write_media


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    return {each.path.name: each for each in write_media(tmp_path_factory.mktemp("media"))}


def _pixels(made: Made) -> np.ndarray:
    with Image.open(made.path) as image:
        return np.asarray(image.convert("RGB")).astype(float)


def test_the_photos_are_those_that_ship_with_scikit_learn(made: dict[str, Made]) -> None:
    from sklearn.datasets import load_sample_image

    assert np.array_equal(_pixels(made["temple.jpg"]), load_sample_image("china.jpg"))
    assert np.array_equal(_pixels(made["flower.jpg"]), load_sample_image("flower.jpg"))


def test_edits_change_their_region_and_little_else(made: dict[str, Made]) -> None:
    photo = _pixels(made["temple.jpg"])
    for name, rows, columns in (
        ("temple-copymove.jpg", slice(205, 245), slice(505, 605)),
        ("splice.jpg", slice(30, 175), slice(420, 565)),
    ):
        change = np.abs(_pixels(made[name]) - photo).mean(axis=2)
        inside = change[rows, columns].mean()
        change[rows, columns] = 0
        assert inside > 4 * change.mean(), name


def test_the_resynthesised_photo_is_near_the_photo_but_none_of_it(made: dict[str, Made]) -> None:
    again = _pixels(made["temple-resynthesised.png"])
    photo = _pixels(made["temple.jpg"])[: again.shape[0], : again.shape[1]]
    assert again.shape == (424, 640, 3)
    assert 2 < np.sqrt(((photo - again) ** 2).mean()) < 20
    # Where nothing but white sky is, a pixel can come out as it was.
    textured = photo.min(axis=2) < 200
    assert (photo == again).all(axis=2)[textured].mean() < 0.05


def test_the_mark_is_the_only_difference_of_the_marked_landscape(made: dict[str, Made]) -> None:
    assert np.array_equal(_pixels(made["landscape.png"]), _pixels(made["landscape-marked.png"]))
    with Image.open(made["landscape-marked.png"].path) as image:
        assert "Steps: 28" in image.info["parameters"]


def test_rubbish_is_rubbish(made: dict[str, Made]) -> None:
    assert made["empty.jpg"].path.stat().st_size == 0
    for name in ("notes.jpg", "cut.jpg"):
        with pytest.raises(OSError), Image.open(made[name].path) as image:
            image.load()


def test_the_same_bytes_every_time(made: dict[str, Made], tmp_path: Path) -> None:
    for again in write_media(tmp_path):
        assert again.path.read_bytes() == made[again.path.name].path.read_bytes()
