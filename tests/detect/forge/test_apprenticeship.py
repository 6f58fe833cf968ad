"""Training of the own decoders: it starts near its teacher, improves, goes on after a stop, and refuses blur."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from assay.detect.forge import apprenticeship  # noqa: E402
from assay.detect.forge.apprenticeship import (  # noqa: E402
    CONFIG,
    SIDE,
    DecoderTooBlurred,
    Lesson,
    Squares,
    train,
)
from assay.detect.forge.decoders import Painters, Recipe  # noqa: E402
from assay.detect.forge.latent import LatentAutoEncoder  # noqa: E402

QUICK = CONFIG.model_copy(update={"steps": 2, "batch_size": 1, "validate_every": 2, "threads": 1})


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Small photos in files."""
    picture = Image.fromarray(load_sample_image("flower.jpg"))
    paths = []
    for number in range(3):
        path = tmp_path / f"{number}.png"
        picture.crop((100 * number, 50, 100 * number + 104, 50 + 100)).save(path)
        paths.append(path)
    return paths


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    """The folder of an auto-encoder that has learnt nothing."""
    torch.manual_seed(0)
    network, folder = LatentAutoEncoder(), tmp_path / "teacher"
    folder.mkdir()
    for name, part in (("encoder", network.encoder), ("decoder", network.decoder)):
        save_file(part.state_dict(), folder / f"taef2_{name}.safetensors")
    return folder


def test_squares_are_cut_by_the_seed(photos: list[Path]) -> None:
    squares = Squares(photos)
    one, again, other = (squares.batch(np.arange(3), seed)["pixels"] for seed in (1, 1, 2))
    assert one.shape == (3, 3, SIDE, SIDE)
    assert one.dtype == np.float32 and 0 <= one.min() < one.max() <= 1
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_training_goes_on_where_it_was_and_ends_alike(
    photos: list[Path], teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apprenticeship, "LEAST", 0.0)
    recipe = (Recipe("x", "transposed", critic=0.1),)
    lines: list[str] = []
    (whole,) = train(photos, teacher, tmp_path / "whole", recipes=recipe, config=QUICK, report=lines.append)
    assert len(lines) == 1 and "decoder x" in lines[0]

    often = QUICK.model_copy(update={"checkpoint_every": 1})
    calls = iter([None])
    batch = Squares.batch

    def torn(self: Squares, rows: np.ndarray, seed: int) -> object:
        try:
            next(calls)
        except StopIteration:
            raise KeyboardInterrupt from None
        return batch(self, rows, seed)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Squares, "batch", torn)
        train(photos, teacher, tmp_path / "torn", recipes=recipe, config=often)
    (resumed,) = train(photos, teacher, tmp_path / "torn", recipes=recipe, config=often)
    files = [folder / "weights.safetensors" for folder in (whole, resumed)]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert [one.recipe for one in Painters.open(tmp_path / "whole").painters] == list(recipe)

    before = files[0].stat().st_mtime_ns
    train(photos, tmp_path / "no teacher is needed", tmp_path / "whole", recipes=recipe, config=QUICK)
    assert files[0].stat().st_mtime_ns == before


def test_a_blurred_decoder_is_refused_and_leaves_no_weights(
    photos: list[Path], teacher: Path, tmp_path: Path
) -> None:
    lines: list[str] = []
    with pytest.raises(DecoderTooBlurred, match="no decoder reached"):
        train(
            photos,
            teacher,
            tmp_path / "out",
            recipes=[Recipe("x", "nearest")],
            config=QUICK,
            report=lines.append,
        )
    assert "x is refused" in lines[-1]
    assert not list((tmp_path / "out").rglob("weights.safetensors"))


def test_a_critic_and_its_decoder_pull_in_opposite_directions() -> None:
    torch.manual_seed(0)
    lesson = Lesson(Recipe("x", "nearest", critic=0.5), LatentAutoEncoder())
    assert lesson.critic is not None
    x = torch.rand(1, 3, 32, 32, requires_grad=True)
    turned = apprenticeship._turned(x, 0.5)
    assert torch.allclose(turned, x)
    score = lesson.critic(turned).mean()
    score.backward()
    assert x.grad is not None
    y = x.detach().clone().requires_grad_(True)
    lesson.critic(y).mean().backward()
    assert torch.allclose(x.grad, -0.5 * y.grad)


def test_the_bridge_of_stride_four_starts_near_the_photo(assay_data: Path, photos: list[Path]) -> None:
    shown = [np.array(Image.open(path).convert("RGB")) for path in photos]
    recipe = Recipe("x", "nearest", stride=4, jolt=0.0)
    lesson = apprenticeship._lesson(recipe, assay_data / "weights", 0, shown)
    untaught = Lesson(recipe, LatentAutoEncoder.open(assay_data / "weights"))
    started, random = (
        np.mean([apprenticeship.psnr(rgb, one.painter.redraw(rgb)) for rgb in shown])
        for one in (lesson, untaught)
    )
    assert started > random + 5
