"""Zeek logs with tabs between the fields: a header says what they are, and may change on the way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from ...records import extras, templates, times
from ..blocks import Block, blocks
from ..contract import Intake, sample_lines
from ..layout import unique
from .zeeknames import named

_MOST_LAYOUTS: Final = 64
_ESCAPED: Final = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_FEW: Final = 200_000


@dataclass(slots=True)
class _Header:
    """What the lines after it look like."""

    separator: str = "\t"
    unset: str = "-"
    empty: str = "(empty)"
    path: str = ""
    fields: tuple[str, ...] = ()

    def key(self) -> tuple[str, ...]:
        return (self.separator, self.unset, self.empty, self.path, *self.fields)


@dataclass(slots=True)
class _State:
    header: _Header = field(default_factory=_Header)
    layouts: dict[tuple[str, ...], int] = field(default_factory=dict)
    headers: list[_Header] = field(default_factory=list)


class Zeek:
    """Reader of Zeek's own tab-separated logs; those in JSON are read as JSON lines."""

    name = "zeek"
    title = "Zeek log with tabs (#fields, #types)"

    def sniff(self, head: bytes) -> float:
        lines = sample_lines(head, 12)
        marks = [line.split(b"\t")[0].split(b" ")[0] for line in lines if line.startswith(b"#")]
        if b"#fields" not in marks:
            return 0.0
        return 1.0 if b"#separator" in marks or b"#path" in marks or b"#types" in marks else 0.6

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        state = _State()
        for block in blocks(intake.stream, intake.ledger, intake.limits):
            frames = [
                frame
                for number, lines in _by_layout(block, state, intake)
                if (frame := _rows(lines, state.headers[number], intake)).height
            ]
            if frames:
                yield frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal").sort("line")


def _by_layout(block: Block, state: _State, intake: Intake) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows of a block, those under the same header together; headers are read on the way."""
    text = block.data.decode("utf-8", "replace")
    lines = pl.DataFrame({"text": pl.Series(text[:-1].split("\n"), dtype=pl.String)}).with_row_index(
        "line", block.first
    )
    marks = lines.filter(pl.col("text").str.starts_with("#"))
    lines = lines.filter(~pl.col("text").str.starts_with("#"), pl.col("text").str.contains(r"\S"))
    starts, layouts = [block.first], [_layout(state, intake)]
    for number, mark in marks.iter_rows():
        if _learn(mark, state.header, intake):
            starts.append(number)
            layouts.append(_layout(state, intake))
    runs = pl.DataFrame({"start": starts, "layout": layouts}, schema={"start": pl.UInt32, "layout": pl.Int32})
    lines = lines.join_asof(runs, left_on="line", right_on="start", strategy="backward")
    for (layout,), part in lines.partition_by("layout", as_dict=True, maintain_order=True).items():
        if isinstance(layout, int) and layout >= 0:
            yield layout, part
            continue
        for line, row in part.head(intake.limits.examples).select("line", "text").iter_rows():
            intake.ledger.reject("not-this-format", line, row)
        if part.height > intake.limits.examples:
            intake.ledger.reject(
                "not-this-format", int(part["line"][-1]), "", part.height - intake.limits.examples
            )


def _layout(state: _State, intake: Intake) -> int:
    """Number of the layout at hand; -1 when no row can be read by it."""
    header = state.header
    if not header.fields or len(header.fields) > intake.limits.columns:
        return -1
    key = header.key()
    if key not in state.layouts:
        if len(state.headers) >= _MOST_LAYOUTS:
            return -1
        state.layouts[key] = len(state.headers)
        state.headers.append(
            _Header(header.separator, header.unset, header.empty, header.path, header.fields)
        )
    return state.layouts[key]


def _learn(mark: str, header: _Header, intake: Intake) -> bool:
    """Take up one header line; whether the rows after it look different."""
    if mark.startswith("#separator"):
        said = mark[len("#separator") :].strip(" ")
        code = re.fullmatch(r"\\x([0-9A-Fa-f]{2})", said)
        header.separator = (chr(int(code[1], 16)) if code else said[:1]) or "\t"
        return True
    name, _, rest = mark.partition(header.separator)
    match name:
        case "#fields":
            header.fields = tuple(rest.split(header.separator))
        case "#path":
            header.path = rest[: intake.limits.name_chars]
        case "#unset_field":
            header.unset = rest
        case "#empty_field":
            header.empty = rest
        case _:
            return False
    return True


def _rows(lines: pl.DataFrame, header: _Header, intake: Intake) -> pl.DataFrame:
    ledger, limits = intake.ledger, intake.limits
    width = len(header.fields)
    cells = lines["text"].str.count_matches(header.separator, literal=True)
    good = cells == width - 1
    bad = lines.filter(~good)
    for line, text in bad.head(limits.examples).select("line", "text").iter_rows():
        ledger.reject("wrong-column-count", line, text)
    if bad.height > limits.examples:
        ledger.reject("wrong-column-count", int(bad["line"][-1]), "", bad.height - limits.examples)
    lines = lines.filter(good)
    if lines.is_empty():
        return lines
    split = lines["text"].str.split_exact(header.separator, width - 1).struct.unnest()
    known = named(header.path)
    best: dict[str, tuple[int, str]] = {}
    filled: dict[str, pl.Series] = {}
    for name, series in zip(unique(header.fields), split, strict=True):
        series = series.set(series.is_in([header.unset, header.empty, ""]), None)
        if series.null_count() == len(series):
            continue
        filled[name] = _unescaped(series).str.slice(0, limits.value_chars)
        place = known.get(name.lower())
        if place is not None and (place[0] not in best or place[1] < best[place[0]][0]):
            best[place[0]] = (place[1], name)
    columns = {column: filled.pop(name) for column, (_, name) in best.items()}
    others = {name[: limits.name_chars]: series for name, series in list(filled.items())[: limits.extras]}
    if "time" in columns:
        stamps = columns["time"]
        columns["time"] = times.parse(stamps)
        ledger.stamped(stamps, columns["time"])
    if header.path == "http":
        columns |= {
            to: columns[of] for to, of in (("method", "action"), ("status", "outcome")) if of in columns
        }
    if "outcome" in columns and "action" not in columns:
        columns["action"] = pl.Series([header.path or None], dtype=pl.String).new_from_index(0, lines.height)
    if "message" in columns:
        columns["template"] = templates.signatures(columns["message"])
    names, values = extras.pack(others, lines.height)
    frame = pl.DataFrame([lines["line"], *(series.alias(name) for name, series in columns.items())])
    return frame.with_columns(
        pl.lit(header.path or None, dtype=pl.String).alias("channel"),
        pl.lit("zeek").alias("raw_kind"),
        names,
        values,
    )


def _unescaped(series: pl.Series) -> pl.Series:
    r"""Text with its ``\xNN`` back as the UTF-8 they stand for."""
    coded = series.str.contains(r"\x", literal=True).fill_null(False)
    if not coded.any():
        return series
    distinct = series.filter(coded).unique().head(_FEW).to_list()
    return series.replace({text: _ESCAPED.sub(_bytes, text) for text in distinct})


def _bytes(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("\\x", "")).decode("utf-8", "replace")
