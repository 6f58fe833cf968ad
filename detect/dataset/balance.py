"""How the classes lie over splits and tiers: a class that was delivered worse is told by its delivery."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from ...intake.manifest import Entry
from ..forge.launder import TIERS
from .facts import FileFacts
from .fault import Fault

__all__ = ["APART", "by_tier", "faults"]

APART: Final = 0.15
"""Share of the files that would have to move to another tier to make both classes alike, from which it is told."""

_LOPSIDED: Final = 4.0
_ENOUGH: Final = 20


def by_tier(entries: Sequence[Entry], facts: Sequence[FileFacts]) -> dict[str, dict[str, int]]:
    """Files by label and tier; those that were not decoded are left out."""
    found = {label: dict.fromkeys(TIERS, 0) for label in ("real", "fake")}
    for entry, one in zip(entries, facts, strict=True):
        for tier in TIERS:
            if one.tier == tier:
                found[entry.label][tier] += 1
    return {label: {str(tier): count for tier, count in held.items()} for label, held in found.items()}


def faults(entries: Sequence[Entry], facts: Sequence[FileFacts]) -> list[Fault]:
    """What is wrong with the balance."""
    return [*_splits(entries), *_tiers(entries, facts), *_sources(entries)]


def _splits(entries: Sequence[Entry]) -> Iterator[Fault]:
    counted = Counter((entry.split, entry.label) for entry in entries)
    for split in sorted({entry.split for entry in entries}):
        real, fake = counted[split, "real"], counted[split, "fake"]
        name = f"the split {split!r}" if split else "the set"
        detail = {"split": split, "real": real, "fake": fake}
        if not real or not fake:
            words = f"{name} holds {real:,} real and {fake:,} fake files: it can neither teach nor judge"
            yield Fault("one-class", "error", words, detail)
        elif max(real, fake) > _LOPSIDED * min(real, fake):
            words = f"{name} holds {real:,} real and {fake:,} fake files: weigh them, and quote no accuracy"
            yield Fault("class-imbalance", "warning", words, detail)


def _tiers(entries: Sequence[Entry], facts: Sequence[FileFacts]) -> Iterator[Fault]:
    table = by_tier(entries, facts)
    totals = {label: sum(held.values()) for label, held in table.items()}
    if min(totals.values()) < _ENOUGH:
        return
    apart = sum(abs(table["real"][t] / totals["real"] - table["fake"][t] / totals["fake"]) for t in TIERS) / 2
    if apart > APART:
        told = "; ".join(
            f"{label} {' / '.join(f'{held[t] / totals[label]:.0%}' for t in TIERS)}"
            for label, held in table.items()
        )
        words = (
            f"the classes were delivered differently ({' / '.join(TIERS)}: {told}): state figures by tier, and launder "
            "both alike before anything is learnt"
        )
        yield Fault("tier-imbalance", "warning", words, {"tiers": table, "apart": round(apart, 4)})


def _sources(entries: Sequence[Entry]) -> Iterator[Fault]:
    labels: dict[str, set[str]] = {}
    for entry in entries:
        labels.setdefault(entry.source, set()).add(entry.label)
    unnamed = sum(not entry.source for entry in entries)
    if unnamed:
        words = f"{unnamed:,} files name no source: no split by source and no interval over sources can be made of them"
        yield Fault("source-missing", "warning", words, {"files": unnamed})
    unlicensed = sum(not entry.licence for entry in entries)
    if unlicensed:
        yield Fault("licence-missing", "note", f"{unlicensed:,} files name no licence", {"files": unlicensed})
    for label in ("real", "fake"):
        names = {name for name, held in labels.items() if label in held and name}
        if len(names) == 1:
            words = f"all {label} files come from one source: nothing tells what is {label} from what is {names.pop()}"
            yield Fault("single-source", "warning", words, {"label": label})
