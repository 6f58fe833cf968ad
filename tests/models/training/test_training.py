"""The loop learns, repeats bit for bit, survives being killed anywhere, and stops when told to."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from assay.models.devices import DeviceAbsent
from assay.models.training import (
    TrainingConfig,
    TrainingDiverged,
    TrainingEmpty,
    train,
)
from assay.models.training.batches import Batches, seed_of
from assay.models.training.checkpoints import CheckpointMismatch, Checkpoints

torch = pytest.importorskip("torch")
from safetensors.torch import load_file  # noqa: E402  (only with torch)


class Pictures:
    """Small pictures whose class is where the light comes from, with noise that the seed decides."""

    def __init__(self, n=60):
        generator = np.random.default_rng(0)
        self.labels = np.arange(n) % 2
        slope = np.linspace(-1, 1, 8, dtype=np.float32)
        self.pictures = generator.normal(size=(n, 3, 8, 8)).astype(np.float32)
        self.pictures += np.where(self.labels == 1, 1.0, -1.0).astype(np.float32)[:, None, None, None] * slope

    def __len__(self):
        return len(self.labels)

    def batch(self, rows, seed):
        noise = np.random.default_rng(seed).normal(size=(len(rows), 3, 8, 8)).astype(np.float32)
        return {"picture": self.pictures[rows] + 0.1 * noise, "label": self.labels[rows].astype(np.float32)}


def network(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.3),
        torch.nn.Flatten(),
        torch.nn.Linear(144, 1),
    )


def objective(module, batch):
    logits = module(batch["picture"])[:, 0]
    return torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), batch["label"])


def judge(module):
    data = Pictures()
    logits = module(torch.from_numpy(data.pictures))[:, 0].detach().float().numpy()
    return float(np.mean((logits > 0) == data.labels))


def config(**changes):
    return TrainingConfig(
        **{"steps": 20, "batch_size": 16, "checkpoint_every": 4, "learning_rate": 0.01} | changes
    )


def run(folder, *, changes=None, **options):
    return train(network(), Pictures(), config(**changes or {}), objective, folder, device="cpu", **options)


def lines(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


VARIANTS = [
    {"warmup_steps": 3},
    {"optimizer": "sgd", "schedule": "linear", "precision": "bf16", "channels_last": True, "loaders": 2},
    {
        "optimizer": "sgd",
        "momentum": 0.0,
        "schedule": "constant",
        "clip_norm": None,
        "drop_last": True,
        "keep": 1,
    },
]


def test_it_learns_and_the_file_holds_what_the_module_holds(tmp_path):
    module, data = network(), Pictures()
    result = train(module, data, config(steps=60), objective, tmp_path, validate=judge, device="cpu")
    assert result.best > 0.9 and result.step == 60 and not result.early
    assert judge(network()) < 0.75
    stored = load_file(result.weights)
    for name, value in module.state_dict().items():
        assert torch.equal(value, stored[name])
    assert judge(module.eval()) == result.best


@pytest.mark.parametrize("changes", VARIANTS)
def test_the_same_run_gives_the_same_bytes_and_another_seed_others(tmp_path, changes):
    first = run(tmp_path / "a", changes=changes)
    torch.manual_seed(99)
    np.random.default_rng(99)
    assert run(tmp_path / "b", changes=changes).sha256 == first.sha256
    assert run(tmp_path / "c", changes=changes | {"seed": 1}).sha256 != first.sha256
    # Neither loaders nor the rhythm of checkpoints and logs may reach the weights.
    free = changes | {"loaders": 3, "checkpoint_every": 7, "log_every": 3}
    assert run(tmp_path / "d", changes=free).sha256 == first.sha256


class Killed(Exception):
    pass


@pytest.mark.parametrize("changes", VARIANTS)
def test_interrupted_after_any_step_it_ends_with_the_same_bits(tmp_path, changes):
    changes = changes | {"validate_every": 3}
    whole = run(tmp_path / "whole", changes=changes, validate=judge)
    for stop in (1, 4, 6, 11, 19, 20):
        folder = tmp_path / str(stop)

        def interrupt(progress, stop=stop):
            if progress.step == stop:
                raise Killed

        with pytest.raises(Killed):
            run(folder, changes=changes, validate=judge, progress=interrupt)
        again = run(folder, changes=changes, validate=judge)
        assert (again.sha256, again.best, again.best_step) == (whole.sha256, whole.best, whole.best_step)
        steps = [line["step"] for line in lines(folder) if line["event"] == "validation"]
        assert steps == [3, 6, 9, 12, 15, 18, 20]


DRIVER = """
import json, os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, {here!r})
import torch._dynamo  # optimizers import it late: once here, not once in every child
import test_training as these
from assay.models.training.checkpoints import Checkpoints

base = Path({base!r})
changes = {{"steps": 60, "checkpoint_every": 3, "validate_every": 6, "precision": "bf16", "threads": 1}}

def begin(folder):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            tell = lambda progress: os.write(writer, b"%d\\n" % progress.step)
            done = these.run(folder, changes=changes, validate=these.judge, progress=tell)
            os.write(writer, done.sha256.encode() + b"\\n")
        finally:
            os._exit(0)
    os.close(writer)
    return child, os.fdopen(reader)

def whole(folder):
    child, lines = begin(folder)
    told = lines.read().split()
    os.waitpid(child, 0)
    return told

chance = random.Random(7)
report = {{"whole": whole(base / "whole")[-1], "kills": []}}
stop = 0
for _ in range(6):
    stop += chance.randint(2, 9)
    child, lines = begin(base / "killed")
    first = int(next(lines))
    for line in lines:
        if int(line) >= stop:
            break
    time.sleep(chance.random() * 0.02)
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    kept = Checkpoints(base / "killed" / "checkpoints", 2).newest()
    report["kills"].append([first, os.WTERMSIG(status), kept.step if kept else 0])
report["end"] = whole(base / "killed")
print(json.dumps(report))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the processes that it kills")
def test_a_process_killed_at_random_moments_ends_with_the_same_bits(tmp_path):
    code = DRIVER.format(here=str(Path(__file__).parent), base=str(tmp_path))
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240)
    assert found.returncode == 0, found.stderr
    report = json.loads(found.stdout)
    begun, signals, kept = zip(*report["kills"], strict=True)
    # SIGKILL: no handler, no flush, in the middle of whatever the next steps did.
    assert set(signals) == {9}
    assert list(begun) == [1, *(step + 1 for step in kept[:-1])]
    assert 0 < kept[-1] < 60
    assert len(report["whole"]) == 64 and report["end"][-1] == report["whole"]
    assert int(report["end"][0]) == kept[-1] + 1


def test_a_damaged_or_half_written_checkpoint_is_passed_over(tmp_path):
    whole = run(tmp_path / "whole").sha256
    folder = tmp_path / "run"

    def interrupt(progress):
        if progress.step == 14:
            raise Killed

    with pytest.raises(Killed):
        run(folder, progress=interrupt)
    checkpoints = folder / "checkpoints"
    assert sorted(path.name for path in checkpoints.iterdir()) == ["step-000000008", "step-000000012"]
    tensors = checkpoints / "step-000000012" / "tensors.safetensors"
    data = bytearray(tensors.read_bytes())
    data[-1] ^= 1
    tensors.write_bytes(data)
    (checkpoints / ".part-000000016").mkdir()
    (checkpoints / ".part-000000016" / "tensors.safetensors").write_bytes(b"half")
    with (folder / "log.jsonl").open("a") as log:
        log.write('{"event": "step", "st')
    assert Checkpoints(checkpoints, 2).newest().step == 8
    assert run(folder).sha256 == whole
    assert all("event" in line for line in lines(folder))


def test_a_finished_run_called_again_trains_nothing(tmp_path):
    first = run(tmp_path)
    seen = []
    assert run(tmp_path, progress=seen.append) == first
    assert seen == []


def test_nothing_on_disk_is_a_pickle(tmp_path):
    run(tmp_path, validate=judge)
    names = sorted({path.suffix for path in tmp_path.rglob("*") if path.is_file()})
    assert names == [".json", ".jsonl", ".safetensors"]


@pytest.mark.parametrize("changes", [{"seed": 3}, {"learning_rate": 0.5}, {"steps": 30}])
def test_another_configuration_does_not_go_on_with_these_checkpoints(tmp_path, changes):
    run(tmp_path)
    with pytest.raises(CheckpointMismatch, match=next(iter(changes))):
        run(tmp_path, changes=changes)


def test_another_network_does_not_either(tmp_path):
    run(tmp_path)
    other = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 1))
    with pytest.raises(CheckpointMismatch, match="another network"):
        train(other, Pictures(), config(), objective, tmp_path, device="cpu")


@pytest.mark.parametrize(
    ("direction", "figures"), [("max", [0.1, 0.5, 0.4, 0.4]), ("min", [9.0, 2.0, 3.0, 2.0])]
)
def test_early_stop_keeps_the_best_weights(tmp_path, direction, figures):
    seen, states = iter(figures), []

    def validate(module):
        assert not module.training and not torch.is_grad_enabled()
        states.append({name: value.clone() for name, value in module.state_dict().items()})
        return next(seen)

    module = network()
    changes = {"validate_every": 3, "patience": 2, "direction": direction, "steps": 100}
    result = train(
        module, Pictures(), config(**changes), objective, tmp_path, validate=validate, device="cpu"
    )
    assert result.early and result.step == 12
    assert (result.best, result.best_step) == (figures[1], 6)
    for name, value in module.state_dict().items():
        assert torch.equal(value, states[1][name])
    # Called again it is still over.
    assert (
        train(network(), Pictures(), config(**changes), objective, tmp_path, validate=judge, device="cpu")
        == result
    )


def test_log_and_progress_tell_the_same_run(tmp_path):
    told = []
    run(tmp_path, changes={"log_every": 6, "warmup_steps": 4}, progress=told.append)
    found = lines(tmp_path)
    assert found[0]["event"] == "start" and found[0]["config"]["batch_size"] == 16
    assert found[-1]["event"] == "end"
    steps = [line for line in found if line["event"] == "step"]
    assert [(line["step"], line["over"]) for line in steps] == [(6, 6), (12, 6), (18, 6), (20, 2)]
    assert [progress.step for progress in told] == list(range(1, 21))
    rates = [progress.learning_rate for progress in told]
    assert rates[:4] == pytest.approx([0.0025, 0.005, 0.0075, 0.01])
    assert (
        rates[4] == pytest.approx(0.01) and rates[-1] < 0.001 and sorted(rates[4:], reverse=True) == rates[4:]
    )
    assert [progress.epoch for progress in told][:5] == [0, 0, 0, 0, 1]


def test_frozen_parameters_stay_and_decay_spares_vectors(tmp_path):
    module = network()
    module[0].weight.requires_grad_(False)
    before = module[0].weight.clone()
    bias = module[5].bias.clone()
    zero = lambda module, batch: module(batch["picture"]).sum() * 0  # noqa: E731
    weight = module[5].weight.clone()
    train(module, Pictures(), config(weight_decay=0.5), zero, tmp_path, device="cpu")
    assert torch.equal(module[0].weight, before)
    assert torch.equal(module[5].bias, bias)
    assert module[5].weight.abs().sum() < weight.abs().sum()


def test_settings_of_torch_are_put_back(tmp_path):
    threads, state = torch.get_num_threads(), torch.random.get_rng_state()
    run(tmp_path, changes={"threads": 2, "steps": 1})
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()
    assert json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])["threads"] == 2
    torch.random.set_rng_state(state)


def test_epochs_and_an_order_of_ones_own():
    data, seen = Pictures(10), []

    def order(epoch, generator):
        seen.append(epoch)
        return generator.choice(10, 6)

    batches = Batches(data, config(steps=None, epochs=3, batch_size=4), order)
    assert batches.per_epoch == 2
    whole = list(batches.between(0, 6))
    assert [(batch.epoch, batch.place) for batch in whole] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    assert [len(batch.values["label"]) for batch in whole] == [4, 2, 4, 2, 4, 2]
    for late, batch in zip(batches.between(3, 6), whole[3:], strict=True):
        assert late.seed == batch.seed
        np.testing.assert_array_equal(late.values["picture"], batch.values["picture"])
    assert len({batch.seed for batch in whole}) == 6


def test_every_row_comes_once_an_epoch():
    class Rows:
        def __len__(self):
            return 11

        def batch(self, rows, seed):
            return {"rows": rows}

    for loaders in (0, 3):
        batches = Batches(Rows(), config(batch_size=4, loaders=loaders))
        epochs = [np.concatenate([b.values["rows"] for b in batches.between(at, at + 3)]) for at in (0, 3)]
        assert [sorted(epoch.tolist()) for epoch in epochs] == [list(range(11))] * 2
        assert epochs[0].tolist() != epochs[1].tolist()


def test_seeds_differ_by_place():
    assert len({seed_of(seed, kind, step) for seed in (0, 1) for kind in (0, 1) for step in range(50)}) == 200


def test_divergence_is_a_coded_error(tmp_path):
    endless = lambda module, batch: objective(module, batch) * float("inf")  # noqa: E731
    with pytest.raises(TrainingDiverged, match="learning rate"):
        train(network(), Pictures(), config(), endless, tmp_path / "a", device="cpu")
    with pytest.raises(TrainingDiverged, match="validation"):
        run(tmp_path / "b", validate=lambda module: float("nan"))


def test_nothing_to_train_is_a_coded_error(tmp_path):
    with pytest.raises(TrainingEmpty):
        train(network(), Pictures(0), config(), objective, tmp_path, device="cpu")
    with pytest.raises(TrainingEmpty):
        train(network(), Pictures(5), config(drop_last=True), objective, tmp_path, device="cpu")
    with pytest.raises(TrainingEmpty, match="gradient"):
        train(network().requires_grad_(False), Pictures(), config(), objective, tmp_path, device="cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_an_absent_device_is_a_coded_error(tmp_path):
    with pytest.raises(DeviceAbsent):
        train(network(), Pictures(), config(), objective, tmp_path, device="cuda")


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"steps": 1, "epochs": 1},
        {"steps": 0},
        {"steps": 1, "learning_rat": 1},
        {"steps": 1, "optimizer": "lion"},
        {"steps": 1, "learning_rate": float("nan")},
        {"steps": 1, "final_share": 2},
    ],
)
def test_a_config_that_says_nothing_or_too_much_is_refused(values):
    with pytest.raises(ValidationError):
        TrainingConfig(**values)


def test_the_config_survives_json():
    one = config(betas=(0.8, 0.99), clip_norm=None)
    assert TrainingConfig.model_validate_json(one.model_dump_json()) == one


def test_importing_the_loop_imports_no_torch():
    code = "import sys; import assay.models.training; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
