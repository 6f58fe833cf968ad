"""What a score of the picture probe is worth on frames of a video: calibrators from films of left-out pictures.

    python -m assay.detect.forge.filming detect/training.yaml

Every training picture is filmed (see `films`), frames of it are scored by a probe that never saw its source, and the
scores of whole films are calibrated: frames of one film are alike, so that a film is one row. The probe itself is
the one that ships; only its calibration for videos is made here, as an artifact of its own.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.artifact import Artifact
from ...models.calibration import dump_calibrators
from ...models.card import Architecture, Card, Metric, OperatingPoint, Tensor, TrainingData
from ...models.metrics import auc
from ...models.metrics.bootstrap import Interval, bootstrap
from ..crops import SIDE
from ..crops import crops as taken
from ..scales import scale
from ..video.calibration import FAMILY, FILM, TASK
from . import calibrators, films, folds, pool, views
from .features import FeatureStore
from .folds import LeftOut
from .launder import TIERS, Pixels
from .publish import LICENCE, end
from .recipe import Recipe
from .rows import Rows, gather
from .seen import Seen, seen
from .settings import Settings
from .trial import REPLICATES, Figure, share

__all__ = ["make"]

FRAMES = (0, 7)
"""Frames of a film that are scored: its key frame and one in the middle, which is predicted from others."""

COUNTS = (1, 2)
"""Crops of a frame that calibrators are made for."""

VERSION = "0.1.0"
_TIER = TIERS.index("hard")

_LIMITS = (
    "Made of films of still pictures: a window that moves over a photo, coded as videos are. How cameras, their image "
    "processing and video generators treat a scene that moves is not in it.",
    "On recordings of the development data scores lie higher than on films of photos; the page on videos says how far. "
    "Its likelihood ratios are therefore shown, and answer nothing by themselves.",
)


def make(config: Path, card: Card, sha256: str, zoo: Path, say: Callable[[str], None]) -> Artifact:
    """Film, score, calibrate, write.

    Parameters
    ----------
    config
        Settings of the training of the probe.
    card, sha256
        Of the artifact of that probe.
    zoo
        Where the artifact is written to.
    say
        Told one line of progress at a time.
    """
    settings = Settings.read(config)
    stated: dict[str, Any] = dict(card.architecture.parameters)
    recipe = Recipe.of(stated["strength"], stated["shares"], stated["shrinkage"], stated["used"])
    choice = settings.choice.model_copy(update={"shares": (dict(recipe.shares),)})
    settings = settings.model_copy(update={"choice": choice})
    pictures = [p for p in pool.read(settings.data / settings.manifest, "train") if views.fits(views.load(p.path))]
    shown = seen(settings, pictures, say)
    store = FeatureStore(settings.encoder, settings.cache / "features", threads=settings.threads)
    rows = gather(shown, settings, store, say)
    filmed, frame = _filmed(shown, store, settings, say)
    left_out = _left_out(rows, filmed, frame, recipe, settings)
    threshold = calibrators.threshold(left_out, COUNTS, settings.real_right)
    say(f"{len(set(left_out.item.tolist()))} films, threshold {threshold:.3f}")
    made = calibrators.calibrate(left_out, COUNTS)
    named = {scale(FILM, count): made[scale("hard", count)] for count in COUNTS}
    written = _card(card, sha256, left_out, threshold, settings, pictures, config)
    files: dict[str, tuple[str, bytes | Path]] = {
        "calibration.json": ("calibration", dump_calibrators(named)),
        "LICENSE.txt": ("licence", LICENCE),
    }
    return Artifact.write(zoo / FAMILY, written, files, replace=True)


def _filmed(
    shown: Sequence[Seen], store: FeatureStore, settings: Settings, say: Callable[[str], None]
) -> tuple[Rows, NDArray[np.int64]]:
    """Crops of the films of every collected picture, and the frame that each is of."""
    origin: list[tuple[int, int, int]] = []
    mine = [one for one in shown if one.kind in ("photo", "drawn")]

    def crops() -> Iterator[Pixels]:
        for place, one in enumerate(mine):
            made = films.film(one.load(settings.seed), films.drawn(one.picture.name, settings.seed), FRAMES)
            for number, frame in zip(FRAMES, made, strict=False):
                for turn, crop in enumerate(taken(frame, max(COUNTS))):
                    origin.append((place, number, turn))
                    yield crop.pixels

    features = []
    for row in store.encode(crops()):
        features.append(row)
        if len(features) % 1000 == 0:
            say(f"films: {len(features)} crops of about {len(mine) * len(FRAMES) * max(COUNTS)}")
    rows = Rows(
        features=np.stack(features),
        item=np.array([mine[p].item for p, *_ in origin]),
        tier=np.full(len(origin), _TIER),
        kind=np.array([mine[p].kind for p, *_ in origin]),
        source=np.array([mine[p].picture.source for p, *_ in origin]),
        crop=np.array([turn for *_, turn in origin]),
    )
    return rows, np.array([number for _, number, _ in origin])


def _left_out(
    rows: Rows, filmed: Rows, frame: NDArray[np.int64], recipe: Recipe, settings: Settings
) -> LeftOut:
    """One row a film and number of crops: the median over its frames of the mean over the crops of each."""
    found: list[LeftOut] = []
    for number, fold in enumerate(settings.folds or ()):
        probe = recipe.fit(rows, ~np.isin(rows.source, fold), settings.encoder_blocks)
        inside = np.flatnonzero(np.isin(filmed.source, fold))
        logits = probe.logits(filmed.features[inside])
        for count in COUNTS:
            used = filmed.crop[inside] < count
            items = filmed.item[inside]
            for item in np.unique(items):
                each = used & (items == item)
                means = [logits[each & (frame[inside] == f)].mean() for f in np.unique(frame[inside][each])]
                first = inside[np.flatnonzero(each)[0]]
                found.append(
                    LeftOut(
                        np.array([np.median(means)]), np.array([item]), np.array([_TIER]),
                        filmed.kind[[first]], filmed.source[[first]], np.array([number]), np.array([count]),
                    )
                )  # fmt: skip
    return LeftOut(*(np.concatenate([getattr(p, name) for p in found]) for name in LeftOut.__dataclass_fields__))


def _figures(left_out: LeftOut, threshold: float, settings: Settings) -> list[Figure]:
    """AUC of every generated source against the photos of its fold, rates per source, and what calibration is worth."""
    one = left_out.part(left_out.crops == max(COUNTS))
    found = calibrators.figures(left_out, COUNTS)
    for source in np.unique(one.source[one.synthetic]).tolist():
        mine = one.source == source
        part = one.part(mine | (~one.synthetic & (one.fold == one.fold[mine][0])))
        interval = bootstrap(auc, part.score, part.synthetic, strata=part.synthetic, n=REPLICATES)
        found.append(Figure("auc", "hard", source, interval))
    values = folds.macro_by_fold(one.score, one.synthetic, one.source, one.fold)
    photo_like = settings.choice.photo_like
    kept = ~one.synthetic | np.isin(one.source, photo_like)
    alike = one.part(kept)
    low = folds.macro_by_fold(alike.score, alike.synthetic, alike.source, alike.fold)
    for name, value in (("auc-macro", values), ("auc-macro-photo-like", low)):
        found.append(Figure(name, "hard", None, Interval(value, math.nan, math.nan, len(one.score), len(one.score))))
    for source in np.unique(one.source).tolist():
        mine = one.source == source
        name = "tpr" if one.synthetic[mine][0] else "false-alarms"
        found.append(Figure(name, "hard", source, share(int((one.score[mine] >= threshold).sum()), int(mine.sum()))))
    return found


def _card(
    probe: Card,
    sha256: str,
    left_out: LeftOut,
    threshold: float,
    settings: Settings,
    pictures: Sequence[pool.Picture],
    config: Path,
) -> Card:
    points = []
    for count in COUNTS:
        part = left_out.part(left_out.crops == count)
        over = part.score >= threshold
        alarms = share(int(over[~part.synthetic].sum()), int((~part.synthetic).sum()))
        hits = share(int(over[part.synthetic].sum()), int(part.synthetic.sum()))
        points.append(
            OperatingPoint(
                name=scale(FILM, count), threshold=threshold, chosen_on="films of left-out sources",
                fpr=alarms.value, fpr_low=alarms.low, fpr_high=alarms.high,
                tpr=hits.value, tpr_low=hits.low, tpr_high=hits.high, n=len(over),
                note=f"more than {settings.real_right:.0%} of films of left-out photos right, over all of them and as "
                f"the mean over their sources; {count} crops a frame",
            )
        )  # fmt: skip
    metrics = tuple(
        Metric(
            name=f.name, value=round(f.interval.value, 4), low=end(f.interval.low), high=end(f.interval.high),
            n=f.interval.n, source=f.source, note="films of left-out sources, one probe per fold",
        )
        for f in _figures(left_out, threshold, settings)
    )  # fmt: skip
    used = {name: [p for p in pictures if p.source == name] for name in sorted({p.source for p in pictures})}
    return Card(
        name=FAMILY,
        version=VERSION,
        task=TASK,
        title="What a score of the picture probe is worth on a video",
        summary=(
            f"Calibrators of {probe.id} for the median frame of a video. Every training picture was filmed (a window "
            "that moves over it, coded as H.264, H.265, VP9 or MPEG-4 at many qualities), and frames of the film were "
            "scored by a probe that had not seen its source. There is no network in it: the scores are those of that "
            "artifact, and of no other."
        ),
        licence="Apache-2.0",
        use="research",
        architecture=Architecture(family=FAMILY, parameters={"of": sha256, "frames": [*FRAMES]}),
        inputs=(Tensor(name="pixels", shape=(SIDE, SIDE, 3), dtype="uint8"),),
        outputs=(Tensor(name="logit", shape=(), dtype="float32"),),
        raw="logit",
        preprocessing={"aggregate": "median over frames of the mean over crops"},
        precision="fp32",
        tolerance=0.0,
        calibration="calibration.json",
        operating_points=tuple(points),
        prior=probe.prior,
        metrics=metrics,
        training_data=tuple(
            TrainingData(
                name=name, licence="; ".join(sorted({p.licence for p in mine})), count=len(mine),
                role=f"films of {'generated pictures' if mine[0].synthetic else 'photos'}", sha256=pool.digest(mine),
            )
            for name, mine in used.items()
        ),
        limits=_LIMITS,
        created=datetime.now(UTC).date().isoformat(),
        seed=settings.seed,
        code=f"python -m assay.detect.forge.filming detect/{config.name}",
    )  # fmt: skip


def main() -> None:
    """Make the artifact for the probe that the registry names."""
    from ...models.registry import Registry

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    given = parser.parse_args()
    probe = Registry().default("synthetic-image")
    settings = Settings.read(given.config)
    artifact = make(given.config, probe.card, probe.sha256, settings.zoo, _say)
    _say(f"wrote {artifact.id} ({artifact.sha256})")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
