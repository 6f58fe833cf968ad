"""The loghub samples: 2,000 lines of each of sixteen systems, with the corrected templates."""

import csv
import io
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import zstandard

from assay.triage.readers import open_sources


@dataclass(frozen=True, slots=True)
class Sample:
    """One system: its messages and the number of the true group of each."""

    name: str
    folder: Path
    messages: list[str]
    truth: list[str]


def samples(data: Path) -> list[Sample]:
    """All systems below ``logs/loghub``, in order of name."""
    found = []
    for folder in sorted((data / "logs" / "loghub").iterdir()):
        if folder.is_dir():
            packed = (folder / f"{folder.name}_2k.log_structured.csv.zst").read_bytes()
            text = zstandard.ZstdDecompressor().stream_reader(packed).read().decode()
            rows = list(csv.DictReader(io.StringIO(text)))
            messages, truth = [row["Content"] for row in rows], [row["EventId"] for row in rows]
            found.append(Sample(folder.name, folder, messages, truth))
    return found


def as_read(sample: Sample) -> list[str | None]:
    """The signature that the product's own reader gives each line of the raw file."""
    path = next(p for p in sample.folder.iterdir() if p.name.removesuffix(".zst").endswith("_2k.log"))
    given: dict[int, str | None] = {}
    for batch in open_sources([path]).batches():
        given.update(zip(batch.frame["line"], batch.frame["template"], strict=True))
    return [given.get(line) for line in range(len(sample.truth))]


def grouping(found: Sequence[Hashable], true: Sequence[Hashable]) -> tuple[float, float]:
    """Grouping accuracy and F1 of grouping.

    Accuracy is the share of lines whose group is exactly a group of the truth (Zhu et al., ICSE-SEIP
    2019); F1 counts groups instead of lines (Jiang et al., ISSTA 2024), so that one large group does
    not decide.
    """
    by_found: dict[Hashable, list[int]] = defaultdict(list)
    by_true: dict[Hashable, list[int]] = defaultdict(list)
    for number, (a, b) in enumerate(zip(found, true, strict=True)):
        by_found[a].append(number)
        by_true[b].append(number)
    exact = [rows for rows in by_found.values() if by_true[true[rows[0]]] == rows]
    return sum(map(len, exact)) / len(true), 2 * len(exact) / (len(by_found) + len(by_true))
