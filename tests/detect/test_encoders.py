"""Families of programs, told from tables and the order of parts."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.detect.containers import read_structure
from assay.detect.encoders import Encoder, encoder_of
from assay.detect.media import JpegFacts
from assay.detect.traces.quantisation import STANDARD, nearest_quality, scaled, standard_tables


def _coding(data: bytes) -> JpegFacts:
    jpeg = read_structure(data, "jpeg").jpeg
    assert jpeg is not None
    return JpegFacts(
        tables=[jpeg.tables[number] for number in sorted(jpeg.tables)], components=jpeg.components,
        progressive=jpeg.progressive, arithmetic=jpeg.arithmetic, precision=jpeg.precision, scans=jpeg.scans,
        markers=jpeg.markers,
    )  # fmt: skip


def _written(**options: object) -> Encoder:
    stream = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(stream, "JPEG", **options)
    return encoder_of(_coding(stream.getvalue()))


def test_the_standard_tables_are_those_that_the_common_library_writes() -> None:
    for quality in range(1, 101):
        stream = io.BytesIO()
        Image.new("RGB", (16, 16)).save(stream, "JPEG", quality=quality)
        written = [list(table) for table in Image.open(stream).quantization.values()]
        assert list(standard_tables(quality)) == written
        assert nearest_quality(written[0], 0) == (quality, True) and nearest_quality(written[1], 1)[1]


@pytest.mark.parametrize("quality", [30, 75, 92, 100])
def test_the_common_library_is_told_with_its_quality(quality: int) -> None:
    found = _written(quality=quality)
    assert found.family == "standard" and found.qualities == ((quality, True), (quality, True))
    assert found.library_order and not found.adobe


def test_tables_of_photoshop_and_mozjpeg_are_told() -> None:
    assert _written(quality="web_high").family == "photoshop"
    base = (
        16, 16, 16, 18, 25, 37, 56, 85, 16, 17, 20, 27, 34, 40, 53, 75, 16, 20, 24, 31, 43, 62, 91, 135,
        18, 27, 31, 40, 53, 74, 106, 156, 25, 34, 43, 53, 69, 94, 131, 189, 37, 40, 62, 74, 94, 124, 169, 238,
        56, 53, 91, 106, 131, 169, 226, 311, 85, 75, 135, 156, 189, 238, 311, 418,
    )  # fmt: skip
    tables = [scaled(base, 80)] * 2
    found = _written(qtables=tables)
    assert found.family == "mozjpeg" and "80" in found.who


def test_other_scalings_and_own_tables_are_kept_apart() -> None:
    odd = [np.clip(np.floor(np.array(table) * 0.377), 1, 255).astype(int).tolist() for table in STANDARD]
    assert _written(qtables=odd).family == "standard-scaled"
    own = (np.arange(64) // 4 + 3).tolist()
    found = _written(qtables=[own, own])
    assert found.family == "own" and not found.qualities[0][1]


def test_originals(assay_data: Path) -> None:
    folder = assay_data / "media" / "originals"
    found = {path.name: encoder_of(_coding(path.read_bytes())) for path in folder.iterdir()}
    assert found["Canon EOS D60.jpg"].who.endswith("Adobe Photoshop 7.0") and found["Canon EOS D60.jpg"].adobe
    assert found["Nikon E950.jpg"].family == "photoshop" and found["Nikon E950.jpg"].adobe
    assert found["Casio EX-S1.jpg"].family == "seen" and not found["Casio EX-S1.jpg"].library_order
    assert found["Issue 600 (2).jpg"].family == "standard" and found["Issue 600 (2).jpg"].library_order
