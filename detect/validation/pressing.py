"""What presses an artifact alone: an attacker who knows it, and the clock."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...intake.child import Child
from ...intake.exhibit import Exhibit
from ...intake.limits import Limits
from ...intake.manifest import Entry
from ...intake.refusals import ExhibitRefused
from ...models.artifact import Artifact
from ...models.engine import Engine
from ...models.networks import NetworkUnreadable
from ..crops import QUALITY
from ..forge.launder import Pixels, reencode
from ..media import DECODER, read_picture
from .adversarial import EPSILONS, Attacker, unattackable
from .answers import Answers, collected
from .result import Severity
from .scorers import Scorer, Seen
from .scoring import Progress
from .severity import severity
from .store import Scored

__all__ = ["attacked", "timed"]


def attacked(
    artifact: Artifact,
    scorer: Scorer,
    engine: Engine,
    given: Sequence[tuple[Entry, Exhibit]],
    steps: int,
    limits: Limits,
    progress: Progress | None = None,
) -> tuple[tuple[Severity, ...], str]:
    """Figures under attack by strength, as the pixels are and after the last save; and how it was made, in words."""
    why_not = unattackable(artifact)
    if why_not:
        return (), why_not
    try:
        attacker = Attacker(artifact, steps)
    except NetworkUnreadable as error:
        return (), f"{error}: an attacker who knows the network was not tried"
    entries: list[Entry] = []
    shown: list[Seen] = []
    for entry, rgb in _pictures(given, limits):
        seen = scorer.show(rgb, False)
        if any(seen.weighed):
            rows = tuple(row for row, weighed in zip(seen.rows, seen.weighed, strict=True) if weighed)
            entries.append(entry)
            shown.append(Seen(rows, (True,) * len(rows)))
    made = [severity(("attack", 0.0), _scored(scorer, engine, entries, shown))] if entries else []
    for epsilon in EPSILONS if entries else ():
        hit = []
        for number, (entry, seen) in enumerate(zip(entries, shown, strict=True), start=1):
            hit.append(replace(seen, rows=tuple(attacker.changed(seen.rows, entry.fake, epsilon))))
            if progress is not None:
                progress(f"attacked by {epsilon:g} of 255", number, len(entries))
        saved = [
            replace(s, rows=tuple({**row, "pixels": reencode(row["pixels"], QUALITY)} for row in s.rows))
            for s in hit
        ]
        made += [
            severity((axis, epsilon), _scored(scorer, engine, entries, these))
            for axis, these in (("attack", hit), ("attack, saved", saved))
        ]
    words = (
        f"{steps} steps of projected gradient descent on each part that the network looks at, of {len(entries)} "
        "pictures; the attacker knows the network and may change every channel by at most so many grey levels."
    )
    return tuple(made), words


def timed(
    artifact: Artifact, scorer: Scorer, given: Sequence[tuple[Entry, Exhibit]], limits: Limits
) -> dict[str, float]:
    """Mean processor seconds a picture: cutting and the network, on one thread; and megapixels a picture."""
    prepared: list[Seen] = []
    pixels = preparing = 0.0
    for _, rgb in _pictures(given, limits):
        begun = time.thread_time()
        seen = scorer.show(rgb, True)
        preparing += time.thread_time() - begun
        pixels += rgb.shape[0] * rgb.shape[1]
        if seen.rows:
            prepared.append(seen)
    if not prepared:
        return {}
    with Engine.open(artifact, threads=1, outputs=scorer.outputs) as engine:
        begun = time.process_time()
        parts = sum(1 for _ in engine.score(row for seen in prepared for row in seen.rows))
        spent = time.process_time() - begun
    count = len(prepared)
    return {
        "pictures": float(count),
        "megapixels": round(pixels / count / 1e6, 3),
        "parts": round(parts / count, 2),
        "preparing": round(preparing / count, 4),
        "network": round(spent / count, 4),
    }


def _pictures(given: Sequence[tuple[Entry, Exhibit]], limits: Limits) -> list[tuple[Entry, Pixels]]:
    found = []
    with Child(limits, preload=[DECODER]) as child:
        for entry, exhibit in given:
            try:
                found.append((entry, read_picture(exhibit, child, limits, luma=False).rgb))
            except ExhibitRefused:
                continue
    return found


def _scored(scorer: Scorer, engine: Engine, entries: Sequence[Entry], shown: Sequence[Seen]) -> Answers:
    raws = np.array([score.raw for score in engine.score(row for seen in shown for row in seen.rows)])
    ends = np.cumsum([len(seen.rows) for seen in shown])
    scored = [Scored(tuple(float(v) for v in part), len(part), "") for part in np.split(raws, ends[:-1])]
    return collected(entries, scored, scorer, weigh=False)
