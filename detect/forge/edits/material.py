"""What a recipe of the map of edits works with: its pictures, the edits that are made of them, and those held back.

Held edits can be made alone: sample number n is the same whatever else is made. A validation of the artifact that ships
needs no others.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from .. import pool
from . import samples
from .settings import EditSettings

__all__ = ["held_alone", "judged", "made", "pictures", "recipe"]

Report = Callable[[str], None]


def pictures(settings: EditSettings) -> tuple[pool.Picture, ...]:
    """The pool; crops of faces are too small for hosts."""
    listed = pool.read(settings.data / settings.manifest, "train")
    return tuple(one for one in listed if "faces_" not in one.name)


def recipe(settings: EditSettings) -> samples.Recipe:
    """How edits are made, see `samples.Recipe`."""
    return samples.Recipe(
        pictures(settings),
        frozenset(settings.held),
        None if settings.auto_encoder is None else settings.data / settings.auto_encoder,
        settings.seed,
    )


def made(given: samples.Recipe, settings: EditSettings, say: Report) -> samples.Samples:
    """All edits of the recipe, those before plain backgrounds after the others; kept in its cache."""
    found = samples.make(given, settings.samples, settings.cache / "made", say, settings.processes)
    if not settings.plain:
        return found
    plain = replace(given, plain=True)
    return found.and_(samples.make(plain, settings.plain, settings.cache / "plain", say, settings.processes))


def judged(found: samples.Samples, settings: EditSettings) -> samples.Samples:
    """The held edits that calibration and figures are made of: the first, and a quarter as many on plain grounds."""
    held = [number for number, facts in enumerate(found.facts) if facts.held]
    plain = [n for n in held if found.facts[n].plain][: settings.judged // 4]
    return found.part([n for n in held if not found.facts[n].plain][: settings.judged] + plain)


def held_alone(settings: EditSettings, say: Report) -> samples.Samples:
    """The same as `judged` of all edits, without making the others; kept in a folder of their own in the cache."""
    given = recipe(settings)
    found = _held(given, settings.samples, settings.judged, settings, say)
    if not settings.plain:
        return found
    plain = replace(given, plain=True)
    return found.and_(_held(plain, settings.plain, settings.judged // 4, settings, say))


def _held(
    given: samples.Recipe, count: int, most: int, settings: EditSettings, say: Report
) -> samples.Samples:
    numbers = samples.held_numbers(given, count)[:most]
    folder = settings.cache / "held" / _name(given, numbers)
    return samples.make(given, numbers, folder, say, settings.processes)


def _name(given: samples.Recipe, numbers: Sequence[int]) -> str:
    """Of a folder: other pictures, sources, seeds or numbers give other edits."""
    facts = [
        pool.digest(given.pictures), sorted(given.held), str(given.auto_encoder), given.seed, given.plain, [*numbers],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
