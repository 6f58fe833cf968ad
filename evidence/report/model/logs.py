"""The part of a report that is about logs."""

from typing import Annotated

from pydantic import Field

from .exhibit import Picture, Row
from .incident import Incident
from .sheet import Count, Sha256, Sheet

__all__ = ["Baseline", "Bin", "Logs", "Rejection", "Source"]


class Rejection(Sheet):
    """Lines that were not understood, for one reason.

    Attributes
    ----------
    examples : list of str
        The first of them, cut short, each after its 0-based line and a colon; empty where they are withheld.
    """

    code: str
    count: Count
    examples: list[str]


class Source(Sheet):
    """One log that was given.

    Attributes
    ----------
    sha256, sha512 : str | None
        Of its bytes as they lie there, read for the report; None where that was not possible.
    """

    name: str
    size: Count | None
    sha256: Sha256 | None
    sha512: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")] | None
    format: str
    confidence: float
    lines: Count
    records: Count
    untimed: Count
    rejected: list[Rejection]
    repairs: dict[str, Count]
    encodings: dict[str, Count]
    failed: str | None
    failure: str | None
    first: str | None
    last: str | None


class Baseline(Sheet):
    """Counts of what the site calls normal.

    Attributes
    ----------
    reference : int | None
        Held-out windows that p is measured against; None when the batch was its own measure, and there is no p.
    """

    name: str | None
    artifact: str
    sha256: Sha256
    reference: Count | None
    smallest_p: float | None


class Bin(Sheet):
    """Records of the incidents within a stretch of time."""

    start: str
    records: Count


class Logs(Sheet):
    """What was read, how it was ranked, and what came of it."""

    total: Count
    records: Count
    lines: Count
    rejected: Count
    windows: Count
    budget: str
    baseline: Baseline
    spilled: Count
    nothing_new: Count | None
    suppressed: Count | None
    rules: Count | None
    pseudonyms: bool
    sources: list[Source]
    sources_left_out: Count
    incidents: list[Incident]
    rows: list[Row]
    pictures: list[Picture]
