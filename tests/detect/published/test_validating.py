"""Imported detectors are measured like those that ship, with and without a calibration."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.detect.published.importing import import_detector
from assay.detect.validation import Plan, validate
from assay.intake.manifest import Entry, write_manifest
from assay.models.artifact import Artifact
from assay.models.registry import Registry

from .test_analyzer import calibrated
from .test_graphs import detector


def test_an_imported_detector_is_measured(
    tmp_path: Path,
    describe: Callable[..., Path],
    made_set: Callable[..., list[Entry]],
    soft_detector: Artifact,
) -> None:
    detector(tmp_path / "detector.onnx")
    describe(tmp_path, layout="onnx", files={"graph": "detector.onnx"}, output={"generated": [1]}, name="other-lab",
             resize={"side": 48})  # fmt: skip
    bare = import_detector(tmp_path, Registry([tmp_path / "store"])).artifact
    write_manifest(tmp_path / "list.csv", made_set(12))
    plan = Plan(manifest=tmp_path / "list.csv")

    def run(artifact: Artifact, **more: object):
        return validate(artifact, plan, profile="fast", workers=1, only=["tables"], **more)

    found = run(bare)
    assert found.files["native"]["scored"] == 24
    names = {figure.name for figure in found.figures}
    assert "auc" in names and not {"cllr", "ece"} & names
    assert {curve.name for curve in found.curves} == {"roc"}
    weighed = run(calibrated(bare, tmp_path / "calibrated", 0.0, 1.0), against=soft_detector)
    assert {"auc", "cllr", "ece"} <= {figure.name for figure in weighed.figures}
    same = (weighed.figure("auc", "native"), found.figure("auc", "native"))
    assert same[0] is not None and same[1] is not None and same[0].value == pytest.approx(same[1].value)
    assert weighed.comparisons
