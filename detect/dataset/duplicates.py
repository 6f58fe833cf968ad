"""The same picture more than once: across splits it makes a figure false, under both labels it makes no sense."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...intake.manifest import Entry
from ..likeness.table import Table
from .facts import FileFacts
from .fault import Fault

__all__ = ["Pair", "faults", "leaders", "pairs", "units"]

_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that show the same, by their numbers; `bits` differ of 128, none where the bytes are the same."""

    first: int
    second: int
    same_bytes: bool
    bits: int
    pose: str


def pairs(facts: Sequence[FileFacts]) -> list[Pair]:
    """Every file with each earlier one that has the same bytes, or nearly the same perceptual hashes in any pose."""
    table = Table()
    rows: list[int] = []
    first: dict[str, int] = {}
    found: list[Pair] = []
    for number, one in enumerate(facts):
        same = first.setdefault(one.sha256, number) if one.sha256 else number
        if same != number:
            found.append(Pair(same, number, True, 0, "as it is"))
            continue
        looks = one.fingerprint
        if looks is None:
            continue
        found += [
            Pair(rows[near.entry], number, False, near.distance, near.pose) for near in table.near(looks)
        ]
        table.add(looks.phash, looks.dhash)
        rows.append(number)
    return found


def leaders(count: int, joined: Iterable[tuple[int, int]]) -> list[int]:
    """For each of `count` things the first of those that it hangs together with, itself among them."""
    leader = list(range(count))

    def led(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    for one, other in joined:
        low, high = sorted((led(one), led(other)))
        leader[high] = low
    return [led(at) for at in range(count)]


def units(entries: Sequence[Entry], found: Sequence[Pair]) -> NDArray[np.int64]:
    """A number for each entry: copies of one picture, and entries of one `unit`, have the same."""
    named: dict[str, int] = {}
    joined = [(pair.first, pair.second) for pair in found]
    joined += [(named.setdefault(entry.unit, at), at) for at, entry in enumerate(entries) if entry.unit]
    return np.array(leaders(len(entries), joined), dtype=np.int64)


def faults(entries: Sequence[Entry], found: Sequence[Pair]) -> list[Fault]:
    """What is wrong with the pairs."""
    return [*_copies(entries, found), *_parted(entries)]


def _copies(entries: Sequence[Entry], found: Sequence[Pair]) -> Iterator[Fault]:
    def listed(some: Sequence[Pair]) -> dict[str, object]:
        told = [
            {
                "first": entries[pair.first].name, "second": entries[pair.second].name, "same_bytes": pair.same_bytes,
                "bits": pair.bits, "pose": pair.pose,
            }
            for pair in some[:_LISTED]
        ]  # fmt: skip
        return {"pairs": told, "found": len(some)}

    across = [p for p in found if entries[p.first].split != entries[p.second].split]
    if across:
        one = across[0]
        words = (
            f"{len(across):,} pairs of the same picture lie in different splits, such as {entries[one.first].name} and "
            f"{entries[one.second].name}: what is measured on one was learnt from the other. Keep each in one split "
            "(assay data split)"
        )
        yield Fault("duplicate-across-splits", "error", words, listed(across))
    both = [p for p in found if entries[p.first].label != entries[p.second].label]
    certain = [p for p in both if p.same_bytes]
    if certain:
        words = f"{len(certain):,} files stand under both labels, byte for byte: one of the labels is false"
        yield Fault("label-conflict", "error", words, listed(certain))
    if len(both) > len(certain):
        rest = [p for p in both if not p.same_bytes]
        words = (
            f"{len(rest):,} pairs show nearly the same picture under both labels: right for twins made of photos, "
            "which then need the same `unit`, wrong for anything else"
        )
        yield Fault("alike-under-both-labels", "note", words, listed(rest))
    alike = [p for p in found if entries[p.first].label == entries[p.second].label]
    within = [p for p in alike if entries[p.first].split == entries[p.second].split]
    if within:
        words = f"{len(within):,} pairs within a split show the same: they count double, which narrows intervals"
        yield Fault("duplicate-within-split", "warning", words, listed(within))


def _parted(entries: Sequence[Entry]) -> Iterator[Fault]:
    for name, severity, words in (
        ("unit", "error", "what belongs together is in different splits"),
        (
            "source",
            "warning",
            "figures on them flatter, since files of one source share far more than their label",
        ),
    ):
        splits: dict[str, set[str]] = {}
        for entry in entries:
            if getattr(entry, name):
                splits.setdefault(getattr(entry, name), set()).add(entry.split)
        parted = sorted(key for key, held in splits.items() if len(held) > 1)
        if parted:
            told = f"{len(parted):,} {name}s are in more than one split, such as {parted[0]}: {words}"
            detail = {f"{name}s": parted[:_LISTED], "found": len(parted)}
            yield Fault(f"{name}-across-splits", "error" if severity == "error" else "warning", told, detail)
