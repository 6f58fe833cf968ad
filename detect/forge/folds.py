"""Leave-source-out: every picture is scored by a probe that never saw its source.

Validation on a random split flatters, since pictures of one source share far more than their label. A fold leaves out
whole sources of both classes at once; what the forge made of a photo leaves with it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...intake.manifest import ManifestError
from ...models.metrics import auc, partial_auc
from . import kinds
from .launder import TIERS, Tier
from .probe import Floats
from .recipe import Recipe
from .rows import Rows
from .trial import Trial


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Scores of pictures by probes that never saw their source, one row per picture, tier and number of crops.

    Every picture has its score over one crop; those with more crops also have the scores over the first few of them.

    Attributes
    ----------
    score
        Mean logit over the crops, (m,).
    item, tier, kind, source
        As in `Rows`, (m,); only collected pictures and hard negatives are scored.
    fold
        Which fold scored it, (m,).
    crops
        How many crops the score averages, (m,).
    """

    score: Floats
    item: NDArray[np.int64]
    tier: NDArray[np.int64]
    kind: NDArray[np.str_]
    source: NDArray[np.str_]
    fold: NDArray[np.int64]
    crops: NDArray[np.int64]

    @property
    def synthetic(self) -> NDArray[np.bool_]:
        """Label, (m,)."""
        return kinds.synthetic(self.kind)

    @property
    def collected(self) -> "LeftOut":
        """The collected pictures alone, which figures are about."""
        return self.part(kinds.own(self.kind))

    def trial(self) -> Trial:
        """The same scores to be measured."""
        return Trial(self.score, self.tier, self.synthetic, self.source)

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
        classes = set(rows.kind[np.isin(rows.source, fold) & kinds.own(rows.kind)].tolist())
        if len(classes) < 2:
            raise ManifestError(f"the fold {', '.join(fold)} needs both real and generated pictures")


def made(rows: Rows, most: int = 5) -> tuple[tuple[str, ...], ...]:
    """Up to `most` folds of whole sources, each with both classes, the largest sources placed first.

    Raises
    ------
    ManifestError
        A class has fewer than two sources.
    """
    own = kinds.own(rows.kind) & (rows.crop == 0) & (rows.tier == 0)
    names, counts = np.unique(rows.source[own], return_counts=True)
    held = {str(name): int(count) for name, count in zip(names, counts, strict=True)}
    fakes = set(rows.source[own & rows.synthetic].tolist())
    reals = set(rows.source[own & ~rows.synthetic].tolist())
    number = min(most, len(fakes), len(reals))
    if number < 2:
        raise ManifestError("leave-source-out needs at least two sources of each class: name more sources")
    found: list[list[str]] = [[] for _ in range(number)]
    sizes = np.zeros((number, 2))
    for name in sorted(held, key=lambda one: (-held[one], one)):
        column = 1 if name in fakes else 0
        place = int(np.argmin(sizes[:, column]))
        found[place].append(name)
        sizes[place, column] += held[name]
        if name in fakes and name in reals:
            sizes[place, 0] += held[name]
    return tuple(tuple(fold) for fold in found)


def leave_out(
    rows: Rows,
    folds: Sequence[Sequence[str]],
    recipe: Recipe,
    blocks: Sequence[int],
    counts: Collection[int] = (1,),
) -> LeftOut:
    """Score every collected picture, and every hard negative, by probes fitted without the sources of its fold.

    Parameters
    ----------
    rows
        The pool.
    folds
        Sources that are left out together; what was made of a photo leaves with it.
    recipe
        How the probes are fitted.
    blocks
        Blocks that lie side by side in the features.
    counts
        Numbers of crops that scores are averaged over.
    """
    parts: list[LeftOut] = []
    for number, fold in enumerate(folds):
        inside = np.isin(rows.source, fold)
        probe = recipe.fit(rows, ~inside, blocks)
        for kind in sorted(kinds.OWN | {"negative"}):
            test = inside & (rows.kind == kind)
            if test.any():
                parts += _pictures(probe.logits(rows.features[test]), rows, test, number, counts)
    return LeftOut(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in LeftOut.__dataclass_fields__)
    )


def _pictures(
    logits: Floats, rows: Rows, test: NDArray[np.bool_], fold: int, counts: Collection[int]
) -> list[LeftOut]:
    """Every picture and tier over its first crops, once for each count that it has crops enough for."""
    key = rows.item[test] * len(TIERS) + rows.tier[test]
    crop = rows.crop[test]
    _, group, held = np.unique(key, return_inverse=True, return_counts=True)
    firsts = np.flatnonzero(crop == 0)
    found = []
    for count in sorted(set(counts)):
        taken = crop < count
        mean = np.bincount(group[taken], logits[taken], minlength=len(held)) / count
        chosen = firsts[held[group[firsts]] >= count]
        found.append(
            LeftOut(
                mean[group[chosen]],
                rows.item[test][chosen],
                rows.tier[test][chosen],
                rows.kind[test][chosen],
                rows.source[test][chosen],
                np.full(len(chosen), fold),
                np.full(len(chosen), count),
            )
        )
    return found


def macro(scores: LeftOut, only: Collection[str] = (), most_fpr: float = 1.0) -> dict[Tier, float]:
    """Mean over generated sources of the (partial) AUC against the real pictures of the same fold, per tier.

    One probe's scores are never mixed with another's.

    Parameters
    ----------
    only
        Generated sources that are meant; all where empty. Where the others hold drawings and posters, telling them from
        photos by their subject says nothing about generators.
    most_fpr
        Below 1, the AUC is that of the part of the curve up to this false positive rate, standardised.
    """
    figures: dict[Tier, float] = {}
    for number, tier in enumerate(TIERS):
        here = scores.part((scores.tier == number) & (scores.crops == 1))
        mine = here.part(~here.synthetic | np.isin(here.source, list(only))) if only else here
        figures[tier] = macro_by_fold(mine.score, mine.synthetic, mine.source, mine.fold, most_fpr)
    return figures


def macro_by_fold(
    score: Floats,
    synthetic: NDArray[np.bool_],
    source: NDArray[np.str_] | NDArray[np.int64],
    fold: NDArray[np.int64],
    most_fpr: float = 1.0,
) -> float:
    """Mean over generated sources of the AUC against the real pictures of the same fold, of rows (n,); see `macro`."""
    values = []
    for name in np.unique(source[synthetic]):
        mine = source == name
        rows = mine | (~synthetic & (fold == fold[mine][0]))
        one, truth = score[rows], synthetic[rows]
        values.append(auc(one, truth) if most_fpr == 1 else partial_auc(one, truth, most_fpr))
    return float(np.mean(values))
