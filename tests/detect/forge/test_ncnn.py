"""Networks in the layout of ncnn give what the same layers give in torch, and damaged files are refused by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch.nn import functional as f  # noqa: E402

from assay.detect.forge.ncnn import Graph, NetworkLayoutError  # noqa: E402

RNG = np.random.default_rng(0)


def values(*shape: int) -> np.ndarray:
    return RNG.normal(0, 0.3, shape).astype(np.float32)


def run(path: Path, x: Any) -> Any:
    with torch.inference_mode():
        return Graph.open(path)(x)


def test_every_layer_does_what_its_twin_in_torch_does(network_files: Any, tmp_path: Path) -> None:
    c, s, d, m, b, p = values(4, 3, 3, 3), values(4), values(4, 4, 2, 2), values(4, 4), values(4), values(4)
    layers = [
        "Input in 0 1 x",
        f"Convolution c 1 1 x a 0=4 1=3 3=2 4=1 5=1 6={c.size} 9=2 -23310=1,0.1",
        "Split split 1 2 a a1 a2",
        "Pooling pool 1 1 a1 g 0=1 4=1",
        f"InnerProduct i 1 1 g h 0=4 1=1 2={m.size} 9=4",
        "Scale scale 2 1 a2 h k 0=-233",
        f"Deconvolution d 1 1 k l 0=4 1=2 3=2 5=0 6={d.size}",
        "PReLU p 1 1 l n 0=4",
        "Split split2 1 4 n n1 n2 n3 n4",
        "Eltwise e 2 1 n1 n2 o 0=1 -23301=2,0.25,0.5",
        "BinaryOp b 2 1 o n3 q 0=0",
        "Crop cut 1 1 n4 r -23309=2,1,2 -23310=2,-3,-2 -23311=2,1,2",
        "Crop like 2 1 q r t 0=2 1=1",
        "Concat cat 2 1 t r1 u 0=0",
        "Interp up 1 1 u v 0=3 1=2.0 2=2.0",
    ]
    layers[11:13] = [layers[11], "Split split3 1 2 r r0 r1", layers[12].replace(" r ", " r0 ")]
    tagged = network_files.tagged
    weights = tagged(c) + s.tobytes() + tagged(m) + b.tobytes() + tagged(d) + p.tobytes()
    path = network_files.write(tmp_path / "net.param", layers, weights)
    x = torch.from_numpy(values(1, 3, 16, 20))

    t = torch.from_numpy
    a = f.leaky_relu(f.conv2d(x, t(c), t(s), stride=2, padding=1), 0.1)
    h = torch.sigmoid(a.mean(dim=(2, 3)) @ t(m).T + t(b))[..., None, None]
    n = f.prelu(f.conv_transpose2d(a * h, t(d).transpose(0, 1), stride=2), t(p))
    q, r = 0.25 * n + 0.5 * n + n, n[:, :, 1:-3, 2:-2]
    cut = q[:, :, 1 : 1 + r.shape[2], 2 : 2 + r.shape[3]]
    expected = f.interpolate(torch.cat([cut, r], dim=1), scale_factor=2, mode="bicubic")
    assert torch.allclose(run(path, x), expected, atol=1e-5)


def test_half_precision_weights_are_read_with_their_padding(network_files: Any, tmp_path: Path) -> None:
    weight, bias = values(1, 3, 1, 1), values(1)
    layers = ["Input in 0 1 x", "Convolution c 1 1 x y 0=1 1=1 5=1 6=3"]
    packed = network_files.tagged(weight, half=True) + bias.tobytes()
    x = torch.from_numpy(values(1, 3, 4, 4))
    expected = f.conv2d(
        x, torch.from_numpy(weight.astype(np.float16).astype(np.float32)), torch.from_numpy(bias)
    )
    got = run(network_files.write(tmp_path / "half.param", layers, packed), x)
    assert torch.allclose(got, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text, data: (text, data[:-4]), "shorter"),
        (lambda text, data: (text, data + b"\0\0\0\0"), "belong to no layer"),
        (lambda text, data: (text, b"\x38\x4b\x0d\0" + data[4:]), "quantised"),
        (lambda text, data: (text.replace("PixelShuffle", "MemoryData"), data), "MemoryData"),
        (lambda text, data: (text.replace("7767517", "PK"), data), "first lines"),
        (lambda text, data: (text.replace("4=1", "4=1 14=2"), data), "differs between sides"),
        (lambda text, data: (text.replace("4=1", "4=1 9=5"), data), "activation 5"),
        (lambda text, data: (text.replace("0=12", "0=7"), data), "shape"),
        (lambda text, data: (text.replace("1 1 y z", "1 1 q z"), data), "not one network"),
        (lambda text, data: (text.replace("0=12", "0=twelve"), data), "cannot be read"),
    ],
)
def test_what_cannot_be_run_is_refused(network_files: Any, tmp_path: Path, change: Any, words: str) -> None:
    path = network_files.nearest(tmp_path / "net.param")
    text, data = change(path.read_text(encoding="utf-8"), path.with_suffix(".bin").read_bytes())
    path.write_text(text, encoding="utf-8")
    path.with_suffix(".bin").write_bytes(data)
    with pytest.raises(NetworkLayoutError, match=words):
        Graph.open(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NetworkLayoutError, match=r"absent\.param"):
        Graph.open(tmp_path / "absent.param")
