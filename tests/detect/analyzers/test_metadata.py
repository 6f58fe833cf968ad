"""The metadata analyzer on real files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from assay.detect.analyzers.metadata import DECISIVE, Metadata
from assay.detect.media import DECODER, read_picture
from assay.detect.values import Finding, Proposition
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit


def _analyzed(paths: list[Path]) -> dict[str, Finding]:
    with Child(preload=[DECODER]) as child:
        return {path.name: Metadata().analyze(read_picture(Exhibit.open(path), child)) for path in paths}


def _codes(finding: Finding) -> set[str]:
    return {reason.code for reason in finding.reasons}


def test_no_camera_original_is_contradicted(assay_data: Path) -> None:
    found = _analyzed(sorted((assay_data / "media" / "originals").iterdir()))
    assert len(found) == 24
    for name, finding in found.items():
        assert finding.applies and finding.ratio is None and finding.proposition is Proposition.PROVENANCE
        assert not _codes(finding) & set(DECISIVE), name


def test_generated_files_that_say_so_are_believed(assay_data: Path) -> None:
    found = _analyzed(sorted((assay_data / "media" / "provenance" / "comfyui").iterdir()))
    marked = {name for name, finding in found.items() if "generator-mark" in _codes(finding)}
    assert marked == {
        "flux_depth_lora_example.png", "hypernetwork_example_output.png", "lora.png",
        "lora_multiple.png", "sdxlturbo_example.png",
    }  # fmt: skip
    assert "generative model" in found["lora.png"].words


def test_absence_is_said_in_neutral_words(save_as, photo: Image.Image) -> None:
    finding = _analyzed([save_as(photo, "a.png")])["a.png"]
    assert "proves nothing" in finding.words and "no-camera-metadata" in _codes(finding)


@pytest.mark.parametrize("key", ["parameters", "Software"])
def test_a_mark_survives_only_as_long_as_its_text(save_as, photo: Image.Image, key: str) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text(key, "x\nSteps: 20, Sampler: Euler" if key == "parameters" else "NovelAI")
    marked = save_as(photo, "marked.png", pnginfo=text)
    with Image.open(marked) as opened:
        stripped = save_as(Image.fromarray(np.asarray(opened)), "stripped.png")
    found = _analyzed([marked, stripped])
    assert "generator-mark" in _codes(found["marked.png"]) and "generator-mark" not in _codes(
        found["stripped.png"]
    )
