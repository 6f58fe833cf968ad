"""A batch in parts has the gradient of the whole; workers change nothing; what cannot be cut is refused."""

import numpy as np
import pytest
from pydantic import ValidationError

from assay.models.devices import resolve
from assay.models.training import TrainingConfig, TrainingDiverged, train
from assay.models.training.gradients import BatchUneven, Gradients

torch = pytest.importorskip("torch")

ROWS = 12


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 1))


def objective(module, batch):
    return torch.nn.functional.mse_loss(module(batch["x"])[:, 0], batch["y"])


def values():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(ROWS, 5, generator=generator)
    return {"x": x, "y": x.sum(1).sin()}


def gradients(**keys):
    module = network()
    config = TrainingConfig(steps=1, deterministic=False, **keys)
    loss = Gradients(module, config, objective, resolve("cpu")).of(values())
    return loss, [parameter.grad.clone() for parameter in module.parameters()]


@pytest.mark.parametrize(("parts", "workers"), [(2, 1), (4, 1), (4, 2), (12, 3)])
def test_parts_have_the_gradient_and_the_loss_of_the_whole(parts, workers):
    loss, whole = gradients()
    again, cut = gradients(parts=parts, workers=workers)
    assert again == pytest.approx(loss, rel=1e-6)
    for one, other in zip(whole, cut, strict=True):
        torch.testing.assert_close(one, other)
    assert any(float(one.abs().max()) > 1e-3 for one in whole)


def test_workers_change_no_bit():
    _, one = gradients(parts=6, workers=1)
    _, three = gradients(parts=6, workers=3)
    assert all(torch.equal(a, b) for a, b in zip(one, three, strict=True))


def test_a_parameter_that_no_part_uses_gets_no_gradient():
    module = torch.nn.ModuleDict({"used": network(), "idle": torch.nn.Linear(2, 2)})
    config = TrainingConfig(steps=1, deterministic=False, parts=3)
    Gradients(module, config, lambda m, b: objective(m["used"], b), resolve("cpu")).of(values())
    assert module["idle"].weight.grad is None
    assert module["used"][0].weight.grad is not None


def test_a_batch_that_makes_no_equal_parts_is_refused():
    with pytest.raises(BatchUneven, match="12 rows of 'x' make no 5 equal parts"):
        gradients(parts=5)


def test_a_deterministic_run_takes_one_worker():
    with pytest.raises(ValidationError, match="one worker"):
        TrainingConfig(steps=1, parts=2, workers=2)
    assert TrainingConfig(steps=1, parts=2).deterministic


class Rows:
    def __len__(self):
        return 3 * ROWS

    def batch(self, rows, seed):
        x = np.random.default_rng(seed).normal(size=(len(rows), 5)).astype(np.float32)
        return {"x": x, "y": np.sin(x.sum(1))}


def run(folder, **keys):
    config = TrainingConfig(
        **{"steps": 9, "batch_size": ROWS, "learning_rate": 0.01, "checkpoint_every": 3} | keys
    )
    return train(network(), Rows(), config, objective, folder, device="cpu")


def test_a_run_in_parts_repeats_and_goes_on_with_other_workers(tmp_path):
    whole = run(tmp_path / "a", parts=3)
    assert run(tmp_path / "b", parts=3).sha256 == whole.sha256
    shared = run(tmp_path / "c", parts=3, workers=2, deterministic=False)
    assert shared.sha256 == whole.sha256
    # Workers are no part of what a resumed run must share: the run is found complete and stays as it is.
    assert run(tmp_path / "c", parts=3, workers=1, deterministic=False).sha256 == whole.sha256


def test_a_part_without_a_finite_loss_stops_the_run(tmp_path):
    def broken(module, batch):
        return objective(module, batch) * (float("nan") if float(batch["x"][0, 0]) > 0 else 1.0)

    config = TrainingConfig(steps=9, batch_size=ROWS, parts=4)
    with pytest.raises(TrainingDiverged):
        train(network(), Rows(), config, broken, tmp_path, device="cpu")
