"""Train the synthetic-image probe: pictures and twins -> crops -> features -> choice -> head -> artifact.

``assay train media detect/training.yaml`` runs it. Everything is chosen by leave-source-out over the training sources;
the test pictures are looked at once, at the end, for the card. Twins and features are kept on disk by content, so that
a killed run goes on where it was, and the same settings and pictures give the same artifact.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from ..models.artifact import Artifact
from .forge import calibrators, folds, pool, probe, publish, trial, views
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
    recipe, left_out, ablated = choose(rows, settings, say)
    head = final(rows, recipe, settings)
    counts = {1, settings.test_crops}
    threshold = calibrators.threshold(left_out, counts, settings.real_right)
    say(f"fixed threshold {threshold:.4f}")
    figures = calibrators.figures(left_out, counts)
    if ablated is not None:
        figures += calibrators.gain(left_out, ablated, "auc-gain-of-twins", settings.choice.photo_like)
    names = {source: (source,) for fold in settings.folds for source in fold}
    groups = {" + ".join(fold): fold for fold in settings.folds} | names
    single = left_out.part(left_out.crops == 1)
    validation = trial.Trial(single.score, single.tier, single.synthetic, single.source)
    tested = pool.read(settings.data / settings.manifest, "dev", _sources(settings))
    test = score_pictures(tested, store, head, settings.test_crops, say)
    return publish.publish(
        publish.Result(
            head=head,
            recipe=recipe,
            calibrators=calibrators.calibrate(left_out, counts),
            threshold=threshold,
            validation=[*figures, *validation.figures(threshold, groups)],
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

    real = [number for number, picture in enumerate(pictures) if not picture.synthetic]
    order = pool.spread(real, pictures)[: settings.twins]
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
    """Features of the first crop of every picture in every tier, and of further ones of those that calibrate."""
    origin: list[tuple[int, int, int]] = []
    own = [place for place, one in enumerate(seen) if not one.twin]
    averaged = set(pool.spread(own, [one.picture for one in seen])[: settings.calibration_pictures])

    def crops() -> Iterator[Pixels]:
        for place, one in enumerate(seen):
            rgb = views.load(one.path)
            for number, tier in enumerate(TIERS):
                count = settings.test_crops if place in averaged else 1
                view = views.training_view(rgb, one.item, tier, one.picture.name, settings.seed, count)
                for order, pixels in enumerate(view.crops):
                    origin.append((place, number, order))
                    yield pixels

    features = _collected(store.encode(crops()), len(seen) * len(TIERS), say)
    places = np.array([place for place, *_ in origin])
    return folds.Rows(
        features=features,
        item=np.array([seen[p].item for p in places]),
        tier=np.array([number for _, number, _ in origin]),
        synthetic=np.array([seen[p].picture.synthetic or seen[p].twin for p in places]),
        twin=np.array([seen[p].twin for p in places]),
        source=np.array([seen[p].picture.source for p in places]),
        crop=np.array([order for *_, order in origin]),
    )


def choose(
    rows: folds.Rows, settings: Settings, say: Callable[..., None]
) -> tuple[folds.Recipe, folds.LeftOut, folds.LeftOut | None]:
    """The recipe with the best mean over tiers of the leave-source-out AUC on photo-like sources, and its scores.

    Beside them the scores of the same recipe without twins, None where that was not among the choice.
    """
    best: tuple[float, folds.Recipe] | None = None
    tried: dict[folds.Recipe, folds.LeftOut] = {}
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
            tried[recipe] = scores
            if best is None or mean > best[0]:
                best = (mean, recipe)
    if best is None:
        raise SettingsError(
            "there is nothing to choose between: give each list of `choice` at least one value"
        )
    say(f"chosen: {best[1]}")
    ablated = replace(best[1], twin_share=0.0)
    return best[1], tried[best[1]], tried.get(ablated) if ablated != best[1] else None


def final(rows: folds.Rows, recipe: folds.Recipe, settings: Settings) -> probe.Probe:
    """The probe of the chosen recipe on all training rows; columns that are not used get weight 0."""
    columns = recipe.mask(rows.features.shape[1], settings.encoder_blocks)
    used = (rows.crop == 0) & (~rows.twin | (recipe.twin_share > 0))
    weights = probe.balance(
        rows.synthetic[used], rows.source[used].tolist(), rows.twin[used], recipe.twin_share
    )
    fitted = probe.fit(rows.features[used][:, columns], rows.synthetic[used], weights, recipe.strength)
    weight = np.zeros(rows.features.shape[1])
    weight[columns] = fitted.weight
    return probe.Probe(weight, fitted.bias)


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
