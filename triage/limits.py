"""Every limit of the log readers, and every reason for which a line is not read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class LogLimits:
    """Bounds that keep hostile or broken input from using more than its share.

    Attributes
    ----------
    line_bytes
        A longer line is rejected (it is skipped while streaming, never held in memory).
    block_bytes
        Text is read and normalised in blocks of about this size; memory grows with it.
    nesting
        Deepest JSON object or array that is read.
    fields
        Fields of one record that are looked at when its shape is unknown.
    extras
        Further fields of one record that are kept in `extra_names` and `extra_values`.
    parameters
        Parameters of one request that become further fields; the rest stays in its `url` alone.
    value_chars
        Longer values are cut; the cut is marked with an ellipsis.
    name_chars
        Longer field names are cut.
    columns
        Most columns of a CSV file.
    decompressed_bytes
        A compressed source that grows beyond this is read no further.
    ratio
        Largest growth by decompression once `ratio_from` bytes have come out.
    ratio_from
        Bytes of output before `ratio` is looked at, so that small repetitive logs pass.
    examples
        Rejected lines remembered per reason.
    excerpt_chars
        Characters of a remembered line.
    head_bytes
        Bytes that sniffing may look at.
    evtx_bytes
        Largest EVTX file that is unpacked into memory when it comes compressed or from a pipe.
    parquet_bytes
        Largest Parquet file that is taken into memory when it comes compressed or from a pipe, and
        largest row group of one, unpacked.
    sources
        Most files of one reading, and of one archive.
    archive_bytes
        What one archive may unpack to on disk.
    feedback_bytes
        Largest file of marks, or of incidents shown lately, that is read.
    remembered
        Incidents shown lately that can be marked by their id.
    join_lines
        Lines of one event (auditd) that lie farther apart make events of their own.
    join_records
        Most lines of one event; what is more makes another event.
    """

    line_bytes: int = 1 << 20
    block_bytes: int = 8 << 20
    nesting: int = 64
    fields: int = 256
    extras: int = 64
    parameters: int = 16
    value_chars: int = 4096
    name_chars: int = 200
    columns: int = 1024
    decompressed_bytes: int = 1 << 40
    ratio: int = 500
    ratio_from: int = 256 << 20
    examples: int = 3
    excerpt_chars: int = 120
    head_bytes: int = 256 << 10
    evtx_bytes: int = 2 << 30
    parquet_bytes: int = 2 << 30
    sources: int = 100_000
    archive_bytes: int = 64 << 30
    feedback_bytes: int = 64 << 20
    remembered: int = 2000
    threads: int = 500
    names: int = 1_000_000
    join_lines: int = 256
    join_records: int = 1_000

    def __post_init__(self) -> None:
        if self.line_bytes > self.block_bytes:
            raise ValueError("line_bytes must not exceed block_bytes: a block must hold one line")


DEFAULT: Final = LogLimits()

REASONS: Final[Mapping[str, str]] = {
    "line-too-long": "the line is longer than the limit on one line",
    "not-json": "the line is not one JSON value",
    "not-an-object": "the JSON value is not an object with named fields",
    "nested-too-deep": "the JSON is nested deeper than the limit",
    "number-too-big": "the JSON holds a number that cannot be represented",
    "wrong-column-count": "the row has more or fewer cells than the header or the first rows",
    "too-many-columns": "the row has more columns than the limit",
    "bad-quoting": "the quotes of the row do not close",
    "row-group-too-big": "the row group of the Parquet file is larger, unpacked, than the limit",
    "damaged-record": "the EVTX record or chunk is damaged",
    "a-document": "the whole file, found below a folder: by its name a document (README, LICENSE, *.md), not a log",
    "not-this-format": "the line is not of the format that the rest of the file has",
}
"""Reason code of a rejected line, and what it means."""

FAILURES: Final[Mapping[str, str]] = {
    "unreadable": "the file cannot be opened or read",
    "empty": "there is nothing in it",
    "decompression-limit": "it grows beyond the limit when unpacked; what came before is kept",
    "damaged-compression": "the compressed data is damaged; what came before is kept",
    "damaged-file": "the file is damaged; what came before is kept",
    "unknown-format": "the content is not a log that can be read",
    "too-many-sources": "the limit on the number of files is reached",
    "empty-folder": "the folder holds no file",
    "folder-too-deep": "the folder is nested too deep; what is above is read",
    "folder-too-large": "the folder holds too many files; those before the limit are read",
    "not-a-file": "a link to a folder below a folder, or a link or a device in an archive: it is not followed",
    "damaged-archive": "the archive is damaged; the files before the damage are read",
    "nested-archive": "an archive within an archive: unpack the outer one",
    "locked-archive": "the file in the archive is locked by a password",
}
"""Reason code of a source that could not be read to its end, and what it means."""

REPAIRS: Final[Mapping[str, str]] = {
    "nul-removed": "blocks from which NUL bytes were taken out",
    "not-utf8": "lines that are not UTF-8; they were read in the encoding that they show, else as Windows-1252",
    "value-cut": "values longer than the limit that were cut",
    "year-assumed": "records whose time stamp has no year; it was taken from the date of the file",
    "read-as-text": "lines that do not have the structure of their format; only their text is used",
    "zone-assumed": "records whose time stamp has no time zone; UTC was assumed",
}
"""What was mended on the way, and how."""


@dataclass(frozen=True, slots=True)
class RuleLimits:
    """Bounds on detection rules, which come from people that the user may not know.

    Attributes
    ----------
    rule_files
        Most files of rules.
    rules_bytes
        Most bytes of all of them.
    rule_file_bytes
        A larger file is refused.
    rule_nesting
        Deepest YAML.
    rule_condition_chars
        Longest condition.
    rule_condition_nesting
        Most brackets open at a time in a condition.
    rule_nodes
        Most tests of one rule once its values and its "1 of them" are written out.
    rule_value_chars
        Longest value or pattern that a field is compared with.
    rule_regex_bytes
        Memory of one compiled regular expression; larger ones are unsupported.
    """

    rule_files: int = 50_000
    rules_bytes: int = 256 << 20
    rule_file_bytes: int = 1 << 20
    rule_nesting: int = 64
    rule_condition_chars: int = 10_000
    rule_condition_nesting: int = 16
    rule_nodes: int = 50_000
    rule_value_chars: int = 4096
    rule_regex_bytes: int = 1 << 20


RULES: Final = RuleLimits()

RULE_ERRORS: Final[Mapping[str, str]] = {
    "unreadable": "the file cannot be opened or read",
    "too-large": "the file is larger than the limit",
    "too-many-rules": "the limit on all rules is reached; the rest is not read",
    "broken-yaml": "the file is no YAML, or has keys twice or merge keys",
    "nested-too-deep": "the YAML is nested deeper than the limit",
    "broken-rule": "the file is YAML but no Sigma rule",
    "condition-too-big": "the condition is longer or more nested than the limit, or means too many tests",
    "value-too-long": "a value is longer than the limit",
}
"""Code of a rule that cannot be loaded, and what it means."""

RULE_GAPS: Final[Mapping[str, str]] = {
    "logsource": "no reader gives records of this log source",
    "field": "the normalised record does not keep the field, or not as the rule needs it",
    "value": "a kind of value that cannot be tested (placeholders, parts of times, foreign queries)",
    "regex": "a regular expression that no linear-time engine has (look-around, back-references), or too big",
    "keywords": "the whole text of the record is needed, and the record does not keep it",
    "correlation": "a correlation of rules or a filter on rules, not a rule on one record",
}
"""Code of a rule that is loaded but cannot be run, and what it means."""
