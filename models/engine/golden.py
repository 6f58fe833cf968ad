"""Golden inputs and outputs: what an artifact computed where it was made, compared at every opening.

The file of role "golden" is safetensors: ``input.<name>`` and ``output.<name>``, both [n, ...], and ``made_on``, the
name of the processor as UTF-8 bytes. A float32 or count artifact whose golden outputs differ is refused. An int8 graph
may round differently on another family of processors, and in torch it runs dequantised: then the difference is logged
and kept in the record of the run, and on the processor that made it, it is refused too.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import AssayError
from ..artifact import Artifact
from ..artifact.tensors import pack_tensors
from ..devices import cpu_name
from .rows import stacked

__all__ = ["GoldenCheck", "GoldenMalformed", "GoldenMismatch", "check_golden", "make_golden"]

Arrays = Mapping[str, NDArray[Any]]
MADE_ON: Final = "made_on"
MADE_ON_BYTES: Final = 300
_log = logging.getLogger(__name__)


class GoldenMismatch(AssayError):
    """The artifact does not compute here what it computed where it was made."""

    code = "golden-mismatch"


class GoldenMalformed(AssayError):
    """The golden file does not hold the inputs and outputs of its card."""

    code = "golden-malformed"


@dataclass(frozen=True, slots=True)
class GoldenCheck:
    """What the comparison gave.

    Attributes
    ----------
    rows : int
        Golden rows compared.
    max_difference : float
        Largest absolute difference over all outputs that were compared.
    tolerance : float
        The card's.
    within : bool
        Whether the difference is within the tolerance.
    made_on : str
        Processor that the golden outputs were made on; empty when not stated.
    """

    rows: int
    max_difference: float
    tolerance: float
    within: bool
    made_on: str


def check_golden(
    artifact: Artifact,
    run: Callable[[Arrays], Mapping[str, NDArray[Any]]],
    outputs: Sequence[str],
    *,
    backend: str,
) -> GoldenCheck | None:
    """Run the golden inputs and compare those golden outputs that are among `outputs`.

    Parameters
    ----------
    run
        From columns [n, ...] by input name to columns by output name, the way rows will be run.
    backend
        Name of the backend, to tell an int8 graph from its dequantised torch version.

    Returns
    -------
    None when the artifact has no golden file.

    Raises
    ------
    GoldenMismatch, GoldenMalformed
        See each class.
    """
    card = artifact.card
    if not artifact.paths("golden"):
        return None
    tensors = artifact.tensors("golden")
    # The name is the maker's text and reaches terminals: what is not printable is not kept.
    text = bytes(tensors.pop(MADE_ON, np.zeros(0, np.uint8))[:MADE_ON_BYTES]).decode("utf-8", "replace")
    made_on = "".join(mark if mark.isprintable() else "?" for mark in text)
    inputs = {name.removeprefix("input."): a for name, a in tensors.items() if name.startswith("input.")}
    stored = {name.removeprefix("output."): a for name, a in tensors.items() if name.startswith("output.")}
    counts = {len(array) if array.ndim else -1 for array in (*inputs.values(), *stored.values())}
    if inputs.keys() != {tensor.name for tensor in card.inputs} or card.raw not in stored or len(counts) != 1:
        raise GoldenMalformed(
            f"the golden file of {artifact.id} must hold input.<name> of every input and output.{card.raw}, all with "
            "the same number of rows; make it with make_golden and write the artifact again"
        )
    made = run(inputs)
    largest = max(_difference(stored[name], made[name]) for name in outputs if name in stored)
    within = largest <= card.tolerance
    check = GoldenCheck(counts.pop(), largest, card.tolerance, within, made_on)
    if within:
        return check
    words = (
        f"golden outputs of {artifact.id} differ by {largest:.3g} here ({cpu_name()}, {backend}); its card allows "
        f"{card.tolerance:.3g}, made on {made_on or 'a processor that is not stated'}"
    )
    if card.precision != "int8" or (backend == "onnx" and made_on == cpu_name()):
        raise GoldenMismatch(
            f"{words}: do not use these scores; install the artifact again, or the library versions of its card"
        )
    _log.warning("%s: scores are comparable with the card's figures only within such a difference", words)
    return check


def make_golden(artifact: Artifact, rows: Iterable[Arrays], outputs: Sequence[str] = ()) -> bytes:
    """Score rows here and return the golden file for them.

    Parameters
    ----------
    artifact
        Written without a golden file; it is written again with the result.
    rows
        A few representative rows, without row axis.
    outputs
        Further outputs to keep beside the raw one.
    """
    from .engine import Engine

    kept = [dict(row) for row in rows]
    if not kept:
        raise GoldenMalformed("golden rows are needed to make a golden file; give a few representative ones")
    tensors = {f"input.{name}": array for name, array in stacked(kept).items()}
    with Engine.open(artifact, device="cpu", outputs=outputs, golden=False) as engine:
        scores = next(engine.score_columns([stacked(kept)]))
    tensors |= {f"output.{name}": array for name, array in scores.arrays.items()}
    tensors[f"output.{artifact.card.raw}"] = scores.raw
    tensors[MADE_ON] = np.frombuffer(cpu_name().encode(), np.uint8)
    return pack_tensors(tensors)


def _difference(stored: NDArray[Any], made: NDArray[Any]) -> float:
    if stored.shape != made.shape:
        return float("inf")
    if not stored.size:
        return 0.0
    gap = float(np.max(np.abs(stored.astype(np.float64) - made.astype(np.float64))))
    return gap if gap == gap else float("inf")
