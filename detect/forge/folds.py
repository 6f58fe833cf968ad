"""Leave-source-out: every picture is scored by a probe that never saw its source.

Validation on a random split flatters, since pictures of one source share far more than their label. A fold leaves out
whole sources of both classes at once; a photo's twin leaves with its photo.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...models.metrics import auc
from .features import Features
from .launder import TIERS, Tier
from .pool import ManifestError
from .probe import Floats, balance, fit_path


@dataclass(frozen=True, slots=True)
class Rows:
    """Crops as training sees them, one row each.

    Attributes
    ----------
    features
        (n, d).
    item
        Which picture of the pool the crop belongs to, (n,); a twin has the number of its photo.
    tier
        How it was delivered, (n,), as a number in `TIERS`.
    synthetic
        Label, (n,).
    twin
        True for latent twins, (n,).
    source
        Source of the picture, or of the photo of a twin, (n,).
    crop
        Number of the crop in its picture and tier, (n,). Probes are fitted on the first, number 0; the others are there
        to be averaged.
    """

    features: Features
    item: NDArray[np.int64]
    tier: NDArray[np.int64]
    synthetic: NDArray[np.bool_]
    twin: NDArray[np.bool_]
    source: NDArray[np.str_]
    crop: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What leave-source-out chooses between.

    Attributes
    ----------
    strength
        Inverse strength of the penalty.
    twin_share
        Share of the weight of the synthetic class that latent twins get; 0 leaves them out.
    columns
        Columns of the features that are used, by name of the block; all where empty.
    """

    strength: float
    twin_share: float
    columns: tuple[int, ...] = ()

    def mask(self, width: int, blocks: Sequence[int]) -> NDArray[np.bool_]:
        """Which of the `width` columns are used, when `blocks` lie side by side in them."""
        each = width // len(blocks)
        return np.repeat([not self.columns or block in self.columns for block in blocks], each)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Scores of pictures by probes that never saw their source, one row per picture, tier and number of crops.

    Every picture has its score over one crop; those with more crops also have the score over all of them.

    Attributes
    ----------
    score
        Mean logit over the crops, (m,).
    item, tier, synthetic, source
        As in `Rows`, (m,).
    fold
        Which fold scored it, (m,).
    crops
        How many crops the score averages, (m,).
    """

    score: Floats
    item: NDArray[np.int64]
    tier: NDArray[np.int64]
    synthetic: NDArray[np.bool_]
    source: NDArray[np.str_]
    fold: NDArray[np.int64]
    crops: NDArray[np.int64]

    def part(self, rows: NDArray[np.bool_]) -> "LeftOut":
        """Some of the rows, (m,) of bool."""
        return LeftOut(*(getattr(self, name)[rows] for name in LeftOut.__dataclass_fields__))


def check(folds: Sequence[Sequence[str]], rows: Rows) -> None:
    """Refuse folds that leave a source unscored, name one twice, or hold one class only.

    Raises
    ------
    ManifestError
        With the offending sources.
    """
    named = [source for fold in folds for source in fold]
    present = set(rows.source.tolist())
    if sorted(named) != sorted(set(named)) or set(named) != present:
        wrong = sorted(present.symmetric_difference(named)) or sorted(n for n in named if named.count(n) > 1)
        raise ManifestError(f"every source belongs to exactly one fold; look at {', '.join(wrong)}")
    for fold in folds:
        classes = set(rows.synthetic[np.isin(rows.source, fold) & ~rows.twin].tolist())
        if len(classes) < 2:
            raise ManifestError(f"the fold {', '.join(fold)} needs both real and generated pictures")


def leave_out(
    rows: Rows, folds: Sequence[Sequence[str]], recipes: Sequence[Recipe], blocks: Sequence[int]
) -> list[LeftOut]:
    """Score every picture of the pool by probes fitted without the sources of its fold; twins are not scored.

    Parameters
    ----------
    rows
        The pool.
    folds
        Sources that are left out together.
    recipes
        Recipes that differ in strength only.
    blocks
        Blocks that lie side by side in the features.

    Returns
    -------
    Scores per recipe.
    """
    first = recipes[0]
    features = rows.features[:, first.mask(rows.features.shape[1], blocks)]
    parts: list[list[LeftOut]] = [[] for _ in recipes]
    for number, fold in enumerate(folds):
        inside = np.isin(rows.source, fold)
        train = ~inside & (rows.crop == 0) & (~rows.twin | (first.twin_share > 0))
        weights = balance(
            rows.synthetic[train], rows.source[train].tolist(), rows.twin[train], first.twin_share
        )
        strengths = [recipe.strength for recipe in recipes]
        probes = fit_path(features[train], rows.synthetic[train], weights, strengths)
        test = inside & ~rows.twin
        for part, probe in zip(parts, probes, strict=True):
            part += _pictures(probe.logits(features[test]), rows, test, number)
    return [
        LeftOut(*(np.concatenate([getattr(p, name) for p in part]) for name in LeftOut.__dataclass_fields__))
        for part in parts
    ]


def _pictures(logits: Floats, rows: Rows, test: NDArray[np.bool_], fold: int) -> list[LeftOut]:
    """Every picture and tier over its first crop, then those with more crops over all of them."""
    key = rows.item[test] * len(TIERS) + rows.tier[test]
    firsts = np.flatnonzero(rows.crop[test] == 0)
    _, group, crops = np.unique(key, return_inverse=True, return_counts=True)
    mean = np.bincount(group, logits) / crops
    several = firsts[crops[group[firsts]] > 1]
    return [
        LeftOut(
            score,
            rows.item[test][chosen],
            rows.tier[test][chosen],
            rows.synthetic[test][chosen],
            rows.source[test][chosen],
            np.full(len(chosen), fold),
            count,
        )
        for chosen, score, count in (
            (firsts, logits[firsts], np.ones(len(firsts), dtype=np.int64)),
            (several, mean[group[several]], crops[group[several]]),
        )
    ]


def macro(scores: LeftOut, only: Collection[str] = ()) -> dict[Tier, float]:
    """Mean over generated sources of the AUC against the real pictures of the same fold, per tier.

    One probe's scores are never mixed with another's. With `only`, the mean is over these sources: where the others
    hold drawings and posters, telling them from photos by their subject says nothing about generators.
    """
    figures: dict[Tier, float] = {}
    for number, tier in enumerate(TIERS):
        found = []
        here = (scores.tier == number) & (scores.crops == 1)
        for source in np.unique(scores.source[scores.synthetic]):
            mine = here & (scores.source == source)
            if (only and source not in only) or not mine.any():
                continue
            rows = mine | (here & ~scores.synthetic & (scores.fold == scores.fold[mine][0]))
            found.append(auc(scores.score[rows], scores.synthetic[rows]))
        figures[tier] = float(np.mean(found))
    return figures
