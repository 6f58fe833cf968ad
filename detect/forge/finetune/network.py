"""The network that is tuned: a backbone and a linear head, what of it learns, and its form as a graph."""

import io
import warnings
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ....models.backbones import SIDE, Backbone, open_backbone
from ....models.export import OPSET
from ....models.networks.lora import adapt, fold
from ....models.networks.tuned import Tuned
from ..settings import SettingsError
from .settings import Tune

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["build", "graph", "objective"]


def build(asked: Backbone, tune: Tune, seed: int) -> Tuned:
    """The network with what learns marked; the same seed gives the same.

    Raises
    ------
    BackboneError
        See `open_backbone`.
    SettingsError
        Nothing in it is called as `tune` says, or it has no blocks.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone, width = open_backbone(asked)
        backbone.requires_grad_(tune.what == "all")
        if tune.what == "lora" and not adapt(backbone, tune.layers, tune.rank, tune.alpha):
            raise SettingsError(f"no linear layer of {asked.told} has a name that matches {tune.layers!r}")
        if tune.what == "last":
            _blocks(backbone, tune.blocks, asked.told)
        return Tuned(backbone, width)


def _blocks(backbone: nn.Module, count: int, told: str) -> None:
    """Let the last blocks learn: of the longest list of modules, and what comes after it."""
    lists = [(n, m) for n, m in backbone.named_modules() if isinstance(m, nn.ModuleList | nn.Sequential)]
    named = [(name, list(held.children())) for name, held in lists if len(list(held.children())) > 1]
    if not named:
        raise SettingsError(
            f"{told} has no list of blocks: tune all of it, its head, or low-rank corrections"
        )
    _, blocks = max(named, key=lambda one: sum(p.numel() for m in one[1] for p in m.parameters()))
    for block in blocks[-count:]:
        block.requires_grad_(True)


def objective(module: nn.Module, values: "Mapping[str, Tensor]") -> Tensor:
    """Cross entropy, weighted."""
    logit = module(values["pixels"])
    loss = nn.functional.binary_cross_entropy_with_logits(
        logit.float(), values["synthetic"], reduction="none"
    )
    return (loss * values["weight"]).mean()


def graph(network: Tuned) -> bytes:
    """The network as an ONNX graph for one crop, low-rank corrections folded in; `network` is changed by it."""

    class Flat(nn.Module):
        """One crop."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixels: Tensor) -> Tensor:
            made: Tensor = self.network(pixels)
            return made

    fold(network)
    network.eval().cpu()
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own libraries
        torch.onnx.export(
            Flat().eval(),
            (torch.zeros(1, SIDE, SIDE, 3, dtype=torch.uint8),),
            stream,  # type: ignore[arg-type]
            dynamo=False,
            opset_version=OPSET,
            input_names=["pixels"],
            output_names=["logit"],
        )
    return stream.getvalue()
