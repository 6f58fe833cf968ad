"""A logistic head on features: fitted with sources at equal weight, its penalty chosen across sources, kept on disk."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from assay.detect.forge.probe import Probe, fit
from assay.models.calibration import balance
from assay.models.metrics import auc

Rows = NDArray[np.float32]


def fitted(rows: Rows, synthetic: NDArray[np.bool_], source: NDArray[np.str_], strength: float) -> Probe:
    """A head at one inverse strength of the penalty; both classes weigh alike, and each source within its class."""
    weights = balance(synthetic, source)
    return fit(rows, synthetic, weights * len(weights) / weights.sum(), strength)


def chosen(
    rows: Rows, synthetic: NDArray[np.bool_], source: NDArray[np.str_], strengths: Sequence[float]
) -> Probe:
    """A head at the strength with the best mean AUC over left-out groups of sources, as the artifact's was chosen."""
    figures = []
    for strength in strengths:
        found = []
        for fold in paired(synthetic, source):
            inside = np.isin(source, fold)
            head = fitted(rows[~inside], synthetic[~inside], source[~inside], strength)
            found.append(auc(head.logits(rows[inside]), synthetic[inside]))
        figures.append(float(np.mean(found)))
    return fitted(rows, synthetic, source, strengths[int(np.argmax(figures))])


def paired(synthetic: NDArray[np.bool_], source: NDArray[np.str_]) -> list[list[str]]:
    """Groups of sources to be left out together: each has at least one of both classes."""
    real, drawn = (sorted(set(source[synthetic == label].tolist())) for label in (False, True))
    count = min(len(real), len(drawn))
    return [[*real[number::count], *drawn[number::count]] for number in range(count)]


def kept(path: Path, make: Callable[[], Probe]) -> Probe:
    """The head in a file, made and written first where there is none."""
    if not path.exists():
        head = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        save_file({"weight": head.weight, "bias": np.array(head.bias)}, partial)
        partial.replace(path)
    stored = load_file(path)
    return Probe(stored["weight"], float(stored["bias"]))
