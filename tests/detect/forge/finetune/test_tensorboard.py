"""What is written for TensorBoard is what TensorBoard reads; without it the settings are refused in words."""

import sys
from pathlib import Path

import pytest

from assay.detect.forge.finetune.tensorboard import Board, TensorBoardMissing
from assay.models.training import Progress

pytest.importorskip("torch")


def test_loss_rate_and_figure_are_read_back(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with Board(tmp_path / "board") as board:
        board.write(Progress(1, 3, 0, float("nan"), 0.1, 0.5, None))
        board.write(Progress(2, 3, 0, 0.75, 0.05, 1.0, None))
        board.write(Progress(3, 3, 1, 0.5, 0.01, 1.5, 0.9))
    read = EventAccumulator(str(tmp_path / "board"))
    read.Reload()
    assert [(one.step, one.value) for one in read.Scalars("loss")] == [(2, 0.75), (3, 0.5)]
    assert [one.step for one in read.Scalars("learning_rate")] == [1, 2, 3]
    assert [(one.step, round(one.value, 6)) for one in read.Scalars("held_auc")] == [(3, 0.9)]


def test_without_a_folder_nothing_is_written_or_asked_for(tmp_path: Path) -> None:
    with Board(None) as board:
        board.write(Progress(1, 1, 0, 0.5, 0.1, 0.5, 0.9))
    assert not list(tmp_path.iterdir())


def test_a_log_without_the_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(TensorBoardMissing, match="pip install tensorboard"):
        Board(tmp_path)
