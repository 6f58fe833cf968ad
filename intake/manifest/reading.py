"""Manifests from CSV and Parquet files: every line is taken or told, none is lost."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from ..limits import DEFAULT, Limits
from .entry import COLUMNS, Entry, Manifest, ManifestError, Problem, label_of

__all__ = ["read_manifest"]

_GROUP: Final = "group:"


def read_manifest(path: Path, limits: Limits = DEFAULT) -> Manifest:
    """Read a manifest.

    Parameters
    ----------
    path
        A ``.csv`` file with a head (UTF-8), or a ``.parquet`` file; see `COLUMNS`.
    limits
        Bytes and lines, `manifest_bytes` and `manifest_rows`.

    Raises
    ------
    ManifestError
        No such file, no head, a required column is missing, too long, or no line can be used.
    """
    try:
        size = path.stat().st_size
        if size > limits.manifest_bytes:
            raise ManifestError(
                f"{path} has {size:,} bytes, more than manifest_bytes = {limits.manifest_bytes:,}: split it"
            )
        data = path.read_bytes()
    except OSError as error:
        raise ManifestError(
            f"there is no manifest at {path} ({error.strerror}): give the path of a CSV or Parquet file"
        ) from None
    head, rows = _parquet(data, path) if path.suffix.lower() == ".parquet" else _csv(data, path)
    missing = [name for name in ("path", "label") if name not in head]
    if missing:
        raise ManifestError(f"{path} has no column {', '.join(missing)}: add it")
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, start=1):
        if number > limits.manifest_rows:
            raise ManifestError(
                f"{path} has more lines than manifest_rows = {limits.manifest_rows:,}: split it"
            )
        made = _entry(row, path.parent, number)
        if isinstance(made, Problem):
            problems.append(made)
        else:
            entries.append(made)
    if not entries:
        told = f": {problems[0].words}" if problems else ""
        raise ManifestError(f"{path} has no line that can be used{told}")
    ignored = tuple(name for name in head if name not in COLUMNS and not name.startswith(_GROUP))
    return Manifest(path, tuple(entries), tuple(problems), hashlib.sha256(data).hexdigest(), ignored)


def _csv(data: bytes, path: Path) -> tuple[list[str], Iterable[Mapping[str, str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8") from None
    rows = csv.DictReader(io.StringIO(text, newline=""), restkey="\0rest", restval="")
    try:
        head = list(rows.fieldnames or ())
    except csv.Error as error:
        raise ManifestError(f"{path} cannot be read as CSV: {error}") from None
    return head, _lines(rows, path)


def _lines(rows: "csv.DictReader[str]", path: Path) -> Iterator[Mapping[str, str]]:
    try:
        yield from rows
    except csv.Error as error:
        raise ManifestError(f"{path} cannot be read as CSV at line {rows.line_num}: {error}") from None


def _parquet(data: bytes, path: Path) -> tuple[list[str], Iterable[Mapping[str, str]]]:
    import polars as pl

    try:
        table = pl.read_parquet(io.BytesIO(data))
        names = table.columns
        plain = table.select(pl.col(name).cast(pl.String).fill_null("") for name in names)
    except Exception as error:  # the reader's own exceptions share no base class
        raise ManifestError(
            f"{path} cannot be read as a Parquet table of texts: {str(error)[:200]}"
        ) from None
    return names, plain.iter_rows(named=True)


def _entry(row: Mapping[str, str], root: Path, number: int) -> Entry | Problem:
    if row.get("\0rest"):
        return Problem(number, "too-many-cells", f"line {number} has more cells than the head")
    name = row["path"]
    if not name or "\0" in name:
        return Problem(number, "path-missing", f"line {number} names no path")
    label = label_of(row["label"])
    if label is None:
        return Problem(
            number, "label-unknown", f"line {number} has the label {row['label'][:40]!r}: real or fake"
        )
    return Entry(
        path=root / name,
        name=name,
        label=label,
        groups=_groups(row),
        **{
            column: row.get(column, "").strip()
            for column in ("kind", "generator", "source", "split", "licence", "unit", "lines", "note")
        },
    )


def _groups(row: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in row.get("group", "").split(";"):
        name, sign, value = part.partition("=")
        if part.strip():
            found[name.strip() if sign else "group"] = (value if sign else name).strip()
    for column, value in row.items():
        if column.startswith(_GROUP) and value:
            found[column.removeprefix(_GROUP)] = value.strip()
    return found
