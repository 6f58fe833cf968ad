"""What the classical analyzers claim of made pictures: foreign JPEG grids and copied parts, kept by content.

Their claims are rare and hardly ever wrong, so they are weighed with the score of the network as yes or no: where a
claim stands, its weight is added. The weights come from held sources, as everything that is calibrated.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ....models.training.weights import write_flushed
from ...traces.copymove import copies
from ...traces.grid import grids, luminance
from ..launder import Pixels

CODES = ("foreign-grid", "copied-region")
"""Codes of the reasons that state the claims, in the order of the columns."""

_EVERY = 200
_STRENGTH = 1.0


class Claims:
    """Claims by the bytes of a picture; looked for once.

    Parameters
    ----------
    path
        JSON file that keeps them between runs.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list[bool]] = json.loads(path.read_bytes()) if path.is_file() else {}
        self._new = 0

    def of(self, rgb: Pixels) -> tuple[bool, bool]:
        """Whether a part has a foreign grid, and whether a part was copied."""
        key = hashlib.blake2b(rgb.tobytes(), digest_size=16).hexdigest()
        if key not in self._known:
            luma = luminance(rgb)
            self._known[key] = [bool(grids(luma).regions), bool(copies(luma).found)]
            self._new += 1
            if self._new % _EVERY == 0:
                self.keep()
        grid, copied = self._known[key]
        return grid, copied

    def keep(self) -> None:
        """Write what is known."""
        part = self._path.with_name(f".{self._path.name}.part")
        write_flushed(part, json.dumps(self._known).encode())
        part.replace(self._path)


def weights(
    logit: NDArray[np.float64],
    claims: NDArray[np.bool_],
    edited: NDArray[np.bool_],
    mass: NDArray[np.float64],
) -> dict[str, float]:
    """What each claim adds to the score, in its unit; never less than nothing.

    A logistic regression on the score and the claims; its penalty keeps the weight of a claim finite that was never
    wrong here.

    Parameters
    ----------
    logit, edited, mass
        Score, truth and weight of each picture, (m,).
    claims
        bool (m, 2), see `CODES`.
    """
    spread = float(logit.std()) or 1.0
    rows = np.column_stack([logit / spread, claims.astype(np.float64)])
    fitted = LogisticRegression(C=_STRENGTH, max_iter=1000).fit(
        rows, edited, sample_weight=mass * len(mass) / mass.sum()
    )
    slope, *added = (float(value) for value in fitted.coef_[0])
    if slope <= 0:
        return dict.fromkeys(CODES, 0.0)
    return {
        code: round(max(0.0, value) / slope * spread, 3) for code, value in zip(CODES, added, strict=True)
    }
