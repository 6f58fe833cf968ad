"""Pictures that a dependency ships, and a small artifact that runs in the real engine."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageFilter
from safetensors.numpy import save
from sklearn.datasets import load_sample_image

from assay.detect.crops import QUALITY, SIDE, crops
from assay.intake.manifest import Entry
from assay.models.artifact import Artifact
from assay.models.calibration import Calibrator, dump_calibrators
from assay.models.card import Architecture, Card, OperatingPoint, Tensor


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    """A camera photo, 640 x 427."""
    return Image.fromarray(load_sample_image("china.jpg"))


@pytest.fixture(scope="session")
def flower() -> Image.Image:
    """Another one, 640 x 427."""
    return Image.fromarray(load_sample_image("flower.jpg"))


@pytest.fixture(scope="session")
def soft_detector(
    tmp_path_factory: pytest.TempPathFactory, photo: Image.Image, flower: Image.Image
) -> Artifact:
    """A network that tells soft pictures from sharp ones: small and silly, but trained, calibrated and run for real.

    The logit falls with the mean absolute Laplacian of the crop; soft pictures take the place of generated ones. The
    map is the same of each patch, without the constant part of the logit.
    """
    graph = _graph(weight=-0.5, bias=5.0)
    scores, labels = [], []
    for picture in (photo, flower):
        for label, radius in ((0, 0.0), (0, 0.2), (0, 0.3), (1, 3.0), (1, 4.0), (1, 6.0)):
            shown = np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)))
            for crop in crops(shown, 8):
                scores.append(_sharpness(crop.pixels) * -0.5 + 5.0)
                labels.append(label)
    calibrator = Calibrator.fit_logistic(np.array(scores), np.array(labels))
    golden = np.stack([crop.pixels for crop in crops(np.asarray(photo), 2)])
    outputs = np.array([_sharpness(pixels) * -0.5 + 5.0 for pixels in golden], dtype=np.float32)
    card = Card(
        name="soft-detector", version="1.0.0", task="synthetic-image", title="Soft or sharp", summary="For tests.",
        licence="Apache-2.0", use="any", architecture=Architecture(family="laplacian"),
        inputs=(Tensor(name="pixels", shape=(SIDE, SIDE, 3), dtype="uint8"),),
        outputs=(
            Tensor(name="logit", shape=(), dtype="float32"), Tensor(name="map", shape=(14, 14), dtype="float32"),
        ), raw="logit",
        preprocessing={
            "crop": SIDE, "colour": "RGB", "resize": None, "aggregate": "mean", "crops": {"fast": 1, "standard": 2},
            "reencode": {"format": "jpeg", "quality": QUALITY, "subsampling": "4:2:0"},
        },
        precision="fp32", tolerance=1e-3, calibration="calibration.json", prior=0.5, created="2026-01-31",
        operating_points=(OperatingPoint(name="fixed", threshold=0.0, chosen_on="the two photos", fpr=0.0),),
    )  # fmt: skip
    return Artifact.write(
        tmp_path_factory.mktemp("models") / "soft-detector",
        card,
        {
            "network.onnx": ("graph", graph),
            "calibration.json": ("calibration", dump_calibrators({"default": calibrator})),
            "golden.safetensors": ("golden", save({"input.pixels": golden, "output.logit": outputs})),
        },
    )


def _sharpness(pixels: np.ndarray) -> float:
    grey = pixels.astype(np.float32).mean(axis=2)
    laplacian = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(np.abs(laplacian).mean())


def _graph(weight: float, bias: float) -> bytes:
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], dtype=np.float32)[None, None]
    nodes = [
        helper.make_node("Cast", ["pixels"], ["values"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["values", "channel"], ["grey"], keepdims=0),
        helper.make_node("Unsqueeze", ["grey", "one"], ["plane"]),
        helper.make_node("Conv", ["plane", "kernel"], ["laplacian"]),
        helper.make_node("Abs", ["laplacian"], ["size"]),
        helper.make_node("ReduceMean", ["size", "rest"], ["sharpness"], keepdims=0),
        helper.make_node("Mul", ["sharpness", "weight"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["logit"]),
        helper.make_node("Pad", ["plane", "rim"], ["padded"], mode="edge"),
        helper.make_node("Conv", ["padded", "kernel"], ["laplacian.whole"]),
        helper.make_node("Abs", ["laplacian.whole"], ["size.whole"]),
        helper.make_node("AveragePool", ["size.whole"], ["pooled"], kernel_shape=[16, 16], strides=[16, 16]),
        helper.make_node("Squeeze", ["pooled", "one"], ["patches"]),
        helper.make_node("Mul", ["patches", "weight"], ["map"]),
    ]
    constants = {
        "kernel": kernel, "channel": np.array([3]), "one": np.array([1]), "rest": np.array([1, 2, 3]),
        "rim": np.array([0, 0, 1, 1, 0, 0, 1, 1]), "weight": np.float32(weight), "bias": np.float32(bias),
    }  # fmt: skip
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "laplacian",
            [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", SIDE, SIDE, 3])],
            [
                helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["n"]),
                helper.make_tensor_value_info("map", TensorProto.FLOAT, ["n", 14, 14]),
            ],
            [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=10,
    )
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.fixture
def save_as(tmp_path: Path):
    """Write a picture in some format; returns the path."""

    def write(picture: Image.Image, name: str, **options: object) -> Path:
        stream = io.BytesIO()
        picture.save(
            stream,
            format=options.pop("format", None) or Image.registered_extensions()[Path(name).suffix],
            **options,
        )
        path = tmp_path / name
        path.write_bytes(stream.getvalue())
        return path

    return write


def drawn(seed: int, soft: bool, side: int = 256) -> Image.Image:
    """A seeded drawing of discs with noise; soft ones take the place of generated pictures."""
    rng = np.random.default_rng([seed, 5])
    y, x = np.mgrid[:side, :side].astype(np.float64)
    rgb = np.stack([rng.uniform(60, 190) + rng.uniform(-0.3, 0.3) * x for _ in range(3)], axis=2)
    for _ in range(14):
        cx, cy, radius = rng.uniform(0, side), rng.uniform(0, side), rng.uniform(8, 70)
        rgb[(x - cx) ** 2 + (y - cy) ** 2 < radius**2] = rng.uniform(0, 255, 3)
    rgb += rng.normal(0, 5, rgb.shape)
    picture = Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(1.5)) if soft else picture


@pytest.fixture
def made_set(tmp_path: Path) -> Callable[..., list[Entry]]:
    """Write a set of pictures: `count` of each class, four sources each, saved by `save(picture, path, fake)`."""

    def make(count: int = 24, save: Callable[[Image.Image, Path, bool], None] | None = None) -> list[Entry]:
        entries = []
        for fake in (False, True):
            for number in range(count):
                path = tmp_path / "set" / f"{'fake' if fake else 'real'}-{number:03d}.jpg"
                path.parent.mkdir(exist_ok=True)
                picture = drawn(number + 1000 * fake, fake)
                if save is None:
                    picture.save(path, quality=int(80 + number % 3 * 5))
                else:
                    save(picture, path, fake)
                source = f"{'fake' if fake else 'real'}-source-{number % 4}"
                label = "fake" if fake else "real"
                entries.append(
                    Entry(
                        path, path.name, label, "image", "maker", source, "", "CC0", {"half": str(number % 2)}
                    )
                )
        return entries

    return make
