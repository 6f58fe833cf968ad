"""Train the synthetic-image probe: pictures and twins -> crops -> features -> choice -> head -> artifact.

``assay train media detect/training.yaml`` runs it. Everything is chosen by leave-source-out over the training sources;
the test pictures are looked at once, at the end, for the card. Twins and features are kept on disk by content, so that
a killed run goes on where it was, and the same settings and pictures give the same artifact.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from ..models.artifact import Artifact
from .forge import calibrators, folds, kinds, pool, publish, trial, views
from .forge.features import FeatureStore
from .forge.inspection import inspect
from .forge.journal import journal
from .forge.launder import TIERS
from .forge.recipe import Recipe
from .forge.rows import Rows, gather, score_pictures
from .forge.seen import seen
from .forge.settings import Settings, SettingsError, told

Report = Callable[[str], None]


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
    SettingsError, ManifestError, DataFaulty
        The settings or the pictures do not fit, or the pictures give their labels away.
    """
    if told(config) == "network":
        from .forge.finetune.training import train_network

        return train_network(config, report=report)
    settings = Settings.read(config)
    with journal(settings.cache, report) as say:
        return _train(settings, config, say)


def _train(settings: Settings, config: Path, say: Callable[..., None]) -> Artifact:
    if not settings.encoder.is_file():
        raise SettingsError(
            f"there is no encoder at {settings.encoder}: see the key `encoder` of the settings"
        )
    tested_sources = _sources(settings)
    inspect(settings.data / settings.manifest, settings.accept, settings.cache, say, tested_sources)
    pictures = [p for p in pool.read(settings.data / settings.manifest, "train") if _fits(p.path)]
    say(f"{len(pictures)} pictures of {len({p.source for p in pictures})} sources")
    shown = seen(settings, pictures, say)
    store = FeatureStore(settings.encoder, settings.cache / "features", threads=settings.threads)
    rows = gather(shown, settings, store, say)
    if settings.folds is None:
        settings = settings.model_copy(update={"folds": folds.made(rows)})
        say(f"folds: {'; '.join(' + '.join(fold) for fold in settings.folds or ())}")
    assert settings.folds is not None
    folds.check(settings.folds, rows)
    recipe, tried = choose(rows, settings, say)
    head = recipe.fit(rows, np.ones(len(rows.kind), dtype=bool), settings.encoder_blocks)
    counts = settings.counts
    left_out = tried[recipe].collected
    threshold = calibrators.threshold(left_out, counts, settings.real_right)
    say(f"fixed threshold {threshold:.4f}")
    test: list[trial.Figure] = []
    if settings.test_groups:
        tested = pool.read(settings.data / settings.manifest, "dev", tested_sources)
        test = score_pictures(tested, store, head, settings.test_crops, say).figures(
            threshold, settings.test_groups
        )
    return publish.publish(
        publish.Result(
            head=head,
            recipe=recipe,
            calibrators=calibrators.calibrate(left_out, counts),
            threshold=threshold,
            validation=_validation(recipe, tried, threshold, settings),
            test=test,
            pictures=pictures,
            made=Counter(one.kind for one in shown if one.kind not in kinds.OWN),
            left_out=left_out,
        ),
        settings,
        config,
        say,
    )


def choose(
    rows: Rows, settings: Settings, say: Callable[..., None]
) -> tuple[Recipe, dict[Recipe, folds.LeftOut]]:
    """The recipe that does best on left-out sources where false alarms are few.

    What counts is the mean over tiers and photo-like sources of the partial AUC against the photos of the same fold:
    nobody uses a detector at the other end of its curve. Hard negatives stay out of it: beside unchanged generated
    pictures, a probe that took every change for a sign of a photo would look good. See `settings.Choice` for the order
    of the search.

    Returns
    -------
    The recipe, and the left-out scores of every recipe that was tried, itself without each kind among them.
    """
    lists = settings.choice
    tried: dict[Recipe, folds.LeftOut] = {}
    found: dict[Recipe, float] = {}

    def value(recipe: Recipe) -> float:
        if recipe not in tried:
            tried[recipe] = scores = folds.leave_out(
                rows, settings.folds or (), recipe, settings.encoder_blocks, settings.counts
            )
            figures = {
                "low": folds.macro(scores.collected, lists.photo_like, lists.most_fpr),
                "auc": folds.macro(scores.collected, lists.photo_like),
                "auc_all": folds.macro(scores.collected),
            }
            found[recipe] = float(np.mean(list(figures["low"].values())))
            told = [
                f"{name} {' / '.join(f'{by[tier]:.3f}' for tier in TIERS)}" for name, by in figures.items()
            ]
            say(f"{recipe}: {found[recipe]:.4f}; {', '.join(told)}", recipe=asdict(recipe), **figures)
        return found[recipe]

    best = Recipe.of(lists.strength[0], lists.shares[0], lists.shrinkage[0], lists.blocks[0])
    best = max((best.sharing(shares) for shares in lists.shares), key=value)
    best = max((replace(best, blocks=blocks) for blocks in lists.blocks), key=value)
    best = max((replace(best, shrinkage=shrinkage) for shrinkage in lists.shrinkage), key=value)
    best = max((replace(best, strength=strength) for strength in lists.strength), key=value)
    say(f"chosen: {best}")
    for kind, _ in best.shares:
        value(best.without(kind))
    return best, tried


def _validation(
    recipe: Recipe, tried: Mapping[Recipe, folds.LeftOut], threshold: float, settings: Settings
) -> list[trial.Figure]:
    """What the card says of left-out scores: calibration, AUC, ablations, and rates per fold and source."""
    assert settings.folds is not None
    every, photo_like = tried[recipe], settings.choice.photo_like
    left_out = every.collected
    figures = calibrators.figures(left_out, settings.counts)
    figures += calibrators.macros(left_out, "auc-macro-left-out", photo_like)
    for kind, _ in recipe.shares:
        other = tried[recipe.without(kind)].collected
        figures += calibrators.gain(left_out, other, f"auc-gain-of-{kind}", photo_like)
    names = {source: (source,) for fold in settings.folds for source in fold}
    groups = {" + ".join(fold): fold for fold in settings.folds} | names
    figures += left_out.part(left_out.crops == 1).trial().figures(threshold, groups)
    changed = every.part((every.kind == "negative") & (every.crops == 1))
    if len(changed.score):
        photos = {"hard negatives": tuple(np.unique(changed.source).tolist())}
        figures += changed.trial().figures(threshold, photos)
    return figures


def _fits(path: Path) -> bool:
    return views.fits(views.load(path))


def _sources(settings: Settings) -> set[str]:
    return {source for sources in settings.test_groups.values() for source in sources}
