"""The format-only control: how well can the label be told from what the files say, without looking at a picture?

A forest of trees is given the facts of the files and nothing else, and judged on files that it was not fitted on. Where
it does well the data leak: whoever learns from them may learn that fakes are PNG. It must be near 0.5.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...models.metrics import Interval, auc, bootstrap
from .facts import FileFacts
from .fault import Fault

__all__ = ["FAMILIES", "FEWEST", "LEAK", "Control", "control", "faults"]

Floats = NDArray[np.float64]

FEWEST: Final = 20
"""Files of each class below which the control says nothing."""

LEAK: Final = 0.6
"""AUC of the control from which data leak, if its interval leaves out 0.5."""

_FOLDS: Final = 5
_TREES: Final = 60
_REPLICATES: Final = 500


def _format(one: FileFacts) -> dict[str, float]:
    return {f"media={one.media}": 1.0, f"mode={one.mode}": 1.0, "bits": float(one.bits)}


def _history(one: FileFacts) -> dict[str, float]:
    return {
        "saved": float(one.saved_quality), "earlier": float(one.earlier_quality), "luma": float(one.tables[0]),
        "chroma": float(one.tables[1]), f"sampling={one.subsampling}": 1.0, "progressive": float(one.progressive),
    }  # fmt: skip


def _size(one: FileFacts) -> dict[str, float]:
    return {"longer": float(max(one.width, one.height)), "shorter": float(min(one.width, one.height)),
            "wide": float(one.width > one.height)}  # fmt: skip


def _metadata(one: FileFacts) -> dict[str, float]:
    names = ("exif", "xmp", "text")
    return dict(zip(names, map(float, one.metadata), strict=True)) | {
        "thumbnail": float(one.thumbnail), "profile": float(one.profile),
    }  # fmt: skip


FAMILIES: Final[Mapping[str, Callable[[FileFacts], dict[str, float]]]] = {
    "format": _format,
    "jpeg-history": _history,
    "size": _size,
    "metadata": _metadata,
}
"""What a file says, by kind. Its bytes are left out: how well a picture packs is a property of what it shows."""


@dataclass(frozen=True, slots=True)
class Control:
    """How well one kind of facts tells the label.

    Attributes
    ----------
    family
        A name of `FAMILIES`, or ``all`` of them together.
    value
        AUC on files that the trees were not fitted on, with its interval.
    leaks
        Whether it is beyond what the control allows.
    telling
        The facts that tell most, with the mean of each class: name, real, fake.
    """

    family: str
    value: Interval
    leaks: bool
    telling: tuple[tuple[str, float, float], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "family": self.family, "auc": round(self.value.value, 4), "low": round(self.value.low, 4),
            "high": round(self.value.high, 4), "n": self.value.n, "leaks": self.leaks,
            "telling": [{"fact": name, "real": real, "fake": fake} for name, real, fake in self.telling],
        }  # fmt: skip


def control(
    facts: Sequence[FileFacts], fake: NDArray[np.bool_], units: NDArray[np.int64] | None = None, seed: int = 0
) -> list[Control]:
    """Judge each family of facts, and all together.

    Parameters
    ----------
    facts, fake
        Of decoded files, and their labels.
    units
        Files with the same number are fitted on, or judged on, together: copies of one picture.
    seed
        Of folds and trees.

    Returns
    -------
    Empty where a class has fewer than `FEWEST` files.
    """
    if min(int(fake.sum()), int((~fake).sum())) < FEWEST:
        return []
    names = {**FAMILIES, "all": _every}
    groups = np.arange(len(fake)) if units is None else units
    return [_judged(name, [tell(one) for one in facts], fake, groups, seed) for name, tell in names.items()]


def _every(one: FileFacts) -> dict[str, float]:
    return {name: value for family in FAMILIES.values() for name, value in family(one).items()}


def _judged(
    family: str,
    told: Sequence[Mapping[str, float]],
    fake: NDArray[np.bool_],
    groups: NDArray[np.int64],
    seed: int,
) -> Control:
    columns = sorted({name for one in told for name in one})
    rows = np.array([[one.get(name, 0.0) for name in columns] for one in told])
    varied = rows.std(axis=0) > 0
    score = _left_out(rows[:, varied], fake, groups, seed) if varied.any() else np.zeros(len(fake))
    value = bootstrap(auc, score, fake, strata=fake, n=_REPLICATES, seed=seed)
    telling: list[tuple[float, str, float, float]] = []
    for column in np.flatnonzero(varied):
        apart = abs(auc(rows[:, column], fake) - 0.5)
        real, made = (round(float(rows[mine, column].mean()), 3) for mine in (~fake, fake))
        telling.append((apart, columns[column], real, made))
    best = tuple((name, real, made) for _, name, real, made in sorted(telling, reverse=True)[:3])
    return Control(family, value, value.value >= LEAK and value.low > 0.5, best)


def _left_out(rows: Floats, fake: NDArray[np.bool_], groups: NDArray[np.int64], seed: int) -> Floats:
    """Probability of "fake" of each row by trees that were fitted on other folds."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import StratifiedGroupKFold

    score = np.zeros(len(fake))
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    for fitted, judged in folds.split(rows, fake, groups):
        trees = RandomForestClassifier(
            _TREES, min_samples_leaf=4, class_weight="balanced_subsample", random_state=seed, n_jobs=1
        )
        trees.fit(rows[fitted], fake[fitted])
        classes = trees.classes_.tolist()
        if True in classes:
            score[judged] = trees.predict_proba(rows[judged])[:, classes.index(True)]
    # Equal facts shall tie, so that the AUC of nothing is exactly a half.
    return np.round(score, 6)


def faults(found: Sequence[Control], few: tuple[int, int]) -> list[Fault]:
    """What the control finds wrong; `few` are the files of each class, real and fake."""
    if not found:
        words = (
            f"{few[0]} real and {few[1]} fake files: fewer than {FEWEST} of a class, so the format-only control says "
            "nothing"
        )
        return [Fault("control-too-few", "note", words)]
    made = []
    for one in found:
        if one.leaks and one.family != "all":
            facts = "; ".join(f"{name}: real {real:g}, fake {fake:g}" for name, real, fake in one.telling)
            words = (
                f"the {one.family} of the files alone tells real from fake with an AUC of {one.value}: whatever is "
                f"learnt from these files may be this ({facts}). Give both classes the same life before: the same "
                "formats, saves, sizes and metadata"
            )
            made.append(Fault(f"leak-{one.family}", "error", words, one.to_json()))
    if not made and any(one.leaks for one in found):
        whole = next(one for one in found if one.family == "all")
        words = (
            f"no kind of facts alone tells real from fake, but all together do, with an AUC of {whole.value}: look "
            "at how the classes were collected"
        )
        made.append(Fault("leak-together", "error", words, whole.to_json()))
    return made
