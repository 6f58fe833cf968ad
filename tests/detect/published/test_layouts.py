"""Each layout, as its makers write it: imported, run by the engine, and equal to the makers' own forward pass."""

import json
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from assay.detect.published.description import DescriptionInvalid
from assay.detect.published.importing import Imported, import_detector
from assay.detect.published.pixels import Preprocessing, taken
from assay.models.engine import Engine
from assay.models.registry import Registry
from assay.models.torchfile import TorchFileUnsafe

from .conftest import SMALL, filled

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")
transforms = pytest.importorskip("torchvision.transforms")

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def logits(imported: Imported, pictures: list[np.ndarray], backend: str) -> list[float]:
    """By the engine, from whole pictures."""
    asked = Preprocessing.model_validate(imported.artifact.card.preprocessing)
    rows = [{"pixels": taken(asked, picture)} for picture in pictures]
    with Engine.open(imported.artifact, device="cpu", backend=backend) as engine:
        assert engine.record.golden is not None and engine.record.golden.within
        return [score.raw for score in engine.score(rows)]


def own(module: Any, transform: Any, pictures: list[np.ndarray]) -> np.ndarray:
    """By the makers' means: their transform on a Pillow picture, their module."""
    batch = torch.stack([transform(Image.fromarray(picture)) for picture in pictures])
    with torch.inference_mode():
        return module(batch).numpy()


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry([tmp_path_factory.mktemp("store")])


def test_a_timm_classifier_with_its_config(
    tmp_path: Path, registry: Registry, describe: Callable[..., Path], pictures: list[np.ndarray]
) -> None:
    from timm.models._hub import save_for_hf

    module = filled(timm.create_model("vit_tiny_patch16_224", num_classes=3, **SMALL))
    config = {"label_names": ["painted", "photo", "generated"], "model_args": SMALL}
    save_for_hf(module, tmp_path, model_config=config, safe_serialization=True)
    assert {path.name for path in tmp_path.iterdir()} >= {"model.safetensors", "config.json"}
    files = {"weights": "model.safetensors", "config": "config.json"}
    source = describe(
        tmp_path, name="tiny-vit", layout="timm", files=files,
        output={"generated": ["generated"], "recorded": ["photo"]},
    )  # fmt: skip
    imported = import_detector(source, registry)
    written = json.loads((tmp_path / "config.json").read_text())["pretrained_cfg"]
    data = timm.data.resolve_data_config({}, pretrained_cfg=written)
    wanted = own(module, timm.data.create_transform(**data, is_training=False), pictures)
    wanted = wanted[:, 2] - wanted[:, 1]
    assert np.ptp(wanted) > 0.05
    for backend in ("onnx", "torch"):
        assert np.allclose(logits(imported, pictures, backend), wanted, atol=1e-4)
    assert imported.difference is not None and imported.difference < 1e-4
    assert imported.artifact.card.calibration is None
    with pytest.raises(DescriptionInvalid, match="painted"):
        import_detector(describe(tmp_path, layout="timm", files=files), registry)


def test_a_timm_checkpoint_without_a_config(
    tmp_path: Path, registry: Registry, describe: Callable[..., Path], pictures: list[np.ndarray]
) -> None:
    module = filled(timm.create_model("resnet18", num_classes=2))
    torch.save(
        {"state_dict": module.state_dict(), "arch": "resnet18", "epoch": 3}, tmp_path / "checkpoint.pth"
    )
    told = {"layout": "timm", "files": {"weights": "checkpoint.pth"}, "model": "resnet18", "name": "resnet"}
    with pytest.raises(DescriptionInvalid, match="crop"):
        import_detector(describe(tmp_path, **told), registry)
    told |= {"crop": {"height": 48, "width": 64}, "output": {"generated": [0]}}
    imported = import_detector(describe(tmp_path, **told), registry, graph=False)
    assert imported.notes == ("checkpoint.pth: not taken: arch, epoch",)
    transform = transforms.Compose(
        [transforms.CenterCrop((48, 64)), transforms.ToTensor(), transforms.Normalize(*IMAGENET)]
    )
    wanted = own(module, transform, pictures)
    assert np.allclose(logits(imported, pictures, "torch"), wanted[:, 0] - wanted[:, 1], atol=1e-3)


@pytest.mark.parametrize("form", ["hub", "checkpoint"])
def test_community_forensics(
    tmp_path: Path,
    registry: Registry,
    describe: Callable[..., Path],
    pictures: list[np.ndarray],
    vit: Any,
    form: str,
) -> None:
    state = OrderedDict((f"vit.{name}", tensor) for name, tensor in vit.state_dict().items())
    if form == "hub":
        save_file(state, tmp_path / "model.safetensors")
    else:
        compiled = OrderedDict((f"_orig_mod.{name}", tensor) for name, tensor in state.items())
        optimiser = torch.optim.AdamW(vit.parameters())
        whole = {"model": compiled, "optimizer": optimiser.state_dict(), "scaler": {}, "epoch": 1, "itr": 9}
        torch.save(whole, tmp_path / "checkpoint_1.pt")
    weights = "model.safetensors" if form == "hub" else "checkpoint_1.pt"
    source = describe(
        tmp_path, name=f"commfor-{form}", layout="community-forensics", files={"weights": weights},
        arguments=SMALL, model="vit_small_patch16_384",
    )  # fmt: skip
    imported = import_detector(source, registry, graph=form == "hub")
    transform = transforms.Compose(
        [
            transforms.Resize(imported.artifact.card.preprocessing["resize"]["side"]),
            transforms.CenterCrop(64),
            transforms.ToTensor(),
            transforms.Normalize(*IMAGENET),
        ]
    )
    wanted = own(vit, transform, pictures)[:, 0]
    assert np.ptp(wanted) > 0.05
    for backend in ("onnx", "torch") if form == "hub" else ("torch",):
        assert np.allclose(logits(imported, pictures, backend), wanted, atol=1e-4)


def test_the_published_size_of_community_forensics(
    tmp_path: Path, registry: Registry, describe: Callable[..., Path]
) -> None:
    module = timm.create_model("vit_small_patch16_384", num_classes=1).eval()
    torch.save({"model": module.state_dict()}, tmp_path / "commfor.pt")
    source = describe(tmp_path, name="commfor", layout="community-forensics", files={"weights": "commfor.pt"})
    card = import_detector(source, registry, graph=False).artifact.card
    assert card.inputs[0].shape == (384, 384, 3)
    assert card.preprocessing["resize"] == {"side": 440, "edge": "shorter", "interpolation": "bilinear"}


def clip_state(width: int = 128, layers: int = 2, features: int = 48) -> dict[str, Any]:
    """The image tower of a small CLIP under the names of OpenAI's release."""
    torch.manual_seed(3)
    state = {
        "visual.class_embedding": torch.randn(width) * 0.3,
        "visual.positional_embedding": torch.randn(17, width) * 0.3,
        "visual.proj": torch.randn(width, features) * 0.3,
        "visual.conv1.weight": torch.randn(width, 3, 14, 14) * 0.1,
    }
    shapes = {
        "attn.in_proj_weight": (3 * width, width), "attn.in_proj_bias": (3 * width,),
        "attn.out_proj.weight": (width, width), "attn.out_proj.bias": (width,),
        "mlp.c_fc.weight": (4 * width, width), "mlp.c_fc.bias": (4 * width,),
        "mlp.c_proj.weight": (width, 4 * width), "mlp.c_proj.bias": (width,),
    }  # fmt: skip
    for block in range(layers):
        stem = f"visual.transformer.resblocks.{block}"
        state |= {f"{stem}.{name}": torch.randn(shape) * 0.15 for name, shape in shapes.items()}
    norms = ["visual.ln_pre", "visual.ln_post"]
    norms += [f"visual.transformer.resblocks.{block}.ln_{n}" for block in range(layers) for n in (1, 2)]
    for norm in norms:
        state |= {f"{norm}.weight": 1 + torch.randn(width) * 0.1, f"{norm}.bias": torch.randn(width) * 0.1}
    return state


def of_transformers(state: dict[str, Any]) -> dict[str, Any]:
    """The same under the names of the transformers library."""
    names = {
        "visual.class_embedding": "vision_model.embeddings.class_embedding",
        "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
        "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    }
    parts = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
    made = {"vision_model.embeddings.position_ids": torch.arange(17)[None], "logit_scale": torch.ones(())}
    for name, tensor in state.items():
        if name == "visual.proj":
            made["visual_projection.weight"] = tensor.t().contiguous()
        elif name in names:
            made[names[name]] = tensor
        elif name.startswith("visual.ln_"):
            stem = "pre_layrnorm" if "ln_pre" in name else "post_layernorm"
            made[f"vision_model.{stem}.{name.rpartition('.')[2]}"] = tensor
        else:
            _, _, _, number, inner = name.split(".", 4)
            stem, _, kind = inner.rpartition(".")
            layer = f"vision_model.encoder.layers.{number}"
            if inner.startswith("attn.in_proj_"):
                for one, part in zip("qkv", tensor.chunk(3), strict=True):
                    made[f"{layer}.self_attn.{one}_proj.{inner.removeprefix('attn.in_proj_')}"] = (
                        part.contiguous()
                    )
            elif stem == "attn.out_proj":
                made[f"{layer}.self_attn.out_proj.{kind}"] = tensor
            else:
                made[f"{layer}.{parts[stem]}.{kind}"] = tensor
    return made


@pytest.mark.parametrize("names", ["openai", "open-clip-image-tower", "transformers"])
def test_clip_with_a_linear_head(
    tmp_path: Path, registry: Registry, describe: Callable[..., Path], pictures: list[np.ndarray], names: str
) -> None:
    state = clip_state()
    head = {"weight": torch.randn(1, 48), "bias": torch.randn(1)}
    # Another implementation of the same tower, which reads OpenAI's names by itself.
    from timm.models.vision_transformer import checkpoint_filter_fn

    module = timm.create_model(
        "vit_base_patch16_clip_quickgelu_224", img_size=56, patch_size=14, embed_dim=128, depth=2, num_heads=2,
        num_classes=48,
    ).eval()  # fmt: skip
    # timm's head has a bias, CLIP's projection none.
    module.load_state_dict(checkpoint_filter_fn(dict(state), module) | {"head.bias": torch.zeros(48)})
    whole = torch.nn.Sequential(module, torch.nn.Linear(48, 1)).eval()
    whole[1].load_state_dict(head)
    torch.save(head, tmp_path / "fc_weights.pth")
    if names == "openai":  # a whole CLIP in half precision beside its text tower
        text = {"token_embedding.weight": torch.ones(3, 2).half()}
        torch.save(OrderedDict(state | text), tmp_path / "tower.pt")
    elif names == "transformers":
        save_file(of_transformers(state), tmp_path / "tower.pt")
    else:
        save_file({key.removeprefix("visual."): value for key, value in state.items()}, tmp_path / "tower.pt")
    files = {"tower": "tower.pt", "head": "fc_weights.pth"}
    imported = import_detector(
        describe(tmp_path, name=f"univfd-{names}", layout="clip-linear", files=files),
        registry,
        graph=names == "openai",
    )
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    transform = transforms.Compose(
        [transforms.CenterCrop(56), transforms.ToTensor(), transforms.Normalize(mean, std)]
    )
    wanted = own(whole, transform, pictures)[:, 0]
    assert np.ptp(wanted) > 0.05
    for backend in ("onnx", "torch") if names == "openai" else ("torch",):
        assert np.allclose(logits(imported, pictures, backend), wanted, atol=1e-4)
    torch.save({"weight": torch.randn(1, 49), "bias": torch.randn(1)}, tmp_path / "fc_weights.pth")
    with pytest.raises(DescriptionInvalid, match="49 numbers"):
        import_detector(describe(tmp_path, layout="clip-linear", files=files), registry)


def test_a_trap_among_the_files_installs_nothing(
    tmp_path: Path, registry: Registry, describe: Callable[..., Path]
) -> None:
    import os

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    torch.save({"model": {"w": torch.ones(1)}, "more": Trap()}, tmp_path / "trap.pth")
    before = registry.list()
    source = describe(tmp_path, name="trap", layout="community-forensics", files={"weights": "trap.pth"})
    with pytest.raises(TorchFileUnsafe):
        import_detector(source, registry)
    assert registry.list() == before and not (tmp_path / "ran").exists()
