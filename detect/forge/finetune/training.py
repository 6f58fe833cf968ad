"""Tune a network of one's own: pictures and twins -> looks -> network -> held sources -> calibration -> artifact.

``assay train media CONFIG.yaml`` runs it where the file says ``recipe: network``. Held sources are never trained on.
Weights are kept by a part of them; calibrators, threshold and the card's figures come from all of them. Checkpoints and
the log lie in the cache: a killed run goes on where it was, to the same weights in deterministic mode.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from ....intake.manifest import Entry
from ....models.artifact import Artifact
from ....models.metrics import auc, bootstrap
from ....models.networks.tuned import Tuned
from ....models.training import Progress, train
from ...dataset import split_by_source
from .. import calibrators, kinds, pool, views
from ..folds import LeftOut
from ..inspection import inspect
from ..journal import journal
from ..launder import TIERS, Pixels
from ..seen import Seen, twins_of
from ..settings import SettingsError
from ..trial import REPLICATES, Figure
from .network import build, objective
from .publish import Result, publish
from .settings import NetworkSettings
from .tensorboard import Board
from .views import Looks, held_views, order_of

if TYPE_CHECKING:
    from ....models.training import Trained

__all__ = ["train_network"]

Say = Callable[..., None]

_AT_ONCE = 8


def train_network(config: Path, *, report: Callable[[str], None] = lambda line: None) -> Artifact:
    """Run one training, from a settings file to an artifact in its zoo.

    Parameters
    ----------
    config
        YAML file, see `settings.NetworkSettings`.
    report
        Called with one line of progress at a time; the same lines go to ``log.jsonl`` in the cache.

    Raises
    ------
    SettingsError, ManifestError, DataFaulty, BackboneError
        The settings, the pictures or the network to start from do not fit.
    """
    settings = NetworkSettings.read(config)
    with journal(settings.cache, report) as say:
        return _train(settings, config, say)


@dataclass(frozen=True, slots=True)
class _Data:
    """What is learnt from, and what is held back."""

    learnt: tuple[Seen, ...]
    held: tuple[Seen, ...]
    pictures: tuple[pool.Picture, ...]


def _train(settings: NetworkSettings, config: Path, say: Say) -> Artifact:
    manifest = settings.data / settings.manifest
    tested = {source for sources in settings.test_groups.values() for source in sources}
    inspect(manifest, settings.accept, settings.cache, say, tested)
    data = _data(settings, say)
    say(f"{len(data.learnt)} pictures to learn from, {len(data.held)} held back")
    torch.set_num_threads(settings.training.threads or torch.get_num_threads())
    network = build(settings.backbone, settings.tune, settings.training.seed)
    learning = sum(p.numel() for p in network.parameters() if p.requires_grad)
    say(f"{settings.backbone.told}, tuned: {settings.tune.what}, {learning:,} numbers learn")
    trained = _tuned(network, data, settings, say)
    best = "" if trained.best is None else f", held AUC {trained.best:.3f} at step {trained.best_step}"
    say(f"trained {trained.step} steps{best}; weights {trained.sha256}", sha256=trained.sha256)
    scores = _judged(network, data.held, settings)
    threshold = calibrators.threshold(scores, settings.counts, settings.real_right)
    say(f"fixed threshold {threshold:.4f}")
    groups = {source: (source,) for source in sorted({one.picture.source for one in data.held})}
    single = scores.part(scores.crops == 1).trial()
    test: list[Figure] = []
    if tested:
        others = [_seen(at, p) for at, p in enumerate(pool.read(manifest, "dev", tested))]
        measured = _judged(network, others, settings)
        most = measured.part(measured.crops == settings.test_crops)
        test = most.trial().figures(threshold, settings.test_groups)
    made = Result(
        network=network,
        calibrators=calibrators.calibrate(scores, settings.counts),
        threshold=threshold,
        validation=[*_whole(scores), *single.figures(threshold, groups)],
        test=test,
        scores=scores,
        pictures=data.pictures,
        twins=tuple(one.kind for one in data.learnt if one.kind in kinds.TWINS),
        trained=trained,
    )
    return publish(made, settings, config, say)


def _data(settings: NetworkSettings, say: Say) -> _Data:
    manifest = settings.data / settings.manifest
    pictures = [p for p in pool.read(manifest, "train") if views.fits(views.load(p.path))]
    seen = [_seen(at, picture) for at, picture in enumerate(pictures)]
    held = set(settings.held) if settings.held is not None else _drawn(pictures, settings.training.seed)
    own = [one for one in seen if one.picture.source not in held]
    kept = [one for one in seen if one.picture.source in held]
    for name, part in (("to learn from", own), ("held back", kept)):
        if len({one.kind for one in part}) < 2:
            raise SettingsError(
                f"the pictures {name} are of one class: name sources of both classes under `held`, or add some"
            )
    photos = [one for one in own if one.kind == "photo"]
    for kind in kinds.TWINS:
        if kind in settings.transforms.twins:
            made = twins_of(kind, photos, settings.transforms.twins[kind], settings, say)
            own += made
    return _Data(tuple(own), tuple(kept), tuple(one.picture for one in seen))


def _seen(at: int, picture: pool.Picture) -> Seen:
    return Seen(at, picture, "drawn" if picture.synthetic else "photo", picture.path)


def _drawn(pictures: Sequence[pool.Picture], seed: int) -> set[str]:
    """Sources that are held back: about a fifth of each class, whole sources."""
    entries = [Entry(p.path, p.name, "fake" if p.synthetic else "real", source=p.source) for p in pictures]
    return {
        e.source
        for e in split_by_source(entries, {"learn": 0.8, "hold": 0.2}, seed=seed)
        if e.split == "hold"
    }


def _tuned(network: Tuned, data: _Data, settings: NetworkSettings, say: Say) -> "Trained":
    order = pool.spread(range(len(data.held)), [one.picture for one in data.held])
    watched = [data.held[at] for at in order[: settings.judged]]
    shown = held_views(watched, 1)
    truth = np.array([one.kind == "drawn" for one in watched])

    def judge(module: nn.Module) -> float:
        scores = _logits(module, [crops[0] for _, _, crops in shown])
        places = np.array([place for place, *_ in shown])
        tiers = np.array([number for _, number, _ in shown])
        found = [
            auc(scores[tiers == number], truth[places[tiers == number]])
            for number in range(len(TIERS))
            if len(set(truth[places[tiers == number]].tolist())) == 2
        ]
        return float(np.mean(found)) if found else 0.5

    with Board(settings.cache / "tensorboard" if settings.tensorboard else None) as board:

        def progress(now: Progress) -> None:
            board.write(now)
            if now.step % settings.training.log_every == 0 or now.step == now.steps:
                figure = "" if now.figure is None else f", held AUC {now.figure:.3f}"
                say(f"step {now.step} of {now.steps}: loss {now.loss:.4f}{figure}")

        return train(
            network,
            Looks(data.learnt, settings.transforms),
            settings.training,
            objective,
            settings.cache / "run",
            validate=judge,
            progress=progress,
            order=order_of(data.learnt),
            device=settings.device,
        )


def _logits(module: nn.Module, crops: Sequence[Pixels]) -> np.ndarray:
    device = next(module.parameters()).device
    found = []
    with torch.no_grad():
        for at in range(0, len(crops), _AT_ONCE):
            part = torch.from_numpy(np.stack(crops[at : at + _AT_ONCE])).to(device)
            found.append(module(part).float().cpu().numpy())
    return np.concatenate(found).astype(np.float64) if found else np.zeros(0)


def _judged(network: Tuned, held: Sequence[Seen], settings: NetworkSettings) -> LeftOut:
    """Scores of held pictures after each tier's delivery, over each number of crops."""
    network.eval()
    rows: list[tuple[float, int, int, str, str, int]] = []
    for place, number, crops in held_views(held, settings.test_crops):
        scores = _logits(network, crops)
        one = held[place]
        rows += [
            (float(scores[:count].mean()), one.item, number, one.kind, one.picture.source, count)
            for count in settings.counts
            if len(scores) >= count
        ]
    score, item, tier, kind, source, count = zip(*rows, strict=True)
    return LeftOut(
        np.array(score), np.array(item), np.array(tier), np.array(kind), np.array(source),
        np.zeros(len(rows), dtype=np.int64), np.array(count),
    )  # fmt: skip


def _whole(scores: LeftOut) -> list[Figure]:
    """AUC over all held pictures by tier, single crops."""
    single = scores.part(scores.crops == 1)
    found = []
    for number, tier in enumerate(TIERS):
        part = single.part(single.tier == number)
        if len(set(part.synthetic.tolist())) == 2:
            interval = bootstrap(auc, part.score, part.synthetic, strata=part.synthetic, n=REPLICATES)
            found.append(Figure("auc", tier, None, interval))
    return found
