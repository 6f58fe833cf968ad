"""Train the network that maps edits: pool -> made edits -> delivered views -> network -> calibration -> artifact.

``assay train edits detect/forge/edits/training.yaml`` runs it. Held sources are never trained on; weights are kept by
a part of them, and everything that is calibrated or stated comes from them. The edits and the checkpoints are kept in
the cache, so a killed run goes on where it was.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from ....models.artifact import Artifact
from ....models.networks.edits import Edits
from ....models.training import Progress, train
from .. import pool
from . import publish, samples, validation
from .claims import Claims
from .objective import objective
from .settings import EditSettings, SettingsError
from .views import Views

Report = Callable[[str], None]

_WATCHED = 32
"""Held samples that decide which weights are kept."""


def train_edits(config: Path, *, report: Report = lambda line: None) -> Artifact:
    """Run one training, from a settings file to an artifact in its zoo.

    Parameters
    ----------
    config
        YAML file, see `settings.EditSettings`.
    report
        Called with one line of progress at a time; the same lines go to ``log.jsonl`` in the cache.

    Raises
    ------
    SettingsError, ManifestError
        The settings or the pictures do not fit.
    """
    settings = EditSettings.read(config)
    settings.cache.mkdir(parents=True, exist_ok=True)
    with (settings.cache / "log.jsonl").open("a", encoding="utf-8") as log:

        def say(line: str) -> None:
            log.write(json.dumps({"time": round(time.time(), 3), "line": line}) + "\n")
            log.flush()
            report(line)

        return _train(settings, config, say)


def _train(settings: EditSettings, config: Path, say: Report) -> Artifact:
    import torch

    pictures = tuple(pool.read(settings.data / settings.manifest, "train"))
    pictures = tuple(one for one in pictures if "faces_" not in one.name)
    recipe = samples.Recipe(
        pictures,
        frozenset(settings.held),
        None if settings.auto_encoder is None else settings.data / settings.auto_encoder,
        settings.seed,
    )
    made = samples.make(recipe, settings.samples, settings.cache / "made", say, settings.processes)
    held = [number for number, facts in enumerate(made.facts) if facts.held]
    learnt = [number for number, facts in enumerate(made.facts) if not facts.held]
    if not held or not learnt:
        raise SettingsError(f"{config} holds back all sources or none: see the key `held`")
    say(f"{len(learnt)} edits to learn from, {len(held)} held back")
    watched = made.part([n for n in held if made.facts[n].kind != "none"][:_WATCHED])
    torch.set_num_threads(settings.training.threads or torch.get_num_threads())
    torch.manual_seed(settings.training.seed)
    network = Edits()

    def progress(now: Progress) -> None:
        if now.step % settings.training.log_every == 0:
            best = "" if now.figure is None else f", figure {now.figure:.4f}"
            say(f"step {now.step} of {now.steps}: loss {now.loss:.4f}{best}")

    trained = train(
        network,
        Views(made.part(learnt)),
        settings.training,
        objective,
        settings.cache / "run",
        validate=lambda module: validation.progress(
            validation.judge(module, watched, settings.seed, ("clean", "web"), fast=True)
        ),
        progress=progress,
        device="cpu",
    )
    say(f"best figure {trained.best} at step {trained.best_step}; held edits are judged")
    return conclude(network, made, pictures, settings, config, say)


def conclude(
    network: Edits,
    made: samples.Samples,
    pictures: tuple[pool.Picture, ...],
    settings: EditSettings,
    config: Path,
    say: Report,
) -> Artifact:
    """Judge held edits with a trained network, calibrate it on them, and write the artifact."""
    held = [number for number, facts in enumerate(made.facts) if facts.held]
    claims = Claims(settings.cache / "claims.json")
    alone = validation.judge(network, made.part(held[: settings.judged]), settings.seed, claims=claims)
    weights = validation.weigh(alone)
    say(f"claims add {weights}")
    judged = alone.fused(weights)
    point = validation.threshold(judged, settings.right)
    result = publish.Result(
        network=network.eval(),
        calibrators=validation.calibrate(judged),
        threshold=point,
        figures=validation.figures(judged, point, alone),
        weights=weights,
        judged=judged,
        pictures=pictures,
        made=[facts.kind for facts in made.facts if not facts.held],
        golden=[made.edits[number][:256, :192] for number in held[:3]],
    )
    return publish.publish(result, settings, config, say)
