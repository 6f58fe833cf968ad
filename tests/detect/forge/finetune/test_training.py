"""A small network of one's own, from a manifest to an artifact that the product uses; killed on the way or not."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

pytest.importorskip("torch")
pytest.importorskip("timm")

import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from assay.detect.analyzers.synthetic import Synthetic
from assay.detect.dataset.fault import DataFaulty
from assay.detect.forge.finetune.network import build
from assay.detect.forge.finetune.settings import NetworkSettings, Tune
from assay.detect.forge.settings import SettingsError
from assay.detect.training import train
from assay.detect.validation.adversarial import Attacker, unattackable
from assay.intake.manifest import Entry, write_manifest
from assay.models.backbones import Backbone, BackboneError, open_backbone
from assay.models.engine import Engine
from assay.models.networks import TORCH, load
from assay.models.networks.lora import LowRank, adapt, fold

MadeSet = Callable[..., list[Entry]]


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_DATA", raising=False)


def _recipe(folder: Path, entries: list[Entry], **changes: object) -> Path:
    folder.mkdir(exist_ok=True)
    write_manifest(folder / "list.parquet", entries)
    held = {
        "recipe": "network", "name": "mine", "version": "0.1.0", "data": ".", "manifest": "list.parquet",
        "held": ["real-source-0", "fake-source-0"], "cache": "cache", "zoo": "zoo",
        "backbone": {"timm": "test_resnet"}, "tune": {"what": "all"},
        "training": {
            "steps": 12, "batch_size": 8, "learning_rate": 0.003, "threads": 1, "checkpoint_every": 3,
            "validate_every": 4, "log_every": 4, "seed": 7,
        },
        "test_crops": 2, "laundered_crops": 1, "judged": 8,
    }  # fmt: skip
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(held | changes))
    return path


class _Killed(Exception):
    """In the place of the end of a process."""


def test_it_is_trained_killed_at_five_points_and_ends_with_the_same_weights(
    made_set: MadeSet, tmp_path: Path
) -> None:
    entries = made_set(8)
    whole = train(_recipe(tmp_path / "whole", entries))
    points = sorted(random.Random(11).sample(range(1, 12), 5))
    config = _recipe(tmp_path / "killed", entries)
    for point in points:
        seen: list[str] = []

        def report(line: str, point: int = point, seen: list[str] = seen) -> None:
            seen.append(line)
            if line.startswith("step ") and int(line.split()[1]) >= point:
                raise _Killed

        config.write_text(config.read_text().replace("log_every: 4", "log_every: 1"))
        with pytest.raises(_Killed):
            train(config, report=report)
    ended = train(config)
    told = [one.card.architecture.parameters["weights_sha256"] for one in (whole, ended)]
    assert told[0] == told[1]
    first, second = (one.tensors("network.safetensors") for one in (whole, ended))
    assert all(np.array_equal(first[name], second[name]) for name in first)
    # The product uses it as it uses the artifact that ships.
    with Engine.open(ended, threads=1) as engine:
        assert engine.record.golden is not None and engine.record.golden.within
        Synthetic(engine, ended)
        # The form that gradients are taken of says what the graph says, and an attack on it lowers the score in use.
        assert unattackable(ended) == ""
        rows = [{"pixels": np.ascontiguousarray(np.asarray(Image.open(entries[0].path).convert("RGB"))[:224, :224])}]
        with torch.inference_mode():
            raw = load(TORCH, ended)({"pixels": torch.from_numpy(rows[0]["pixels"][None])})["logit"]
        (before,) = engine.score(rows)
        assert float(raw) == pytest.approx(before.raw, abs=1e-3)
        (after,) = engine.score(Attacker(ended, 3).changed(rows, True, 4.0))
        assert after.raw < before.raw
    card = ended.card
    assert {point.tier for point in card.operating_points} == {"clean", "web", "hard"}
    assert {m.source for m in card.metrics if m.name == "false-alarms"} == {"real-source-0"}
    assert sum(data.count for data in card.training_data) == 16 and card.use == "research"


def test_a_leak_in_the_manifest_stops_it_before_anything_is_learnt(made_set: MadeSet, tmp_path: Path) -> None:
    def save(picture: Image.Image, path: Path, fake: bool) -> None:
        picture.save(path, "PNG" if fake else "JPEG")

    config = _recipe(tmp_path / "leak", made_set(20, save=save))
    with pytest.raises(DataFaulty, match="leak-format"):
        train(config)
    assert not (tmp_path / "leak" / "cache" / "run").exists() and not (tmp_path / "leak" / "zoo").exists()


@pytest.mark.parametrize(
    ("tune", "learns"),
    [
        (Tune(what="head"), lambda name: name.startswith("head.")),
        (Tune(what="last", blocks=1), lambda name: name.startswith("head.") or ".blocks.5" in name),
        (Tune(what="lora", rank=2), lambda name: name.startswith("head.") or name.endswith((".down", ".up"))),
        (Tune(what="all"), lambda name: True),
    ],
)
def test_what_shall_learn_learns_and_nothing_else(tune: Tune, learns: Callable[[str], bool]) -> None:
    network = build(Backbone(timm="test_vit"), tune, 3)
    found = {name: parameter.requires_grad for name, parameter in network.named_parameters()}
    assert found == {name: learns(name) for name in found} and any(found.values())
    again = build(Backbone(timm="test_vit"), tune, 3).state_dict()
    assert all(torch.equal(value, again[name]) for name, value in network.state_dict().items())


def test_a_low_rank_correction_starts_at_nothing_and_folds_into_the_layer() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3))
    x = torch.randn(5, 6)
    before = module(x)
    assert adapt(module, "^2$", 2, 4.0) == 1 and isinstance(module[2], LowRank)
    assert torch.equal(module(x), before)
    with torch.no_grad():
        module[2].up.normal_()
    changed = module(x)
    fold(module)
    assert isinstance(module[2], nn.Linear) and not torch.allclose(changed, before)
    assert torch.allclose(module(x), changed, atol=1e-5)


def test_weights_come_from_a_file_and_only_those_of_the_architecture(tmp_path: Path) -> None:
    torch.manual_seed(5)
    given = timm.create_model("test_resnet", num_classes=0)
    save_file({**given.state_dict(), "fc.weight": torch.zeros(2, 2)}, tmp_path / "weights.safetensors")
    module, width = open_backbone(Backbone(timm="test_resnet", weights=tmp_path / "weights.safetensors"))
    assert width == given.num_features
    assert all(torch.equal(v, module.network.state_dict()[k]) for k, v in given.state_dict().items())
    save_file({"one": torch.zeros(1)}, tmp_path / "other.safetensors")
    for asked in (
        Backbone(timm="test_resnet", weights=tmp_path / "other.safetensors"),
        Backbone(timm="test_resnet", weights=tmp_path / "absent.safetensors"),
        Backbone(timm="no_such_network"),
        Backbone(zoo="edit-map"),
    ):
        with pytest.raises(BackboneError):
            open_backbone(asked)


def test_settings_say_what_is_wrong(made_set: MadeSet, tmp_path: Path) -> None:
    entries = made_set(2)
    for changes in (
        {"bacbone": {}}, {"backbone": {}}, {"backbone": {"timm": "a", "zoo": "b"}},
        {"transforms": {"twins": {"negative": 3}}}, {"transforms": {"tiers": {"dirty": 1}}},
        {"training": {"steps": 3, "epochs": 2}},
    ):  # fmt: skip
        with pytest.raises(SettingsError):
            NetworkSettings.read(_recipe(tmp_path / "x", entries, **changes))
    with pytest.raises(SettingsError, match="of one class"):
        train(_recipe(tmp_path / "y", entries, held=["real-source-0"]))
