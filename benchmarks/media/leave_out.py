"""Leave one source out, leave one generator out: how the shipped recipe does on what its probe never saw.

The probe is fitted again for every source and for every family of generators, without them and without the photos of
the same fold, against which they are then measured; what the forge made of these photos is left out as well.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from figures import Line
from numpy.typing import NDArray

from assay.detect.forge import folds, kinds
from assay.detect.forge.launder import TIERS
from assay.detect.forge.pool import Picture
from assay.detect.forge.recipe import Recipe
from assay.detect.forge.rows import Rows
from assay.detect.forge.settings import Settings
from assay.detect.forge.trial import REPLICATES, share
from assay.models.artifact import Artifact
from assay.models.metrics import auc
from assay.models.metrics.bootstrap import Interval, bootstrap

FAMILIES = {
    "StyleGAN2": r"stylegan2",
    "unnamed portrait diffusion": r"unnamed diffusion",
    "GPT-4o, gpt-image": r"gpt|unlabelled",
    "Nano Banana, Gemini": r"nano.?banana|gemini|unlabelled",
    "Stable Diffusion 1 and 2": r"diffusion (v?1|2)|sd1\.5|v1-5|diffusion-2|instaflow|tiny-sd|dreamshaper|_reborn",
    "SDXL": r"sdxl|diffusion-xl|juggernautxl|pony|illustrious|noobai|playground|ssd-1b|vega|segmoe|koala|tempest",
    "Stable Diffusion 3": r"diffusion-3|sd3",
    "FLUX.1": r"flux\.1|ultraflux|flex\.|chroma|/flux/",
    "FLUX.2": r"flux\.2",
    "Qwen-Image": r"qwen",
    "HiDream": r"hidream",
    "Sana": r"sana[_1]",
    "Wan": r"wan-ai|wan2",
    "Hunyuan": r"hunyuan",
    "Z-Image": r"z-image|zimage|zit-sdnq|moodyrealmix",
}
"""Generators that share weights or makers, as patterns over the manifest's words in lower case."""

FEWEST = 7
"""Families with fewer pictures are left in: their interval would say nothing."""

GONE = "left out"


def recipe_of(artifact: Artifact) -> Recipe:
    """The recipe that the artifact was made by, as its card states it."""
    stated = artifact.card.architecture.parameters
    shares, shrinkage = stated.get("shares", {}), stated.get("shrinkage", 1.0)
    return Recipe.of(stated["strength"], shares, shrinkage, stated["used"])


def sources(
    rows: Rows, recipe: Recipe, threshold: float, settings: Settings, say: Callable[[str], None]
) -> list[Line]:
    """Every source of generated pictures alone, with the photos of its fold; then every source of photos alone."""
    found: list[Line] = []
    real = ~rows.synthetic
    for fold in settings.folds:
        photos = sorted(set(rows.source[np.isin(rows.source, fold) & real].tolist()))
        for source in (name for name in fold if name not in photos):
            scores = folds.leave_out(rows, [[source, *photos]], recipe, settings.encoder_blocks)
            found += _generated(scores.collected, source, threshold)
            say(f"left out: {source}")
        for source in photos:
            scores = folds.leave_out(rows, [[source]], recipe, settings.encoder_blocks).collected
            found.append(Line("false alarms", source, _rates(scores, threshold, False)))
            say(f"left out: {source}")
    return found


def families(generators: Sequence[str]) -> dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """By family: which pictures may be of it, and which are of it alone."""
    words = [generator.lower() for generator in generators]
    carried = {
        name: np.array([bool(re.search(pattern, one)) for one in words]) for name, pattern in FAMILIES.items()
    }
    several = np.sum(list(carried.values()), axis=0) > 1
    return {name: (some, some & ~several) for name, some in carried.items()}


def generators(
    rows: Rows,
    pictures: Sequence[Picture],
    recipe: Recipe,
    threshold: float,
    settings: Settings,
    say: Callable[[str], None],
) -> list[Line]:
    """Every family of generators in turn, over all sources; pictures that may be of it leave the training too."""
    found: list[Line] = []
    own = kinds.own(rows.kind)
    for name, (some, alone) in families([picture.generator for picture in pictures]).items():
        tested = own & alone[rows.item] & rows.synthetic
        if len(set(rows.item[tested].tolist())) < FEWEST:
            continue
        mine = set(rows.source[tested].tolist())
        photos = {source for fold in settings.folds if mine & set(fold) for source in fold}
        photos &= set(rows.source[~rows.synthetic].tolist())
        source = np.where(tested, GONE, rows.source)
        kept = tested | ~(some[rows.item] & rows.synthetic & own)
        part = Rows(*(getattr(rows, field)[kept] for field in Rows.__dataclass_fields__))
        part = replace(part, source=source[kept])
        scores = folds.leave_out(part, [[GONE, *sorted(photos)]], recipe, settings.encoder_blocks)
        found += _generated(scores.collected, name, threshold)
        say(f"left out: {name}")
    return found


def _generated(scores: folds.LeftOut, name: str, threshold: float) -> list[Line]:
    cells: dict[str, Interval] = {}
    for number, tier in enumerate(TIERS):
        part = scores.part((scores.tier == number) & (scores.crops == 1))
        if len(set(part.synthetic.tolist())) == 2:
            cells[tier] = bootstrap(auc, part.score, part.synthetic, strata=part.synthetic, n=REPLICATES)
    return [Line("AUC", name, cells), Line("found", name, _rates(scores, threshold, True))]


def _rates(scores: folds.LeftOut, threshold: float, synthetic: bool) -> dict[str, Interval]:
    cells: dict[str, Interval] = {}
    for number, tier in enumerate(TIERS):
        mine = (scores.tier == number) & (scores.crops == 1) & (scores.synthetic == synthetic)
        if mine.any():
            cells[tier] = share(int((scores.score[mine] >= threshold).sum()), int(mine.sum()))
    return cells
