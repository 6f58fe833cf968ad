"""How much of a long report stands where; named, so that ``docs/reports.md`` can say it and a test can hold it."""

from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT", "ReportLimits"]


@dataclass(frozen=True, slots=True)
class ReportLimits:
    """Sizes of a report.

    Attributes
    ----------
    whole
        Most exhibits or incidents that stand in full in the report itself; of more, it shows the first to look at,
        and the rest is in parts.
    part
        Exhibits or incidents of one part.
    first
        Rows of the table of what to look at first.
    index
        Rows of one page of the index.
    pictured
        Exhibits of one report that pictures are drawn of.
    text_chars
        Longest text from outside that is shown; longer ones end in an ellipsis, and JSON has the whole.
    cell_chars
        The same in a cell of a table.
    table_rows
        Rows of a table below a picture, of metadata and the like.
    shown_records
        Records shown of an incident.
    listed_sources
        Log sources that are listed one by one; failed and rejected ones come first.
    picture_side
        Longer side of a picture, in pixels.
    pdf_seconds
        Wall time that setting one PDF may take.
    """

    whole: int = 20
    part: int = 25
    first: int = 50
    index: int = 500
    pictured: int = 200
    text_chars: int = 1200
    cell_chars: int = 240
    table_rows: int = 40
    shown_records: int = 6
    listed_sources: int = 200
    picture_side: int = 960
    pdf_seconds: int = 600


DEFAULT: Final = ReportLimits()
