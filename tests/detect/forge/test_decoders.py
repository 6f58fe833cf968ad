"""Own decoders: what a recipe changes, what is kept on disk, which one draws a photo."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from assay.detect.forge.decoders import (  # noqa: E402
    RECIPES,
    DecoderWeightsError,
    Painter,
    Painters,
    Recipe,
    describe,
)
from assay.detect.forge.latent import LatentAutoEncoder  # noqa: E402


def teacher() -> LatentAutoEncoder:
    torch.manual_seed(0)
    return LatentAutoEncoder().eval()


def kept(folder: Path, recipe: Recipe) -> Painter:
    folder.mkdir(parents=True)
    painter = Painter(recipe, teacher()).eval()
    (folder / "recipe.json").write_text(describe(recipe), encoding="utf-8")
    named = {f"painter.{name}": value.contiguous() for name, value in painter.state_dict().items()}
    save_file(named | {"critic.weight": torch.zeros(1)}, folder / "weights.safetensors")
    return painter


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_every_recipe_draws_a_picture_of_its_size_and_repeats(recipe: Recipe, pixels: np.ndarray) -> None:
    painter = Painter(recipe, teacher()).eval()
    part = pixels[:45, :39]
    one, again, other = (painter.redraw(part, seed) for seed in (1, 1, 2))
    assert one.shape == part.shape
    assert np.array_equal(one, again)
    assert np.array_equal(one, other) == (recipe.noise == 0)


@pytest.mark.parametrize("upsampling", ["nearest", "transposed", "shuffle"])
def test_a_decoder_starts_as_its_teacher(upsampling: str, pixels: np.ndarray) -> None:
    painter = Painter(Recipe("x", upsampling), teacher()).eval()
    x = torch.from_numpy(pixels[:64, :64]).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        assert torch.allclose(painter(x).clamp(0, 1), teacher()(x), atol=1e-4)


def test_quantised_latents_take_the_promised_levels() -> None:
    seen: list[torch.Tensor] = []
    painter = Painter(Recipe("x", "nearest", levels=5), teacher()).eval()
    painter.decoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    x = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1)).requires_grad_(True)
    painter(x).sum().backward()
    assert set(torch.unique(seen[0]).tolist()) <= {-3.0, -1.5, 0.0, 1.5, 3.0}
    assert x.grad is not None and bool(x.grad.abs().sum() > 0)


def test_a_stride_of_four_has_latents_of_its_own() -> None:
    painter = Painter(Recipe("x", "shuffle", stride=4), teacher())
    assert painter.encoder(torch.zeros(1, 3, 32, 48)).shape == (1, 16, 8, 12)
    assert painter(torch.zeros(1, 3, 32, 48)).shape == (1, 3, 32, 48)


def test_a_decoder_on_disk_is_the_one_that_was_kept(tmp_path: Path, pixels: np.ndarray) -> None:
    painter = kept(tmp_path / "one", dataclasses.replace(RECIPES[1], name="one"))
    kept(tmp_path / "two", Recipe("two", "transposed"))
    found = Painters.open(tmp_path)
    assert [one.recipe.name for one in found.painters] == ["one", "two"]
    part = pixels[:32, :32]
    assert np.array_equal(found.painters[0].redraw(part, 3), painter.redraw(part, 3))
    drawn = [found.redraw(part, name) for name in ("a", "a", "b", "c", "d", "e")]
    assert np.array_equal(drawn[0], drawn[1])
    assert len({one.tobytes() for one in drawn}) > 2


def test_what_is_no_decoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DecoderWeightsError, match="no trained decoder in"):
        Painters.open(tmp_path)
    kept(tmp_path / "one", Recipe("one", "nearest"))
    (tmp_path / "one" / "recipe.json").write_text(json.dumps({"name": "one", "colour": "red"}))
    with pytest.raises(DecoderWeightsError, match="colour"):
        Painters.open(tmp_path)
    (tmp_path / "one" / "recipe.json").write_text(describe(Recipe("one", "transposed")))
    with pytest.raises(DecoderWeightsError, match="one"):
        Painters.open(tmp_path)
    (tmp_path / "one" / "weights.safetensors").write_bytes(b"no")
    with pytest.raises(DecoderWeightsError, match="one"):
        Painter.open(tmp_path / "one")
