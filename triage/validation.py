"""How a scorer of logs does on labelled files: per file, over all files, and beside another one.

A manifest lists log files. Where a line of it names records of an attack (column `lines`), every record of the file is
scored and the attack's are to come first; where it does not, the file as a whole is normal or an attack, and its
highest score is to say so. Files are triaged one by one, so that no file decides what is usual in another.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..intake.manifest import Entry, Manifest, ManifestError
from ..models.artifact import Artifact
from ..models.metrics import Interval, auc, average_precision, bootstrap
from .session import triage

__all__ = ["LogComparison", "LogFigure", "LogValidation", "validate_logs"]

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

_FIRST = 100


@dataclass(frozen=True, slots=True)
class LogFigure:
    """One measured number; `of` names a file, or is empty for the mean over files.

    ``auc`` and ``average-precision`` of the records of a file, ``in-first-100`` (whether one of the attack's is among
    the first hundred), ``file-auc`` (whether files with an attack have the higher highest score).
    """

    name: str
    of: str
    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class LogComparison:
    """The mean difference of a figure over the same files, with an interval drawn over files, in words."""

    name: str
    difference: float
    low: float
    high: float
    n: int
    words: str


@dataclass(frozen=True, slots=True)
class LogValidation:
    """What was found; `artifact` and `against` are ids, "none" where each file is its own measure.

    `unread` are files that gave no record.
    """

    artifact: str
    against: str | None
    manifest: str
    sha256: str
    files: int
    records: int
    unread: tuple[str, ...]
    figures: tuple[LogFigure, ...]
    comparisons: tuple[LogComparison, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"format": 1, **asdict(self)}


@dataclass(frozen=True, slots=True)
class _Scored:
    """One file: scores and labels of its records; labels are None where the file is labelled as a whole."""

    entry: Entry
    scores: Floats
    truth: NDArray[np.bool_] | None


def validate_logs(
    artifact: Artifact | None,
    manifest: Manifest,
    *,
    against: Artifact | None = None,
    compare: bool = False,
    progress: Progress | None = None,
) -> LogValidation:
    """Measure a baseline, or triage without one, on labelled logs.

    Parameters
    ----------
    artifact
        The baseline; None lets each file be its own measure.
    manifest
        The files.
    against
        Another baseline.
    compare
        Compare with `against`, which may be None as well.
    progress
        Called with a stage and how many of how many files are done.

    Raises
    ------
    ManifestError
        `lines` is no list of numbers and ranges, or no file could be judged.
    """
    first = _scored(artifact, manifest, progress)
    figures = _figures(first)
    if not figures:
        raise ManifestError(
            f"{manifest.place} gives nothing to judge: name records of attacks in `lines`, or list files of both labels"
        )
    comparisons: tuple[LogComparison, ...] = ()
    if compare:
        second = _scored(against, manifest, progress)
        comparisons = _compared(figures, _figures(second), (_id(artifact), _id(against)))
    return LogValidation(
        artifact=_id(artifact),
        against=_id(against) if compare else None,
        manifest=str(manifest.place),
        sha256=manifest.sha256,
        files=len(manifest.entries),
        records=sum(len(one.scores) for one in first),
        unread=tuple(one.entry.name for one in first if not len(one.scores)),
        figures=tuple(figures),
        comparisons=comparisons,
    )


def _id(artifact: Artifact | None) -> str:
    return "none" if artifact is None else artifact.id


def _scored(artifact: Artifact | None, manifest: Manifest, progress: Progress | None) -> list[_Scored]:
    found = []
    for number, entry in enumerate(manifest.entries, start=1):
        lines, scores = _records(entry.path, artifact)
        truth = np.isin(lines, _numbers(entry)) if entry.lines else None
        found.append(_Scored(entry, scores, truth))
        if progress is not None:
            progress("triaged", number, len(manifest.entries))
    return found


def _records(path: Path, artifact: Artifact | None) -> tuple[NDArray[np.int64], Floats]:
    """Line and score of every record of a file, in order."""
    with triage([path], baseline=artifact, budget=1) as answer:
        rows = [(row["line"], row["score"]) for row in answer.events()]
    lines = np.array([-1 if line is None else line for line, _ in rows], dtype=np.int64)
    return lines, np.array([score for _, score in rows], dtype=np.float64)


def _numbers(entry: Entry) -> NDArray[np.int64]:
    found: list[int] = []
    for part in entry.lines.replace(",", " ").split():
        first, sign, last = part.partition("-")
        if not first.isdecimal() or (sign and not last.isdecimal()) or len(part) > 40:
            raise ManifestError(
                f"{entry.name} has the lines {part[:40]!r}: numbers and ranges from 0, as in 3 7-9"
            )
        begin, end = int(first), int(last or first)
        if end - begin > 10_000_000:
            raise ManifestError(f"{entry.name} has a range of more than 10,000,000 lines")
        found += range(begin, end + 1)
    return np.array(found, dtype=np.int64)


def _figures(scored: Sequence[_Scored]) -> list[LogFigure]:
    found: list[LogFigure] = []
    by_name: dict[str, list[float]] = {}
    for one in scored:
        if one.truth is None or not one.truth.any() or one.truth.all():
            continue
        first = np.lexsort((np.random.default_rng(0).random(len(one.scores)), -one.scores))[:_FIRST]
        for name, value in (
            ("auc", auc(one.scores, one.truth)),
            ("average-precision", average_precision(one.scores, one.truth)),
            ("in-first-100", float(one.truth[first].any())),
        ):
            by_name.setdefault(name, []).append(value)
            found.append(LogFigure(name, one.entry.name, round(value, 4), None, None, len(one.scores)))
    for name, values in by_name.items():
        found.append(_told(name, bootstrap(_mean, np.array(values)) if len(values) > 1 else None, values))
    whole = [one for one in scored if one.truth is None and len(one.scores)]
    fake = np.array([one.entry.fake for one in whole], dtype=np.bool_)
    if len(whole) and fake.any() and not fake.all():
        highest = np.array([float(one.scores.max()) for one in whole])
        interval = bootstrap(auc, highest, fake, strata=fake)
        found.append(_told("file-auc", interval, highest.tolist()))
    return found


def _mean(values: Floats) -> float:
    return float(values.mean())


def _told(name: str, interval: Interval | None, values: Sequence[float]) -> LogFigure:
    if interval is None:
        return LogFigure(name, "", round(values[0], 4), None, None, 1)
    return LogFigure(
        name, "", round(interval.value, 4), round(interval.low, 4), round(interval.high, 4), len(values)
    )


def _compared(
    first: Sequence[LogFigure], second: Sequence[LogFigure], names: tuple[str, str]
) -> tuple[LogComparison, ...]:
    found = []
    for name in ("auc", "average-precision"):
        one = {f.of: f.value for f in first if f.name == name and f.of}
        other = {f.of: f.value for f in second if f.name == name and f.of}
        both = sorted(one.keys() & other.keys())
        if len(both) < 2:
            continue
        interval = bootstrap(_mean, np.array([one[of] - other[of] for of in both]))
        value, low, high = interval.value, interval.low, interval.high
        ends = f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"
        if low > 0 or high < 0:
            better, worse = names if value > 0 else names[::-1]
            words = f"On the same {len(both)} files the mean {name} of {better} is better than that of {worse}: {ends}."
        else:
            words = (
                f"On the same {len(both)} files no difference in {name} is shown between {names[0]} and "
                f"{names[1]}: {ends}."
            )
        found.append(LogComparison(name, round(value, 4), round(low, 4), round(high, 4), len(both), words))
    return tuple(found)
