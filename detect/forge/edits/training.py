"""Train the network that maps edits: pool -> made edits -> delivered views -> network -> calibration -> artifact.

``assay train edits detect/forge/edits/training.yaml`` runs it. Held sources are never trained on; weights are kept by
a part of them, and everything that is calibrated or stated comes from them. The edits and the checkpoints are kept in
the cache, so a killed run goes on where it was.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from ....models.artifact import Artifact
from ....models.networks.edits import Edits
from ....models.training import Progress, train
from .. import pool
from ..journal import journal
from . import material, publish, samples, validation
from .claims import Claims
from .objective import objective
from .settings import EditSettings, SettingsError
from .views import Views

Report = Callable[[str], None]

_PLAIN_TIMES = 3
"""How often an epoch shows hosts before plain backgrounds: few are made, and what goes wrong goes wrong there."""

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
    with journal(settings.cache, report) as say:
        return _train(settings, config, say)


def _train(settings: EditSettings, config: Path, say: Report) -> Artifact:
    import torch
    from safetensors.torch import load_file

    recipe = material.recipe(settings)
    made = material.made(recipe, settings, say)
    held = [number for number, facts in enumerate(made.facts) if facts.held]
    learnt = [number for number, facts in enumerate(made.facts) if not facts.held]
    if not held or not learnt:
        raise SettingsError(f"{config} holds back all sources or none: see the key `held`")
    say(f"{len(learnt)} edits to learn from, {len(held)} held back")
    watched = made.part(_watched(made, held))
    torch.set_num_threads(settings.training.threads or torch.get_num_threads())
    torch.manual_seed(settings.training.seed)
    network = Edits()
    if settings.start is not None:
        network.load_state_dict(load_file(settings.start))
        say(f"goes on from {settings.start.name}")

    def progress(now: Progress) -> None:
        if now.step % settings.training.log_every == 0:
            best = "" if now.figure is None else f", figure {now.figure:.4f}"
            say(f"step {now.step} of {now.steps}: loss {now.loss:.4f}{best}")

    trained = train(
        network,
        Views(made.part([*learnt, *[n for n in learnt if made.facts[n].plain] * (_PLAIN_TIMES - 1)])),
        settings.training,
        objective,
        settings.cache / "run",
        validate=lambda module: validation.progress(
            validation.judge(validation.network(module, fast=True), watched, settings.seed, ("clean", "web"))
        ),
        progress=progress,
        device="cpu",
    )
    say(f"best figure {trained.best} at step {trained.best_step}; held edits are judged")
    return conclude(network, made, recipe.pictures, settings, config, say)


def _watched(made: samples.Samples, held: Sequence[int]) -> list[int]:
    """Held edits that decide which weights are kept; a quarter of them, where there are any, before plain grounds."""
    edited = [n for n in held if made.facts[n].kind != "none"]
    plain = [n for n in edited if made.facts[n].plain][: _WATCHED // 4]
    return [n for n in edited if not made.facts[n].plain][: _WATCHED - len(plain)] + plain


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
    shown = material.judged(made, settings)
    alone = validation.judge(validation.network(network), shown, settings.seed, claims=claims)
    weights = validation.weigh(alone)
    say(f"claims add {weights}")
    everything = alone.fused(weights)
    least = validation.least_telling(everything, settings.right)
    say(f"pictures are weighed from a share of {least} that is not flat")
    alone, judged = (one.part(one.telling >= least) for one in (alone, everything))
    point = validation.threshold(judged, settings.right)
    result = publish.Result(
        network=network.eval(),
        calibrators=validation.calibrate(judged),
        threshold=point,
        least_telling=least,
        figures=[*validation.figures(judged, point, alone), *validation.left_out(everything, least)],
        weights=weights,
        judged=judged,
        pictures=pictures,
        made=[facts.kind for facts in made.facts if not facts.held],
        golden=[made.edits[number][:256, :192] for number in held[:3]],
    )
    return publish.publish(result, settings, config, say)
