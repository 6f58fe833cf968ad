"""Splits by source: whole sources, with everything that belongs to them, go one way."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...intake.manifest import Entry, ManifestError
from .duplicates import Pair, leaders

__all__ = ["split_by_source"]


def split_by_source(
    entries: Sequence[Entry], shares: Mapping[str, float], *, pairs: Sequence[Pair] = (), seed: int = 0
) -> list[Entry]:
    """Give every entry a split, so that no source, no unit and no copy of a picture lies in two.

    Sources are placed one after the other, the largest first, each where its class is furthest below its share. The
    same entries in the same order, with the same seed, give the same splits.

    Parameters
    ----------
    entries
        To be split; those without a source count as a source each.
    shares
        Share of each class by the name of a split; they need not add up to 1.
    pairs
        Copies that must stay together, see `duplicates.pairs`.
    seed
        Decides between sources of the same size.

    Raises
    ------
    ManifestError
        A class has fewer blocks of sources than there are splits.
    """
    blocks = _blocks(entries, pairs)
    total = sum(shares.values())
    if not shares or total <= 0 or min(shares.values()) <= 0:
        raise ManifestError("splits need names and shares above 0, such as train=0.8,test=0.2")
    counts = [
        (sum(not entries[at].fake for at in held), sum(entries[at].fake for at in held)) for held in blocks
    ]
    whole = np.maximum(np.sum(counts, axis=0), 1)
    for place, label in enumerate(("real", "fake")):
        number = sum(count[place] > 0 for count in counts)
        if number < len(shares):
            raise ManifestError(
                f"the {label} files come from {number} source{'s' * (number != 1)} that can be kept apart, too few for "
                f"{len(shares)} splits: add sources, or split into fewer"
            )
    held = {name: np.zeros(2) for name in shares}
    placed: dict[int, str] = {}
    order = sorted(range(len(blocks)), key=lambda at: (-sum(counts[at]), _draw(entries[blocks[at][0]], seed)))
    for at in order:
        mine = np.array(counts[at]) / whole
        # How far each split would be from its share, in the classes that this block brings.
        wants = {
            name: float(((shares[name] / total - held[name] - mine / 2) * (mine > 0)).sum())
            for name in shares
        }
        name = max(wants, key=lambda one: wants[one])
        held[name] += mine
        placed |= dict.fromkeys(blocks[at], name)
    return [replace(entry, split=placed[at]) for at, entry in enumerate(entries)]


def _blocks(entries: Sequence[Entry], pairs: Sequence[Pair]) -> list[list[int]]:
    """Entries that must stay together: of one source, one unit, or copies of one another."""
    first: dict[tuple[str, str], int] = {}
    joined = [(pair.first, pair.second) for pair in pairs]
    for at, entry in enumerate(entries):
        for kind, key in (("source", entry.source), ("unit", entry.unit)):
            if key:
                joined.append((first.setdefault((kind, key), at), at))
    found: dict[int, list[int]] = {}
    for at, leader in enumerate(leaders(len(entries), joined)):
        found.setdefault(leader, []).append(at)
    return list(found.values())


def _draw(entry: Entry, seed: int) -> str:
    return hashlib.sha256(f"{seed}\0{entry.source}\0{entry.unit}\0{entry.name}".encode()).hexdigest()
