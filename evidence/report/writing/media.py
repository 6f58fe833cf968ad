"""The report of ``assay detect``: verdicts in, a sealed folder out."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from ....errors import AssayError
from ...custody import Event
from ..blocks import media as pages
from ..blocks.figures import Shelf
from ..gathering.artifacts import artifact
from ..gathering.exhibits import exhibit, row
from ..gathering.files import read
from ..limits import DEFAULT
from ..model import Artifact, Document, Exhibit, Media, Part, Redaction, Row, Run
from ..pictures.times import timeline
from ..redaction import Redactor
from ..shown import sound, sounded
from ..words import words_of
from .artifacts import kept, plotted
from .folder import Folder
from .given import Given, steps, tool
from .issue import Issue
from .spool import First, Spool, exhibit_of, part_of

if TYPE_CHECKING:
    from ....detect.values import Verdict
    from ....models.artifact import Artifact as Opened
    from ....models.engine import RunRecord
    from ...sealing import Sealed

__all__ = ["ANSWERS", "MediaReport"]

ANSWERS: Final = "findings.jsonl"
"""The answers themselves: lines of ``assay detect --json`` without their seconds."""

_LIMITS = ("not_assessed", "sources", "artifact", "context", "map", "sound")


class MediaReport:
    """A report in the making; a context manager. Memory does not grow with the number of exhibits.

    Parameters
    ----------
    place
        Folder to make.
    given
        What was asked for.
    profile
        ``fast``, ``standard`` or ``full``.

    Raises
    ------
    ReportExists, ReportUnwritable
        Before any work is done.
    """

    def __init__(self, place: Path, given: Given, profile: str) -> None:
        self._folder = Folder(place)
        self._given, self._profile = given, profile
        self._stack = ExitStack()
        self._exhibits = self._stack.enter_context(Spool())
        self._events = self._stack.enter_context(Spool())
        self._answers = self._stack.enter_context(self._folder.open(ANSWERS))
        self._hash = hashlib.sha256()
        self._redactor = Redactor(given.redact)
        self._outcomes: Counter[str] = Counter()
        self._first = First(DEFAULT.first)
        self._called: dict[str, str] = {}
        self._kinds: set[str | None] = set()
        self._streamed = False
        self._used: dict[str, str] = {}
        self._begun = datetime.now(UTC)
        self._album: Any = None
        self._issue: Issue | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, verdict: "Verdict", *, file: Path | None = None) -> None:
        """Take in the next verdict: read its file once more, draw it, write its answer down.

        Parameters
        ----------
        verdict
            Of one exhibit.
        file
            Where its bytes are, when its path is only what the submitter calls it; the file's own times then mean
            nothing and are left out.
        """
        from ....detect.contract import verdict_json

        number = self._exhibits.count + 1
        line = sounded(verdict_json(verdict))
        reading = None if verdict.path == "-" and file is None else read(Path(verdict.path) if file is None else file)
        if reading is not None and file is not None:
            reading = replace(reading, modified=None)
        pictures = self._pictures(number, verdict, file)
        told = self._redactor.verdict(number, line)
        made = exhibit(number, told, line, reading, pictures)
        if pictures and verdict.overlay is not None:
            made = made.model_copy(update={"overlay": self._album.overlay(number, verdict)})
            told["overlay"] = None if made.overlay is None else made.overlay.file
        if made.timeline:
            drawn = kept(
                self._folder,
                f"pictures/{number:05d}-timeline.svg",
                "timeline",
                timeline(made.timeline, made.faces, words_of(self._given.language)),
            )
            made = made.model_copy(update={"pictures": [*made.pictures, drawn]})
        told["findings"] = [
            finding | {"picture": next((p.file for p in pictures if p.analyzer == finding["analyzer"]), None)}
            for finding in told["findings"]
        ]
        self._answer(told)
        self._exhibits.add(made.model_dump_json().encode())
        self._outcomes[made.outcome] += 1
        self._first.add(row(made, part_of(number, DEFAULT.part)))
        self._kinds.add(made.kind)
        self._streamed |= verdict.path == "-"
        self._used |= {f"{ref.name}@{ref.version}": ref.sha256 for ref in verdict.artifacts}
        if made.file.name != verdict.path and number <= DEFAULT.whole:
            self._called[verdict.path] = made.file.name
        self._remember(verdict, made.file.name)

    def _answer(self, told: Mapping[str, Any]) -> None:
        line = (
            json.dumps({key: value for key, value in told.items() if key != "seconds"}, allow_nan=False)
            + "\n"
        )
        self._hash.update(line.encode("ascii"))
        self._answers.write(line.encode("ascii"))

    def _pictures(self, number: int, verdict: "Verdict", file: Path | None) -> Any:
        from ..pictures.album import Album

        if self._album is None:
            self._album = self._stack.enter_context(Album(self._folder.place))
        return self._album.of(number, verdict, file)

    def _remember(self, verdict: "Verdict", name: str) -> None:
        from ...events import of_verdict

        for event in of_verdict(verdict, received=self._begun, name=sound(name)):
            told = {
                "what": event.what, "exhibit": event.exhibit, "artifacts": list(event.artifacts),
                "details": dict(event.details),
            }  # fmt: skip
            self._events.add(json.dumps(told).encode("ascii"))

    @property
    def troubles(self) -> list[str]:
        """What could not be written, in words; the rest of the report is there."""
        return [] if self._issue is None else self._issue.troubles

    def finish(self, run: "RunRecord", artifacts: Sequence["Opened"]) -> "Sealed":
        """Write the pages and seal the folder.

        Parameters
        ----------
        run
            What scored.
        artifacts
            Those that took part.
        """
        self._answers.close()
        words = words_of(self._given.language)
        issue = self._issue = Issue(self._folder, words)
        weighed = next((each for each in self._all() if each.ratio is not None), None)
        alone = self._exhibits.count == 1
        drawn = [
            plotted(artifact(each), each, self._folder, words, weighed, marked=alone)
            for each in self._opened(artifacts)
        ]
        document = self._document(run, drawn)
        split = self._exhibits.count > DEFAULT.whole
        detail = self._detail(document) if split else []
        if split:
            self._parts(document, issue)
        issue.report(document, pages.page(document, words, Shelf(), issue.listed, detail, issue.parts))
        return issue.sealed(self._all_events(), document.command.line, self._given, self._redactor.applied)

    def _opened(self, known: Sequence["Opened"]) -> "Iterator[Opened]":
        """Artifacts that took part: those that are open, and those that verdicts name beside them, by name and hash."""
        from ....models.registry import Registry

        if not self._used:
            return
        yield from known
        for name, sha256 in self._used.items():
            if name not in {each.card.id for each in known}:
                try:
                    yield Registry().get(name, expect=sha256)
                except AssayError:
                    # It is named with its hash all the same, in what the command needs.
                    continue

    def _document(self, run: "RunRecord", artifacts: list[Artifact]) -> Document:
        total = self._exhibits.count
        split = total > DEFAULT.whole
        exhibits = [] if split else [exhibit_of(line) for line in self._exhibits]
        rows = (
            self._first.rows() if total > DEFAULT.first else [self._row(each, split) for each in self._all()]
        )
        used = {f"{each.name}@{each.version}": each.sha256 for each in artifacts} | self._used
        needs = [f"{name} sha256:{sha256}" for name, sha256 in used.items()]
        notes = ["stream"] if self._streamed else []
        kind = "batch" if total != 1 else "video" if self._kinds == {"video"} else "image"
        return Document(
            kind=kind,  # type: ignore[arg-type]
            language=self._given.language,
            created=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            tool=tool(),
            run=Run(
                backend=run.backend,
                device=str(run.device),
                precision=run.precision,
                threads=run.threads,
                deterministic=run.deterministic,
                cpu=run.cpu,
                libraries=dict(run.libraries),
                golden_within=None if run.golden is None else run.golden.within,
            ),
            command=self._given.command(
                ANSWERS, self._hash.hexdigest(), needs, self._called, notes, place=self._folder.place
            ),
            redaction=Redaction(
                applied=self._redactor.applied,
                what=["names", "metadata", "pictures"] if self._redactor.applied else [],
                values=self._redactor.count,
            ),
            artifacts=artifacts,
            custody=steps(self._begun),
            media=Media(
                total=total,
                unpictured=0 if self._album is None else self._album.left_out,
                outcomes={name: self._outcomes[name] for name in pages.OUTCOMES if self._outcomes[name]},
                profile=self._profile,
                prior=artifacts[0].prior if artifacts else None,
                exhibits=exhibits,
                rows=rows,
            ),
            parts=[f"details/{place + 1:04d}.json" for place in range(-(-total // DEFAULT.part))]
            if split
            else [],
            limits=[name for name in _LIMITS if name != "sound" or "video" in self._kinds],
        )

    def _all(self) -> Iterator[Exhibit]:
        return (exhibit_of(line) for line in self._exhibits)

    @staticmethod
    def _row(made: Exhibit, split: bool) -> Row:
        return row(made, part_of(made.number, DEFAULT.part) if split else None)

    def _detail(self, document: Document) -> list[Exhibit]:
        """The first to look at, in full: bounded, however many there are."""
        assert document.media is not None
        wanted = {each.number: place for place, each in enumerate(self._first.rows()[: DEFAULT.whole])}
        found = [each for each in self._all() if each.number in wanted]
        return sorted(found, key=lambda each: wanted[each.number])

    def _parts(self, document: Document, issue: Issue) -> None:
        words = words_of(self._given.language)
        for number, lines in enumerate(self._exhibits.batches(DEFAULT.part), start=1):
            held = [exhibit_of(line) for line in lines]
            issue.part(Part(number=number, exhibits=held), pages.part_page(document, number, held, words))
        for number, lines in enumerate(self._exhibits.batches(DEFAULT.index), start=1):
            rows = [self._row(exhibit_of(line), True) for line in lines]
            issue.index(number, pages.index_page(document, rows, words))
            issue.table(rows)

    def _all_events(self) -> Iterator[Event]:
        for line in self._events:
            held = json.loads(line)
            yield Event(
                held["what"], exhibit=held["exhibit"], artifacts=tuple(held["artifacts"]), details=held["details"],
                when=None if held["what"] == "assayed" else self._begun,
            )  # fmt: skip
