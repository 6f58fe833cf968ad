"""Train the synthetic-image probe: pictures and twins -> crops -> features -> choice -> head -> artifact.

``assay train media detect/training.yaml`` runs it. Everything is chosen by leave-source-out over the training sources;
the test pictures are looked at once, at the end, for the card. Twins and features are kept on disk by content, so that
a killed run goes on where it was, and the same settings and pictures give the same artifact.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np

from ..models.artifact import Artifact
from ..models.calibration import Calibrator
from ..models.calibration import balance as calibration_balance
from .forge import folds, pool, probe, publish, trial, views
from .forge.features import FeatureStore
from .forge.launder import TIERS, Pixels
from .forge.settings import Settings, SettingsError

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture of the pool as it is trained on: itself, or its twin."""

    item: int
    picture: pool.Picture
    path: Path
    twin: bool


def train(config: Path, *, report: Report = lambda line: None) -> Artifact:
    """Run one training, from a settings file to an artifact in its zoo.

    Parameters
    ----------
    config
        YAML file, see `forge.settings.Settings`.
    report
        Called with one line of progress at a time; the same lines go to ``log.jsonl`` in the cache.

    Raises
    ------
    SettingsError, ManifestError
        The settings or the pictures do not fit.
    """
    settings = Settings.read(config)
    settings.cache.mkdir(parents=True, exist_ok=True)
    with (settings.cache / "log.jsonl").open("a", encoding="utf-8") as log:

        def say(line: str, **facts: object) -> None:
            log.write(json.dumps({"time": round(time.time(), 3), "line": line, **facts}) + "\n")
            log.flush()
            report(line)

        return _train(settings, config, say)


def _train(settings: Settings, config: Path, say: Callable[..., None]) -> Artifact:
    if not settings.encoder.is_file():
        raise SettingsError(
            f"there is no encoder at {settings.encoder}: see the key `encoder` of the settings"
        )
    pictures = [p for p in pool.read(settings.data / settings.manifest, "train") if _fits(p.path)]
    say(f"{len(pictures)} pictures of {len({p.source for p in pictures})} sources")
    seen = [Seen(number, picture, picture.path, False) for number, picture in enumerate(pictures)]
    seen += twins(settings, pictures, say)
    store = FeatureStore(settings.encoder, settings.cache / "features", threads=settings.threads)
    rows = rows_of(seen, settings, store, say)
    folds.check(settings.folds, rows)
    recipe, left_out = choose(rows, settings, say)
    head = final(rows, recipe, settings)
    calibrators, threshold = calibrate(left_out, settings.real_right)
    say(f"fixed threshold {threshold:.4f}")
    names = {source: (source,) for fold in settings.folds for source in fold}
    groups = {" + ".join(fold): fold for fold in settings.folds} | names
    validation = trial.Trial(left_out.score, left_out.tier, left_out.synthetic, left_out.source)
    tested = pool.read(settings.data / settings.manifest, "dev", _sources(settings))
    test = score_pictures(tested, store, head, settings.test_crops, say)
    return publish.publish(
        publish.Result(
            head=head,
            recipe=recipe,
            calibrators=calibrators,
            threshold=threshold,
            validation=validation.figures(threshold, groups),
            test=test.figures(threshold, settings.test_groups),
            pictures=pictures,
            twins=sum(one.twin for one in seen),
            left_out=left_out,
        ),
        settings,
        config,
        say,
    )


def twins(settings: Settings, pictures: Sequence[pool.Picture], say: Callable[..., None]) -> list[Seen]:
    """Make or find the latent twins of the real pictures, evenly over the sources; none without an auto-encoder."""
    if settings.auto_encoder is None or max(settings.choice.twin_share) == 0:
        return []
    from .forge.twins import make

    turn: dict[str, int] = {}
    real: list[tuple[int, str, int]] = []
    for number, picture in enumerate(pictures):
        if not picture.synthetic:
            turn[picture.source] = turn.get(picture.source, -1) + 1
            real.append((turn[picture.source], picture.source, number))
    # In turn over the sources in proportion to their size, so that any first part is balanced.
    order = [n for *_, n in sorted(real, key=lambda r: (r[0] / (turn[r[1]] + 1), r[1]))][: settings.twins]
    made: list[Seen] = []
    weights = settings.data / settings.auto_encoder
    photos = [pictures[number].path for number in order]
    for done, (number, twin) in enumerate(
        zip(order, make(photos, weights, settings.cache / "twins"), strict=True), start=1
    ):
        if twin is not None:
            made.append(Seen(number, pictures[number], twin.path, True))
        if done % 100 == 0 or done == len(order):
            say(f"twins: {done} of {len(order)} photos, {len(made)} close enough")
    return made


def rows_of(
    seen: Sequence[Seen], settings: Settings, store: FeatureStore, say: Callable[..., None]
) -> folds.Rows:
    """Features of every crop of every picture in every tier."""
    origin: list[tuple[int, int]] = []

    def crops() -> Iterator[Pixels]:
        for place, one in enumerate(seen):
            rgb = views.load(one.path)
            for number, tier in enumerate(TIERS):
                view = views.training_view(
                    rgb, one.item, tier, one.picture.name, settings.seed, settings.crops
                )
                for pixels in view.crops:
                    origin.append((place, number))
                    yield pixels

    features = _collected(store.encode(crops()), len(seen) * len(TIERS), say)
    places = np.array([place for place, _ in origin])
    return folds.Rows(
        features=features,
        item=np.array([seen[p].item for p in places]),
        tier=np.array([number for _, number in origin]),
        synthetic=np.array([seen[p].picture.synthetic or seen[p].twin for p in places]),
        twin=np.array([seen[p].twin for p in places]),
        source=np.array([seen[p].picture.source for p in places]),
    )


def choose(
    rows: folds.Rows, settings: Settings, say: Callable[..., None]
) -> tuple[folds.Recipe, folds.LeftOut]:
    """The recipe with the best mean over tiers of the leave-source-out AUC on photo-like sources, and its scores."""
    best: tuple[float, folds.Recipe, folds.LeftOut] | None = None
    for blocks, share in product(settings.choice.blocks, settings.choice.twin_share):
        recipes = [folds.Recipe(strength, share, blocks) for strength in settings.choice.strength]
        found = folds.leave_out(rows, settings.folds, recipes, settings.encoder_blocks)
        for recipe, scores in zip(recipes, found, strict=True):
            figures = folds.macro(scores, settings.choice.photo_like)
            every = folds.macro(scores)
            mean = float(np.mean(list(figures.values())))
            line = " / ".join(f"{figures[tier]:.3f}" for tier in TIERS)
            say(
                f"blocks {blocks}, twins {share:g}, strength {recipe.strength:g}: {line}, "
                f"mean {mean:.4f}; over all sources {np.mean(list(every.values())):.4f}",
                recipe=asdict(recipe),
                auc=figures,
                auc_all=every,
            )
            if best is None or mean > best[0]:
                best = (mean, recipe, scores)
    if best is None:
        raise SettingsError(
            "there is nothing to choose between: give each list of `choice` at least one value"
        )
    say(f"chosen: {best[1]}")
    return best[1], best[2]


def final(rows: folds.Rows, recipe: folds.Recipe, settings: Settings) -> probe.Probe:
    """The probe of the chosen recipe on all training rows; columns that are not used get weight 0."""
    columns = recipe.mask(rows.features.shape[1], settings.encoder_blocks)
    used = ~rows.twin | (recipe.twin_share > 0)
    weights = probe.balance(
        rows.synthetic[used], rows.source[used].tolist(), rows.twin[used], recipe.twin_share
    )
    fitted = probe.fit(rows.features[used][:, columns], rows.synthetic[used], weights, recipe.strength)
    weight = np.zeros(rows.features.shape[1])
    weight[columns] = fitted.weight
    return probe.Probe(weight, fitted.bias)


def calibrate(scores: folds.LeftOut, real_right: float) -> tuple[dict[str, Calibrator], float]:
    """Calibrators per tier and over all of them, and the one threshold that keeps real pictures right in every tier.

    Sources weigh alike within their class, so that a large source does not set the scale for the others.
    """
    calibrators: dict[str, Calibrator] = {}
    thresholds: list[float] = []
    every: dict[str, np.ndarray] = {tier: scores.tier == number for number, tier in enumerate(TIERS)} | {
        "default": np.ones(len(scores.score), dtype=np.bool_)
    }
    for name, mine in every.items():
        weights = calibration_balance(scores.synthetic[mine], scores.source[mine])
        calibrators[name] = Calibrator.fit_logistic(
            scores.score[mine], scores.synthetic[mine], weights=weights, groups=scores.item[mine]
        )
        if name != "default":
            real = mine & ~scores.synthetic
            thresholds.append(float(np.quantile(scores.score[real], real_right, method="higher")))
    return calibrators, max(thresholds)


def score_pictures(
    pictures: Sequence[pool.Picture],
    store: FeatureStore,
    head: probe.Probe,
    count: int,
    say: Callable[..., None],
) -> trial.Trial:
    """Score pictures after the fixed delivery of every tier; those without room for a crop are left out."""
    origin: list[tuple[int, int]] = []

    def crops() -> Iterator[Pixels]:
        for place, picture in enumerate(pictures):
            rgb = views.load(picture.path)
            if not views.fits(rgb):
                continue
            for number, tier in enumerate(TIERS):
                for pixels in views.validation_view(rgb, place, tier, count).crops:
                    origin.append((place, number))
                    yield pixels

    logits = head.logits(_collected(store.encode(crops()), len(pictures) * len(TIERS), say))
    keys, first, group = np.unique(
        [place * len(TIERS) + number for place, number in origin], return_index=True, return_inverse=True
    )
    shown = [pictures[key // len(TIERS)] for key in keys]
    return trial.Trial(
        score=np.bincount(group, logits) / np.bincount(group),
        tier=np.array([origin[i][1] for i in first]),
        synthetic=np.array([picture.synthetic for picture in shown]),
        source=np.array([picture.source for picture in shown]),
    )


def _collected(rows: Iterator[np.ndarray], expected: int, say: Callable[..., None]) -> np.ndarray:
    features: list[np.ndarray] = []
    for row in rows:
        features.append(row)
        if len(features) % 1000 == 0:
            say(f"features: {len(features)} crops of about {expected} or more")
    return np.stack(features)


def _fits(path: Path) -> bool:
    return views.fits(views.load(path))


def _sources(settings: Settings) -> set[str]:
    return {source for sources in settings.test_groups.values() for source in sources}
