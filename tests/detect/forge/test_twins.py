"""Twins of each kind: saved like their photo, made once, refused when they are no twins."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

pytest.importorskip("torch")

from assay.detect.forge.kinds import TWINS
from assay.detect.forge.spectra import rings
from assay.detect.forge.superres import SuperResolvers
from assay.detect.forge.twins import LEAST_PSNR, make, make_kind, psnr


@pytest.fixture
def photo(tmp_path: Path, pixels: np.ndarray) -> Path:
    """A soft photo with tables and a colour layout of its own."""
    picture = Image.fromarray(pixels[:128, :160]).filter(ImageFilter.GaussianBlur(1.2))
    picture.save(tmp_path / "photo.jpg", quality=83, subsampling=1)
    return tmp_path / "photo.jpg"


def alike(photo: Path, twin: Path) -> bool:
    with Image.open(photo) as one, Image.open(twin) as other:
        return one.quantization == other.quantization and one.layer == other.layer and one.size == other.size


def test_a_latent_twin_is_saved_like_its_photo_and_made_once(
    assay_data: Path, tmp_path: Path, photo: Path
) -> None:
    (twin,) = make([photo], assay_data / "weights", tmp_path / "twins")
    assert twin is not None and alike(photo, twin.path)
    before = twin.path.stat().st_mtime_ns
    (again,) = make([photo], tmp_path / "no weights are needed", tmp_path / "twins")
    assert again == twin
    assert twin.path.stat().st_mtime_ns == before


def test_a_super_resolution_twin_has_a_folder_of_its_kind(
    network_files: Any, tmp_path: Path, photo: Path, pixels: np.ndarray
) -> None:
    network_files.nearest(tmp_path / "networks" / "net.param")
    (twin,) = make_kind("superres", [photo], tmp_path / "networks", tmp_path / "twins")
    assert twin is not None and alike(photo, twin.path)
    assert twin.path.parent == tmp_path / "twins" / "superres"
    assert twin.psnr > LEAST_PSNR["superres"]
    (again,) = make_kind("superres", [photo], tmp_path / "no networks are needed", tmp_path / "twins")
    assert again == twin


def test_the_spectrum_of_a_twin_is_brought_near_its_photo(
    network_files: Any, tmp_path: Path, photo: Path
) -> None:
    network_files.valid(tmp_path / "networks" / "net.param")
    (twin,) = make_kind("superres", [photo], tmp_path / "networks", tmp_path / "twins")
    with Image.open(photo) as picture:
        given = np.asarray(picture.convert("RGB"))
    drawn = SuperResolvers.open(tmp_path / "networks").redraw(given, twin.path.stem if twin else "")
    assert twin is not None
    with Image.open(twin.path) as picture:
        saved = np.asarray(picture)
    off = [np.abs(np.log2(rings(one) / rings(given))).mean() for one in (drawn, saved)]
    assert off[1] < 0.7 * off[0]


def test_what_is_too_far_or_not_finite_is_no_twin(network_files: Any, tmp_path: Path, photo: Path) -> None:
    for name, gain in (("dark", 0.2), ("lost", float("nan"))):
        network_files.nearest(tmp_path / name / "net.param", gain=gain)
        assert list(make_kind("superres", [photo], tmp_path / name, tmp_path / f"{name}-twins")) == [None]


def test_a_twin_that_stays_soft_is_refused_however_close(
    network_files: Any, tmp_path: Path, pixels: np.ndarray
) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "noisy.png"
    noise = rng.normal(0, 6, (128, 160, 3))
    Image.fromarray((128 + noise).clip(0, 255).astype(np.uint8)).save(path)
    network_files.valid(tmp_path / "networks" / "net.param")
    assert list(make_kind("superres", [path], tmp_path / "networks", tmp_path / "twins")) == [None]
    (kept,) = (tmp_path / "twins" / "superres").iterdir()
    assert psnr(np.asarray(Image.open(path)), np.asarray(Image.open(kept))) > LEAST_PSNR["superres"]


def test_every_kind_has_a_limit() -> None:
    assert set(LEAST_PSNR) == set(TWINS)


def test_closeness_is_in_decibels() -> None:
    grey = np.full((4, 4, 3), 100, dtype=np.uint8)
    assert psnr(grey, grey + 1) == pytest.approx(48.13, abs=0.01)
    assert psnr(grey, grey) == float("inf")
