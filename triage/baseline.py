"""Baselines: counts fitted on logs that a site calls normal, saved as artifacts, added up.

The last part of the time is held out of the counts and scored by them. The bits of its windows become the
reference of p: a window that is exchangeable with them gets p <= a with probability at most a. The unit
is the window (host x event type x five minutes); an incident has the p of the window that opens it.
"""

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from ..errors import AssayError
from ..models.artifact import Artifact
from ..models.calibration.conformal import ConformalP
from ..models.card import TrainingData
from ..models.devices import usable_cores
from ..models.engine import Engine
from ..models.registry import Entry, Registry, user_store
from .counting.counts import CAP
from .counting.spool import Spool
from .counting.tables import TASK, read_counts, read_reference, write_tables
from .pipeline import Progress, counted, rank
from .ranking.scorer import OUTPUTS
from .readers import open_sources

HELD_OUT: Final = 0.2
"""Last part of the records, by time, that is held out for p."""

LONGEST_NAME: Final = 60
"""Most characters of a name."""

FEWEST: Final = 20
"""Held-out windows below which no p is given: the smallest p would be above 1 in 20."""


class BaselineEmpty(AssayError):
    """Nothing to fit a baseline on."""

    code = "baseline-empty"


class BaselineNameInvalid(AssayError):
    """A name that an artifact cannot have."""

    code = "baseline-name"


def fit(
    paths: Sequence[str | Path],
    name: str,
    *,
    format: str = "auto",
    held_out: float = HELD_OUT,
    store: Path | None = None,
    cap: int = CAP,
    progress: Progress | None = None,
) -> Artifact:
    """Fit a baseline and save it.

    Parameters
    ----------
    paths
        Files, folders or ``-``: logs of a period that the site calls normal.
    name
        Name of the artifact; its version counts up from 1.0.0.
    format
        Name of a reader, or ``auto``.
    held_out
        Last part of the records, 0 to 0.5, kept out of the counts to make p; 0 gives a baseline without p.
    store
        Folder to save in; the user's store by default.
    cap
        Most entries of the table.
    progress
        Called with a stage and the number of records done.

    Returns
    -------
    Artifact

    Raises
    ------
    BaselineEmpty
        No record could be read.
    BaselineNameInvalid
        The name has other characters than small letters, digits and hyphens.
    """
    if not 0 <= held_out <= 0.5:
        raise ValueError("held_out must be between 0 and 0.5")
    check_name(name)
    folder = Path(tempfile.mkdtemp(prefix="assay-baseline-"))
    spool = Spool(folder)
    try:
        reading = open_sources(paths, format=format, readers=usable_cores())
        for piece in reading.pieces(spool.folder):
            spool.take(piece)
            if progress is not None:
                progress("read", len(spool))
        if not len(spool):
            raise BaselineEmpty("no record could be read from the given paths; see `assay triage --dry-run`")
        early = early_windows(spool.groups(), held_out)
        counts = counted(spool, before=early, cap=cap, progress=progress)
        reference = None
        if held_out:
            trial = write_tables(
                folder / "trial", "trial", "1.0.0", counts, included=False, reference=None, sources=[]
            )
            with Engine.open(trial, device="cpu", outputs=OUTPUTS) as engine:
                ranking = rank(engine, spool, included=False, progress=progress)
            held = ranking.groups.filter(~early)["bits"]
            reference = ConformalP(held.to_numpy()) if held.len() >= FEWEST else None
        sources = [
            TrainingData(
                name=source.source.name[-200:] or "-",
                licence="the owner of the logs",
                count=source.records,
                role="baseline",
            )
            for source in reading.report
        ][:200]
        place = store or user_store()
        version = next_version(name, place)
        return write_tables(
            place / f"{name}@{version}",
            name,
            version,
            counts,
            included=False,
            reference=reference,
            sources=sources,
        )
    finally:
        spool.close()
        shutil.rmtree(folder, ignore_errors=True)


def add(first: Artifact, second: Artifact, name: str, *, store: Path | None = None) -> Artifact:
    """Add two baselines up and save the sum.

    The counts are exactly those of fitting on both. The references of p are pooled; each was made with its
    own, smaller, counts, so p errs towards caution. If either has none, the sum has none.

    Parameters
    ----------
    first, second
        Baselines.
    name
        Name of the sum.
    store
        Folder to save in; the user's store by default.

    Returns
    -------
    Artifact

    Raises
    ------
    BaselineMismatch
        One is no baseline, or their keys were made in different ways.
    BaselineNameInvalid
        The name has other characters than small letters, digits and hyphens.
    """
    check_name(name)
    counts = (read_counts(first) + read_counts(second)).capped()
    references = read_reference(first), read_reference(second)
    reference = None if references[0] is None or references[1] is None else references[0] + references[1]
    place = store or user_store()
    version = next_version(name, place)
    return write_tables(
        place / f"{name}@{version}",
        name,
        version,
        counts,
        included=False,
        reference=reference,
        sources=(*first.card.training_data, *second.card.training_data),
    )


def baselines(registry: Registry | None = None) -> tuple[Entry, ...]:
    """Saved baselines.

    Parameters
    ----------
    registry
        Where to look; the usual stores by default.

    Returns
    -------
    tuple of Entry
        Those of task "log-rarity".
    """
    return tuple(entry for entry in (registry or Registry()).list() if entry.task == TASK)


def check_name(name: str) -> None:
    """Refuse a name before any work is done with it.

    Parameters
    ----------
    name
        Wanted name of an artifact.

    Raises
    ------
    BaselineNameInvalid
        It has other characters than small letters, digits and single hyphens between them.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or len(name) > LONGEST_NAME:
        raise BaselineNameInvalid(
            f"{name[:80]!r} cannot name a baseline; use small letters, digits and hyphens, like office-2026"
        )


def early_windows(groups: pl.DataFrame, held_out: float) -> pl.Expr:
    """Which windows are counted, as an expression on `window`.

    Parameters
    ----------
    groups
        Windows with their `volume`.
    held_out
        Part of the records, latest first, to leave out; records without a time count by their position.

    Returns
    -------
    pl.Expr
    """
    if held_out == 0:
        return pl.col("window").is_not_null()
    timed = groups.filter(pl.col("window") >= 0).sort("window")
    untimed = groups.filter(pl.col("window") < 0).sort("window", descending=True)
    cuts = []
    for part in (timed, untimed):
        volume = part["volume"].cum_sum().to_numpy()
        place = int(np.searchsorted(volume, (1 - held_out) * float(volume[-1]), "right")) if len(volume) else 0
        cuts.append(part["window"][min(place, part.height - 1)] if part.height else 0)
    window = pl.col("window")
    return pl.when(window >= 0).then(window < cuts[0]).otherwise(window > cuts[1])


def next_version(name: str, store: Path) -> str:
    """Version for a new artifact of this name: one minor step above the last.

    Parameters
    ----------
    name
        Of the artifact.
    store
        Folder that holds artifacts as ``name@version``.

    Returns
    -------
    str
    """
    minors = [
        int(parts[1])
        for folder in store.glob(f"{name}@*")
        if len(parts := folder.name.removeprefix(f"{name}@").split(".")) == 3 and parts[1].isdigit()
    ]
    return f"1.{max(minors) + 1}.0" if minors else "1.0.0"
