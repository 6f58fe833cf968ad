"""Everything that is checked of a set of data, in one value."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...intake.limits import DEFAULT, Limits
from ...intake.manifest import Manifest
from . import balance, control, duplicates
from .control import Control
from .duplicates import Pair
from .facts import FileFacts, Progress, gather_facts
from .fault import Fault

__all__ = ["Check", "check_dataset"]

_LISTED: Final = 20
_ORDER: Final = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Check:
    """What was found.

    Attributes
    ----------
    manifest
        What was checked.
    facts
        Of each of its entries.
    pairs
        Copies among them.
    controls
        The format-only control; empty where there is too little.
    faults
        What is wrong, the worst first.
    """

    manifest: Manifest
    facts: tuple[FileFacts, ...]
    pairs: tuple[Pair, ...]
    controls: tuple[Control, ...]
    faults: tuple[Fault, ...]

    def errors(self, accepted: Sequence[str] = ()) -> tuple[Fault, ...]:
        """Faults that make figures false, without those that were accepted by their code."""
        return tuple(
            fault for fault in self.faults if fault.severity == "error" and fault.code not in accepted
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        entries = self.manifest.entries
        return {
            "manifest": str(self.manifest.place),
            "sha256": self.manifest.sha256,
            "files": len(entries),
            "labels": dict(Counter(entry.label for entry in entries)),
            "splits": dict(Counter(entry.split for entry in entries)),
            "tiers": balance.by_tier(entries, self.facts),
            "control": [one.to_json() for one in self.controls],
            "faults": [fault.to_json() for fault in self.faults],
            "problems": [
                {"row": p.row, "code": p.code, "words": p.words} for p in self.manifest.problems[:_LISTED]
            ],
            "problems_found": len(self.manifest.problems),
            "ignored_columns": list(self.manifest.ignored),
        }


def check_dataset(
    manifest: Manifest,
    *,
    cache: Path | None = None,
    workers: int | None = None,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> Check:
    """Look at every file of a manifest, and say what would make figures on it worthless.

    Parameters
    ----------
    manifest
        What to check.
    cache, workers, limits, progress
        See `gather_facts`.
    """
    entries = manifest.entries
    facts = gather_facts(entries, cache=cache, workers=workers, limits=limits, progress=progress)
    found = duplicates.pairs(facts)
    units = duplicates.units(entries, found)
    shown = np.array([one.width > 0 for one in facts])
    fake = np.array([entry.fake for entry in entries])
    controls = control.control([one for one in facts if one.width], fake[shown], units[shown])
    few = (int((shown & ~fake).sum()), int((shown & fake).sum()))
    faults = [
        *_unread(manifest, facts), *duplicates.faults(entries, found), *control.faults(controls, few),
        *balance.faults(entries, facts),
    ]  # fmt: skip
    faults.sort(key=lambda fault: _ORDER.index(fault.severity))
    return Check(manifest, tuple(facts), tuple(found), tuple(controls), tuple(faults))


def _unread(manifest: Manifest, facts: Sequence[FileFacts]) -> list[Fault]:
    refused = Counter(one.refused for one in facts if one.refused)
    made = []
    if refused:
        told = ", ".join(f"{code} {count:,}" for code, count in refused.most_common())
        names = [e.name for e, one in zip(manifest.entries, facts, strict=True) if one.refused][:_LISTED]
        words = f"{sum(refused.values()):,} files could not be read ({told}), such as {names[0]}"
        made.append(Fault("files-unread", "warning", words, {"codes": dict(refused), "files": names}))
    if manifest.problems:
        codes = Counter(problem.code for problem in manifest.problems)
        words = f"{len(manifest.problems):,} lines were not taken, such as: {manifest.problems[0].words}"
        made.append(Fault("lines-not-taken", "warning", words, {"codes": dict(codes)}))
    if manifest.ignored:
        names = sorted(manifest.ignored)
        made.append(
            Fault(
                "columns-ignored",
                "note",
                f"columns that are not known: {', '.join(names)}",
                {"columns": names},
            )
        )
    return made
