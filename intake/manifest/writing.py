"""Manifests to CSV and Parquet files, which `read_manifest` reads back as they were."""

import csv
import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .entry import COLUMNS, Entry

__all__ = ["write_manifest"]

_HEAD: Final = tuple(COLUMNS)


def write_manifest(path: Path, entries: Sequence[Entry]) -> str:
    """Write a manifest, whole or not at all.

    Parameters
    ----------
    path
        Ends in ``.csv`` or ``.parquet``. Paths of the files are written beside it where they lie below its folder, else
        absolute.
    entries
        Its lines.

    Returns
    -------
    SHA-256 of the bytes.
    """
    root = path.resolve().parent
    rows = [_row(entry, root) for entry in entries]
    stream = io.BytesIO()
    if path.suffix.lower() == ".parquet":
        import polars as pl

        pl.DataFrame(rows, schema=dict.fromkeys(_HEAD, pl.String), orient="row").write_parquet(stream)
    else:
        text = io.StringIO(newline="")
        lines = csv.writer(text, lineterminator="\n")
        lines.writerows([_HEAD, *rows])
        stream.write(text.getvalue().encode("utf-8"))
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(stream.getvalue())
    os.replace(part, path)
    return hashlib.sha256(stream.getvalue()).hexdigest()


def _row(entry: Entry, root: Path) -> tuple[str, ...]:
    whole = Path(os.path.abspath(entry.path))
    name = whole.relative_to(root) if whole.is_relative_to(root) else whole
    groups = ";".join(f"{key}={value}" for key, value in sorted(entry.groups.items()))
    return (
        str(name), entry.label, entry.kind, entry.generator, entry.source, entry.split, entry.licence, groups,
        entry.unit, entry.lines, entry.note,
    )  # fmt: skip
