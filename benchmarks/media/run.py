"""Measure the shipped picture artifact beside trivial scorers: every test source, three tiers, all saved alike.

    python benchmarks/media/run.py [--settings detect/training.yaml] [--out runs/benchmarks/media.json] \
        [--page docs/validation/media.md]

Scorers are trained on the split `train` and measured on `dev`, which no choice has seen. The artifact runs through the
same `Engine` and the same crops as `assay detect`.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from baselines import crop_facts, crop_size, file_facts, random_filters, spectrum
from page import page

from assay.detect.forge import pool, probe, trial, views
from assay.detect.forge.launder import TIERS, Pixels
from assay.detect.forge.settings import Settings
from assay.models.artifact import Artifact
from assay.models.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
STRENGTH = 0.1
"""Inverse strength of the penalty of the trivial scorers: few features, so it hardly matters."""


@dataclass(frozen=True)
class Seen:
    """A picture of a split in one tier, as crops."""

    picture: pool.Picture
    tier: int
    crops: tuple[Pixels, ...]


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--settings", type=Path, default=ROOT / "detect" / "training.yaml")
    options.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmarks" / "media.json")
    options.add_argument("--page", type=Path, help="also write the tables as Markdown to this file")
    given = options.parse_args()
    settings = Settings.read(given.settings)
    manifest = settings.data / settings.manifest
    if not manifest.is_file():
        print(f"no pictures at {manifest}: name the data with ASSAY_DATA; nothing was measured")
        return
    wanted = {source for group in settings.test_groups.values() for source in group}
    training, testing = pool.read(manifest, "train"), pool.read(manifest, "dev", wanted)
    artifact = Artifact.open(settings.zoo / settings.name)
    threshold = artifact.card.operating_points[0].threshold
    print(f"{artifact.id} ({artifact.sha256[:12]}), fixed threshold {threshold:.3f}")
    print(f"{len(testing)} test pictures, {settings.test_crops} crops each at most\n")

    seen = list(_test_views(testing, settings))
    tables: dict[str, list[trial.Figure]] = {}
    record: dict[str, object] = {}
    started = time.perf_counter()
    scores, record["run"] = by_artifact(artifact, seen)
    seconds = time.perf_counter() - started
    tables[artifact.id] = measured(scores, seen).figures(threshold, settings.test_groups)
    record["crops_per_second"] = speed = sum(len(view.crops) for view in seen) / seconds
    for name, scorer in trivial(training, settings).items():
        tables[name] = measured(scorer(seen), seen).figures(None, settings.test_groups)
    show(tables, settings.test_groups)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    record |= {
        "artifact": {"id": artifact.id, "sha256": artifact.sha256},
        "threshold": threshold,
        "figures": {name: [_plain(figure) for figure in figures] for name, figures in tables.items()},
    }
    given.out.write_text(json.dumps(record, indent=1, default=str) + "\n", encoding="utf-8")
    print(f"\nwritten to {given.out}")
    if given.page:
        written = page(artifact.card, threshold, settings.test_crops, len(testing), tables, speed)
        given.page.parent.mkdir(parents=True, exist_ok=True)
        given.page.write_text(written, encoding="utf-8")


def by_artifact(artifact: Artifact, seen: Sequence[Seen]) -> tuple[np.ndarray, object]:
    """Mean raw score over the crops of every picture, by the engine that `assay detect` uses."""
    with Engine.open(artifact, device="cpu") as engine:
        raw = np.array([s.raw for s in engine.score({"pixels": c} for view in seen for c in view.crops)])
        record = engine.record
    owner = np.repeat(np.arange(len(seen)), [len(view.crops) for view in seen])
    return np.bincount(owner, raw) / np.bincount(owner), record


def trivial(
    training: Sequence[pool.Picture], settings: Settings
) -> dict[str, Callable[[Sequence[Seen]], np.ndarray]]:
    """Trivial scorers by name, each a logistic head on its features, trained under the same launderings."""
    of_crop: Mapping[str, Callable[[Pixels], np.ndarray]] = {
        "header-only, pipeline input": crop_facts,
        "bytes of the crop": crop_size,
        "random filters": random_filters(),
        "spectrum and colour": spectrum,
    }
    rows: dict[str, list[np.ndarray]] = {name: [] for name in of_crop}
    labels, sources = [], []
    for view in _train_views(training, settings):
        for crop in view.crops:
            labels.append(view.picture.synthetic)
            sources.append(view.picture.source)
            for name, features in of_crop.items():
                rows[name].append(features(crop))
    heads = {name: _fitted(np.stack(features), labels, sources) for name, features in rows.items()}
    files = _fitted(
        np.stack([file_facts(p.path) for p in training]),
        [p.synthetic for p in training],
        [p.source for p in training],
    )

    def crops_scorer(name: str) -> Callable[[Sequence[Seen]], np.ndarray]:
        def score(seen: Sequence[Seen]) -> np.ndarray:
            return np.array(
                [heads[name].logits(np.stack([of_crop[name](c) for c in v.crops])).mean() for v in seen]
            )

        return score

    found = {
        "header-only, files as they come": lambda s: files.logits(
            np.stack([file_facts(v.picture.path) for v in s])
        )
    }
    return found | {name: crops_scorer(name) for name in of_crop}


def measured(scores: np.ndarray, seen: Sequence[Seen]) -> trial.Trial:
    """Scores as a trial, rounded far below any difference that matters so that equal inputs tie."""
    return trial.Trial(
        np.round(scores, 9),
        np.array([view.tier for view in seen]),
        np.array([view.picture.synthetic for view in seen]),
        np.array([view.picture.source for view in seen]),
    )


def show(tables: Mapping[str, Sequence[trial.Figure]], groups: Mapping[str, Sequence[str]]) -> None:
    """Print one line per scorer, kind of figure and group, the tiers side by side."""
    print(f"{'scorer':34} {'figure':13} {'source':18}" + "".join(f"{tier:>24}" for tier in TIERS))
    for name, figures in tables.items():
        for kind in ("auc-macro", "auc", "tpr", "false-alarms"):
            for group in [None, *groups]:
                cells = {f.tier: f.interval for f in figures if f.name == kind and f.source == group}
                if cells:
                    line = "".join(f"{cells[tier]!s:>24}" if tier in cells else " " * 24 for tier in TIERS)
                    print(f"{name:34} {kind:13} {group or 'mean of sources':18}{line}")


def _fitted(features: np.ndarray, labels: Sequence[bool], sources: Sequence[str]) -> probe.Probe:
    truth = np.array(labels)
    weights = probe.balance(truth, list(sources), np.zeros(len(truth), dtype=bool), 0.0)
    return probe.fit(features, truth, weights, STRENGTH)


def _train_views(pictures: Sequence[pool.Picture], settings: Settings) -> Iterator[Seen]:
    for number, picture in enumerate(pictures):
        rgb = views.load(picture.path)
        if views.fits(rgb):
            for tier, name in enumerate(TIERS):
                view = views.training_view(rgb, number, name, picture.name, settings.seed, 1)
                yield Seen(picture, tier, view.crops)


def _test_views(pictures: Sequence[pool.Picture], settings: Settings) -> Iterator[Seen]:
    for number, picture in enumerate(pictures):
        rgb = views.load(picture.path)
        if views.fits(rgb):
            for tier, name in enumerate(TIERS):
                view = views.validation_view(rgb, number, name, settings.test_crops)
                if view.crops:
                    yield Seen(picture, tier, view.crops)


def _plain(figure: trial.Figure) -> dict[str, object]:
    interval = figure.interval
    return {
        "name": figure.name, "tier": figure.tier, "source": figure.source,
        "value": interval.value, "low": interval.low, "high": interval.high, "n": interval.n,
    }  # fmt: skip


if __name__ == "__main__":
    main()
