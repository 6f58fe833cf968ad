"""Train the classifier of replaced faces: portraits -> swaps and deliveries -> network -> calibration -> artifact.

``assay train faces detect/forge/faces/training.yaml`` runs it. Held people are never trained on; weights are kept by a
part of them, and everything that is calibrated or stated comes from them. Redrawn faces and checkpoints are kept in
the cache, so a killed run goes on where it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ....models.artifact import Artifact
from ....models.metrics import auc
from ....models.networks.faces import BothWays, FaceSwap
from ....models.registry import Registry
from ....models.training import Progress, train
from ...faces.finder import TASK as FINDING
from ...faces.finder import FaceFinder
from ..journal import journal
from ..launder import Pixels
from . import figures, portraits, publish, swaps, trunk, validation
from .mesh import Mesh
from .objective import objective
from .portraits import Portrait
from .redrawn import redraw
from .settings import FaceSettings, SettingsError
from .validation import Looks
from .views import DELIVERIES, Delivery, Views, alike

if TYPE_CHECKING:
    from torch.nn import Module

Report = Callable[[str], None]

_LIKE = 12
_WATCHED = 110
_WAYS: tuple[Delivery, ...] = ("clean", "web", "film")
_GOLDEN = 3
_REDRAWN = 4
"""One in so many held faces is drawn again for validation: the auto-encoder takes longer than all the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a run works with: all portraits, for each which others are like it, and as a network draws it."""

    portraits: list[Portrait]
    likes: list[list[int]]
    redrawn: list[Pixels | None]
    finder: FaceFinder


def train_faces(config: Path, *, report: Report = lambda line: None) -> Artifact:
    """Run one training, from a settings file to an artifact in its zoo.

    Parameters
    ----------
    config
        YAML file, see `settings.FaceSettings`.
    report
        Called with one line of progress at a time; the same lines go to ``log.jsonl`` in the cache.

    Raises
    ------
    SettingsError, ManifestError
        The settings or the pictures do not fit.
    """
    settings = FaceSettings.read(config)
    with journal(settings.cache, report) as say:
        material = gathered(settings, say)
        return conclude(fitted(material, settings, say), material, settings, config, say)


def gathered(settings: FaceSettings, say: Report) -> Material:
    """Find the faces of the recipe's sources, and draw them again where that is asked for."""
    finder = FaceFinder(Registry().default(FINDING))
    listed = portraits.people(settings.data / settings.manifest, (*settings.sources, *settings.held))
    holds = portraits.holder(settings.held, settings.held_share)
    found = portraits.gather(listed, finder, Mesh(settings.mesh), holds)
    count = sum(one.held for one in found)
    if count in (0, len(found)):
        raise SettingsError("all faces are held back, or none: see the keys `held` and `held_share`")
    say(f"{len(found) - count} faces to learn from, {count} held back")
    again: list[Pixels | None] = [None] * len(found)
    if settings.auto_encoder is not None:
        wanted = [n for n, one in enumerate(found) if one.held][::_REDRAWN]
        if settings.redrawn_share > 0:
            wanted += [n for n, one in enumerate(found) if not one.held]
        folder = settings.data / settings.auto_encoder
        for number, made in zip(
            wanted, redraw([found[n] for n in wanted], folder, settings.cache, say), strict=True
        ):
            again[number] = made
    return Material(found, alike(found, _LIKE), again, finder)


def held(material: Material) -> Material:
    """What is held back of it: those people only, each with the held ones that are like them."""
    rows = [number for number, one in enumerate(material.portraits) if one.held]
    mine = [material.portraits[number] for number in rows]
    return Material(mine, alike(mine, _LIKE), [material.redrawn[number] for number in rows], material.finder)


def fitted(material: Material, settings: FaceSettings, say: Report) -> FaceSwap:
    """Train the network, or go on with a run that was interrupted."""
    import torch
    from safetensors.torch import load_file

    found = material.portraits
    learnt = [
        n for n, one in enumerate(found) if not one.held for _ in range(settings.sources[one.picture.source])
    ]
    say(f"{len(learnt)} pairs an epoch")
    torch.set_num_threads(settings.training.threads or torch.get_num_threads())
    torch.manual_seed(settings.training.seed)
    network = FaceSwap()
    network.trunk.load_state_dict(trunk.public(settings.trunk))
    if settings.start is not None:
        own = network.state_dict()
        network.load_state_dict(own | {n: v for n, v in load_file(settings.start).items() if n in own})
        say(f"goes on from {settings.start.name}")
    network.freeze(settings.frozen)
    watched = _watched(material, settings.seed)
    say(f"{len(watched)} looks at held faces are watched")

    def progress(now: Progress) -> None:
        if now.step % settings.training.log_every == 0:
            best = "" if now.figure is None else f", figure {now.figure:.4f}"
            say(f"step {now.step} of {now.steps}: loss {now.loss:.4f}{best}")

    views = Views(
        [found[n] for n in learnt],
        _renumbered(material.likes, learnt),
        [material.redrawn[n] for n in learnt],
        settings.shares(dict(swaps.SHARES)),
    )
    trained = train(
        network,
        views,
        settings.training,
        objective,
        settings.cache / "run",
        validate=lambda module: _figure(module, watched, say),
        progress=progress,
        device="cpu",
    )
    say(f"best figure {trained.best} at step {trained.best_step}")
    return network


def conclude(
    network: FaceSwap, material: Material, settings: FaceSettings, config: Path, say: Report
) -> Artifact:
    """Judge held faces with a trained network as it ships, calibrate it on them, and write the artifact."""
    network = publish.rounded(network)
    mine = held(material)
    shown = validation.looks(mine.portraits, mine.likes, mine.redrawn, mine.finder, settings.seed)
    say(
        f"{len(shown)} looks at {len(mine.portraits)} held faces, {int(shown.unfit.sum())} of them not fit to be judged"
    )
    raw, _ = validation.score(BothWays(network), shown.pixels)
    scored = figures.Scored(shown, raw).part(~shown.unfit)
    points = {way: figures.threshold(scored, way, settings.false_alarms) for way in DELIVERIES}
    stated = [*figures.figures(scored, points), *figures.audit(scored, points)]
    for one in stated:
        if one.name in ("auc", "false-alarms", "tpr") and one.way is not None:
            say(f"{one.name} {one.way} {one.part or 'all'}: {one.interval}")
    golden = shown.pixels[
        [*np.flatnonzero(shown.replaced)[:_GOLDEN], *np.flatnonzero(~shown.replaced)[:_GOLDEN]]
    ]
    result = publish.Result(
        network, figures.calibrators(scored), points, stated, material.portraits, list(golden)
    )
    return publish.publish(result, settings, config, say)


def _figure(module: "Module", watched: Looks, say: Report) -> float:
    """Mean over deliveries and kinds of the AUC against the real faces of the same delivery."""
    raw, _ = validation.score(module, watched.pixels)
    told = {}
    for way in _WAYS:
        for kind in swaps.SHARES:
            rows = (watched.way == way) & np.isin(watched.kind, ("real", kind))
            told[f"{way} {kind}"] = auc(raw[rows], watched.replaced[rows])
    say(", ".join(f"{name} {value:.3f}" for name, value in told.items()))
    return float(np.mean(list(told.values())))


def _watched(material: Material, seed: int) -> Looks:
    """Held faces that decide which weights are kept: in turn over the sources, as far as they go."""
    turn: dict[str, int] = {}
    placed: list[tuple[int, int, Portrait]] = []
    for one in material.portraits:
        if one.held:
            turn[one.picture.source] = turn.get(one.picture.source, -1) + 1
            placed.append((turn[one.picture.source], len(placed), one))
    mine = [one for _, _, one in sorted(placed, key=lambda each: each[:2])][:_WATCHED]
    kinds = tuple(swaps.SHARES)
    return validation.looks(mine, alike(mine, _LIKE), [None] * len(mine), material.finder, seed, _WAYS, kinds)


def _renumbered(likes: Sequence[Sequence[int]], learnt: Sequence[int]) -> list[list[int]]:
    """Likes of the rows of an epoch, as numbers of its rows."""
    place = {number: row for row, number in reversed(list(enumerate(learnt)))}
    return [[place[like] for like in likes[number]] for number in learnt]
