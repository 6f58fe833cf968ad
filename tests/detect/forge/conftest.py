"""Small networks in the file layout of ncnn, made here, and a photo that a dependency ships."""

import struct
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_sample_image


class NetworkFiles:
    """Writes networks as a text file of layers and a file of weights."""

    @staticmethod
    def tagged(values: np.ndarray, half: bool = False) -> bytes:
        """Weights with their mark."""
        if half:
            raw = values.astype("<f2").tobytes()
            return struct.pack("<I", 0x01306B47) + raw + b"\0" * (len(raw) % 4)
        return struct.pack("<I", 0) + values.astype("<f4").tobytes()

    @staticmethod
    def write(path: Path, layers: list[str], weights: bytes) -> Path:
        """Write NAME.param and NAME.bin; one line of text a layer."""
        blobs = {word for line in layers for word in line.split()[4:] if "=" not in word}
        text = "\n".join(["7767517", f"{len(layers)} {len(blobs)}", *layers]) + "\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.with_suffix(".bin").write_bytes(weights)
        return path

    @classmethod
    def nearest(cls, path: Path, factor: int = 2, gain: float = 1.0) -> Path:
        """Repeats every pixel: a convolution that copies channels, and a shuffle of pixels."""
        weight = np.zeros((3 * factor**2, 3, 3, 3), dtype=np.float32)
        for channel in range(3):
            weight[channel * factor**2 : (channel + 1) * factor**2, channel, 1, 1] = gain
        layers = [
            "Input in 0 1 x",
            f"Convolution c 1 1 x y 0={3 * factor**2} 1=3 4=1 5=0 6={weight.size}",
            f"PixelShuffle s 1 1 y z 0={factor}",
        ]
        return cls.write(path, layers, cls.tagged(weight))

    @classmethod
    def valid(cls, path: Path) -> Path:
        """Without padding: a mean over 3 x 3 pixels, each then written four times."""
        mean, four = np.zeros((3, 3, 3, 3), dtype=np.float32), np.zeros((3, 3, 2, 2), dtype=np.float32)
        for channel in range(3):
            mean[channel, channel] = 1 / 9
            four[channel, channel] = 1
        layers = [
            "Input in 0 1 x",
            f"Convolution c 1 1 x y 0=3 1=3 5=0 6={mean.size}",
            f"Deconvolution d 1 1 y z 0=3 1=2 3=2 5=0 6={four.size}",
        ]
        return cls.write(path, layers, cls.tagged(mean) + cls.tagged(four))


@pytest.fixture(scope="session")
def network_files() -> type[NetworkFiles]:
    """Writer of networks."""
    return NetworkFiles


@pytest.fixture(scope="session")
def pixels() -> np.ndarray:
    """A part of a camera photo, (161, 210, 3)."""
    return np.ascontiguousarray(load_sample_image("china.jpg")[100:261, 200:410])
