"""What is written of one report in one language: JSON, HTML, PDF, a table of the index, and the seal over all of it."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ....triage.exports.tables import safe
from ...custody import Event
from ...events import reported
from ..blocks.block import Page
from ..html import Folder as Pictures
from ..html import rendered
from ..model import Document, Part, Row
from ..pdf import ReportUnprintable, printed
from ..shown import sound
from ..words import Words
from .folder import Folder
from .given import Given

if TYPE_CHECKING:
    from ...sealing import Sealed

__all__ = ["Issue"]

_INDEX: Final = "index.csv"


class Issue:
    """Writes the files of a report.

    Parameters
    ----------
    folder
        Of the report.
    words
        Its language.

    Attributes
    ----------
    listed, parts : lists of (str, str)
        Title and file of each page of the index, and of each page of details.
    troubles : list of str
        What could not be written, in words.
    """

    def __init__(self, folder: Folder, words: Words) -> None:
        self._folder, self._words = folder, words
        self._pictures = Pictures(folder.place)
        self._hashes: dict[str, str] = {}
        self._table: list[str] = []
        self.listed: list[tuple[str, str]] = []
        self.parts: list[tuple[str, str]] = []
        self.troubles: list[str] = []

    def report(self, document: Document, page: Page) -> None:
        """``report.json``, ``report.html`` and ``report.pdf``."""
        self._json("report.json", document)
        self._html("report.html", page)
        self._pdf("report.pdf", page)

    def part(self, held: Part, page: Page) -> None:
        """The details of some exhibits or incidents."""
        self._json(f"details/{held.number:04d}.json", held)
        name = f"details/{held.number:04d}.html"
        self._html(name, page)
        self.parts.append((page.title, name))

    def index(self, number: int, page: Page) -> None:
        """One page of the index, for screens and for print."""
        name = f"index/{number:04d}.html"
        self._html(name, page)
        self._pdf(f"index/{number:04d}.pdf", page)
        self.listed.append((page.title, name))

    def table(self, rows: Sequence[Row]) -> None:
        """Rows of ``index.csv``; no spreadsheet takes a cell of it for a formula."""
        stream = io.StringIO()
        table = csv.writer(stream, lineterminator="\r\n")
        heads = (
            "number",
            "name",
            "sha256",
            "outcome",
            "proposition",
            "log10_lr",
            "low",
            "high",
            "risk",
            "p",
            "first_seen",
            "records",
            "why",
        )
        if not self._table:
            table.writerow(heads)
        for row in rows:
            ratio = (
                (None, None, None) if row.ratio is None else (row.ratio.log10, row.ratio.low, row.ratio.high)
            )
            cells = (
                row.number,
                row.name,
                row.sha256,
                row.outcome,
                row.proposition,
                *ratio,
                row.risk,
                row.p,
                row.first_seen,
                row.records,
                row.why,
            )
            table.writerow([safe(sound(cell)) if isinstance(cell, str) else cell for cell in cells])
        self._table.append(stream.getvalue())

    def sealed(self, events: Iterable[Event], command: str, given: Given, redacted: bool) -> "Sealed":
        """Seal the folder, with what happened to the exhibits in its custody log."""
        from ...sealing import seal

        if self._table:
            self._hashes[_INDEX] = self._folder.write(_INDEX, "".join(self._table).encode())
        told = reported(self._named(), language=given.language, redacted=redacted)
        self._folder.done()
        try:
            return seal(self._folder.place, key=given.key, events=_then(events, told), reproduce=command)
        except BaseException:
            self._folder.undone()
            raise

    def _named(self) -> dict[str, str]:
        """Hashes of the main files; the manifest of the seal has those of all."""
        return {name: digest for name, digest in self._hashes.items() if "/" not in name}

    def _json(self, name: str, held: Document | Part) -> None:
        # ASCII, so that no terminal obeys what a field holds.
        text = json.dumps(held.model_dump(mode="json"), indent=1, allow_nan=False) + "\n"
        self._hashes[name] = self._folder.write(name, text.encode("ascii"))

    def _pdf(self, name: str, page: Page) -> None:
        try:
            data = printed(page, self._folder.place)
        except ReportUnprintable as error:
            # A fault of the typesetter must not cost the report.
            self.troubles.append(f"{name}: {error}")
        else:
            self._hashes[name] = self._folder.write(name, data)

    def _html(self, name: str, page: Page) -> None:
        text = rendered(page, self._pictures)
        self._hashes[name] = self._folder.write(name, text.encode("utf-8", "backslashreplace"))


def _then(events: Iterable[Event], last: Event) -> Iterator[Event]:
    yield from events
    yield last
