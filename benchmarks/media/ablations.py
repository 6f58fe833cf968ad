"""Ablations of the shipped recipe: kinds that the forge makes, blocks, whitening, crops; nothing is chosen by them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from figures import Ground, Line, gain, lines
from numpy.typing import NDArray
from peers.peer import Scores, over_crops
from store import Measured
from views import Seen

from assay.detect.forge import calibrators, folds
from assay.detect.forge.features import FeatureStore
from assay.detect.forge.launder import TIERS
from assay.detect.forge.recipe import Recipe
from assay.detect.forge.rows import Rows
from assay.detect.forge.settings import Settings
from assay.detect.forge.trial import share
from assay.models.metrics.bootstrap import Interval

WHOLE = "the recipe"

_WORDS = {
    "latent": "latent twins",
    "superres": "super-resolution twins",
    "decoder": "twins by decoders trained here",
    "negative": "hard negatives",
}


@dataclass(frozen=True)
class Variant:
    """The recipe with one thing changed, and how it does.

    Attributes
    ----------
    name
        What is changed.
    left_out
        Mean AUC over the generated sources of the training set, each left out, by tier; empty where nothing is fitted
        anew.
    tested
        Mean AUC over the test sources.
    change
        Paired with the whole recipe, on the test sources.
    negatives
        False alarms on left-out hard negatives, at the threshold that keeps the left-out photos right.
    """

    name: str
    left_out: dict[str, float]
    tested: Line
    change: Line | None
    negatives: dict[str, Interval]

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "name": self.name,
            "left_out": self.left_out,
            "tested": self.tested.plain(),
            "change": self.change and self.change.plain(),
            "negatives": Line("", "", self.negatives).plain()["cells"],
        }


class Ablations:
    """Everything that the variants share.

    Parameters
    ----------
    rows, recipe, settings
        Of the training.
    seen, ground
        The test views.
    features
        Where features of crops are kept.
    """

    def __init__(
        self,
        rows: Rows,
        recipe: Recipe,
        settings: Settings,
        seen: Sequence[Seen],
        ground: Ground,
        features: FeatureStore,
    ) -> None:
        self.rows, self.recipe, self.settings, self.ground = rows, recipe, settings, ground
        self._seen = seen
        self._tested = np.stack(list(features.encode(crop for view in seen for crop in view.crops)))
        self._place = np.concatenate([np.arange(len(view.crops)) for view in seen])
        self._logits: dict[Recipe, Scores] = {}

    def run(self, say: Callable[[str], None]) -> list[Variant]:
        """The recipe and all its variants."""
        whole = self._scores(self.recipe, max(self._place) + 1)
        found = [self._variant(WHOLE, self.recipe, whole, None)]
        for name, recipe in changed(self.recipe, self.settings.encoder_blocks):
            found.append(self._variant(name, recipe, self._scores(recipe, max(self._place) + 1), whole))
            say(f"ablated: {name}")
        for count in range(1, max(self._place) + 1):
            scores = self._scores(self.recipe, count)
            measured = lines(Measured(scores, None), self.ground)[0]
            found.append(
                Variant(
                    f"{count} of {max(self._place) + 1} crops",
                    {},
                    measured,
                    gain(scores, whole, self.ground),
                    {},
                )
            )
        return found

    def _scores(self, recipe: Recipe, count: int) -> Scores:
        """Scores of the test views by a probe on all training rows, over at most `count` crops."""
        if recipe not in self._logits:
            everything = np.ones(len(self.rows.kind), dtype=bool)
            probe = recipe.fit(self.rows, everything, self.settings.encoder_blocks)
            self._logits[recipe] = probe.logits(self._tested)
        logits = self._logits[recipe][self._place < count]
        fewer = [replace(view, crops=view.crops[:count]) for view in self._seen]
        return over_crops(logits, fewer)

    def _variant(self, name: str, recipe: Recipe, scores: Scores, whole: Scores | None) -> Variant:
        every = folds.leave_out(self.rows, self.settings.folds, recipe, self.settings.encoder_blocks)
        photos = self.settings.choice.photo_like
        macro = folds.macro(every.collected, photos)
        measured = lines(Measured(scores, None), self.ground)[0]
        change = None if whole is None else gain(scores, whole, self.ground)
        return Variant(name, dict(macro), measured, change, self._negatives(every))

    def _negatives(self, every: folds.LeftOut) -> dict[str, Interval]:
        single = every.part(every.crops == 1)
        limit = calibrators.threshold(single.collected, {1}, self.settings.real_right)
        cells: dict[str, Interval] = {}
        for number, tier in enumerate(TIERS):
            mine: NDArray[np.bool_] = (single.kind == "negative") & (single.tier == number)
            if mine.any():
                cells[tier] = share(int((single.score[mine] >= limit).sum()), int(mine.sum()))
        return cells


def changed(recipe: Recipe, blocks: Sequence[int]) -> Iterator[tuple[str, Recipe]]:
    """The recipe with one thing changed, each with its name."""
    for kind, _ in recipe.shares:
        yield f"without {_WORDS.get(kind, kind)}", recipe.without(kind)
    if len(recipe.shares) > 1:
        yield "collected pictures only", recipe.sharing({})
    used = recipe.blocks or tuple(blocks)
    if len(used) > 1:
        for block in used:
            yield f"block {block} only", replace(recipe, blocks=(block,))
    if set(used) != set(blocks):
        yield "all blocks of the encoder", replace(recipe, blocks=tuple(blocks))
    if recipe.shrinkage < 1:
        yield "features not whitened", replace(recipe, shrinkage=1.0)
