"""The pictures that training draws from: a manifest of files with label, source and licence.

See `assay.intake.manifest` for the columns. Where no line states a split, all are for training.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...intake.manifest import ManifestError, read_manifest


@dataclass(frozen=True, slots=True)
class Picture:
    """One line of a manifest.

    Attributes
    ----------
    path
        The file.
    name
        Its path as the manifest writes it.
    synthetic
        True for a generated picture.
    source, generator, licence
        As the manifest says.
    """

    path: Path
    name: str
    synthetic: bool
    source: str
    generator: str
    licence: str


def read(manifest: Path, split: str, sources: Collection[str] | None = None) -> list[Picture]:
    """Read the pictures of one split, in the manifest's order.

    Parameters
    ----------
    manifest
        CSV or Parquet file.
    split
        `train` or `dev`, as in the column of that name.
    sources
        Only these; None takes all.

    Raises
    ------
    ManifestError
        No such file, a column is missing, or nothing is left.
    """
    entries = read_manifest(manifest).entries
    told = any(entry.split for entry in entries)
    pictures = [
        Picture(
            entry.path, entry.name, entry.fake, entry.source, entry.generator, entry.licence or "none stated"
        )
        for entry in entries
        if (entry.split or ("" if told else "train")) == split
        and entry.kind in ("image", "")
        and (sources is None or entry.source in sources)
    ]
    if not pictures:
        raise ManifestError(
            f"{manifest} lists no pictures of split {split!r}: check the columns split and kind"
        )
    return pictures


def spread(numbers: Sequence[int], pictures: Sequence[Picture]) -> list[int]:
    """The numbers in turn over their sources, in proportion to the sources' sizes: any first part is balanced."""
    turn: dict[str, int] = {}
    placed: list[tuple[int, str, int]] = []
    for number in numbers:
        source = pictures[number].source
        turn[source] = turn.get(source, -1) + 1
        placed.append((turn[source], source, number))
    return [n for *_, n in sorted(placed, key=lambda one: (one[0] / (turn[one[1]] + 1), one[1]))]


def digest(pictures: Sequence[Picture]) -> str:
    """SHA-256 over names and bytes of the pictures in name order: what exactly was trained on."""
    total = hashlib.sha256()
    for picture in sorted(pictures, key=lambda item: item.name):
        content = hashlib.sha256(picture.path.read_bytes()).hexdigest()
        total.update(f"{picture.name}\0{content}\n".encode())
    return total.hexdigest()
