"""Reading logs: incidents of a batch with all their records, its report, and baselines."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ....evidence.keys import SigningKey
from ....evidence.report import Given, LogReport
from ....models.artifact import Artifact
from ....triage.answer import Report
from ....triage.baseline import add, fit
from ....triage.contract import incident_json, time_json
from ....triage.feedback import Mark, Marks
from ....triage.outcome import Triage
from ....triage.session import triage
from ....triage.values import SourceReport
from . import CALLED

__all__ = ["Logs"]

Task = Mapping[str, Any]
Told = Callable[[str, int], None]

_ENGINE_THREADS: Final = 1
"""A small batch is not worth more, and a large one shares the machine with pictures."""
_LONGEST_NAME: Final = 120


class Logs:
    """Triage and baselines.

    Parameters
    ----------
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    """

    def __init__(self, device: str) -> None:
        self._device = device

    def warm(self, task: Task) -> Mapping[str, Any]:
        """Triage a line, so that everything is imported and compiled before the first real one."""
        place = Path(task["folder"]) / "warm.jsonl"
        place.write_text('{"EventID": 4624, "Channel": "Security", "Hostname": "warm"}\n' * 3)
        with triage([place], workers=_ENGINE_THREADS, device=self._device) as answer:
            for incident in answer.incidents:
                incident_json(incident)
            list(answer.detailed())
        place.unlink()
        return {}

    def triage(self, task: Task, told: Told) -> Mapping[str, Any]:
        """Rank the incidents of a batch and write them down with their records, one JSON line each."""
        folder = Path(task["folder"])
        names = Names(folder, task["sources"])
        marks = Marks(tuple(Mark.from_json(page) for page in task["marks"]))
        baseline = None if task["baseline"] is None else Path(task["baseline"])
        writer = None
        if task["report"]:
            words = ("assay", "triage", "--budget", str(task["budget"]))
            given = Given(
                words, names.shown, task["lang"], task["redact"], (), SigningKey.default()[0], CALLED
            )
            writer = LogReport(folder / "report", given)
        with triage(
            names.paths,
            format=task["format"],
            baseline=baseline,
            budget=task["budget"],
            device=self._device,
            workers=_ENGINE_THREADS,
            progress=told,
            feedback=marks,
        ) as answer:
            report = names.report(answer.report)
            incidents = [names.incident(incident_json(incident)) for incident in answer.incidents]
            spans = _incidents(folder / "incidents.jsonl", incidents, answer)
            records = _records(folder / "records.jsonl", len(incidents), answer, names)
            if writer is not None:
                writer.finish(
                    incidents, report, budget=str(task["budget"]), pseudonyms=False, held_out=answer.held_out
                )
        return {
            "incidents": spans,
            "records": records,
            "troubles": [] if writer is None else writer.troubles,
            "answer": {
                "records": report.records,
                "windows": report.windows,
                "baseline": report.baseline,
                "artifact": {"id": report.artifact, "sha256": report.sha256},
                "feedback": None if report.feedback is None else report.feedback.to_json(),
                "sources": [_source(each) for each in report.sources],
            },
        }

    def baseline(self, task: Task, told: Told) -> Mapping[str, Any]:
        """Fit a baseline."""
        folder = Path(task["folder"])
        names = Names(folder, task["sources"])
        store = _versions(folder, task)
        made = fit(
            names.paths,
            task["name"],
            format=task["format"],
            held_out=task["held_out"],
            store=store,
            progress=told,
        )
        return _made(made, store)

    def sum(self, task: Task) -> Mapping[str, Any]:
        """Add two baselines up."""
        store = _versions(Path(task["folder"]), task)
        first, second = (Artifact.open(Path(each)) for each in task["baselines"])
        return _made(add(first, second, task["name"], store=store), store)


class Names:
    """Sources under the names that their senders gave them.

    Readers go by the name of a file where its content leaves a choice, so each source is a link that is called as the
    sender called it; what is told of it afterwards bears that name alone.

    Parameters
    ----------
    folder
        Of the task; the links lie in it.
    sources
        ``path`` and ``name`` of each.
    """

    def __init__(self, folder: Path, sources: Sequence[Mapping[str, Any]]) -> None:
        self._top = f"{folder / 'in'}/"
        safe = [_safe(each["name"]) for each in sources]
        self._alone = {name for name in safe if safe.count(name) == 1}
        self.paths: list[Path] = []
        for number, (each, name) in enumerate(zip(sources, safe, strict=True), start=1):
            link = folder / "in" / str(number) / name
            link.parent.mkdir(parents=True)
            link.symlink_to(each["path"])
            self.paths.append(link)

    @property
    def shown(self) -> tuple[str, ...]:
        """All names."""
        return tuple(self.called(str(path)) for path in self.paths)

    def called(self, source: str) -> str:
        """What a source, or something within it, is called."""
        if not source.startswith(self._top):
            return source
        rest = source.removeprefix(self._top)
        name = rest.partition("/")[2]
        return name if name in self._alone or any(name.startswith(each) for each in self._alone) else rest

    def incident(self, line: dict[str, Any]) -> dict[str, Any]:
        """An incident whose records bear these names."""

        def renamed(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [{**each, "source": self.called(each["source"])} for each in records]

        around = {where: renamed(records) for where, records in line["around"].items()}
        return {**line, "records": renamed(line["records"]), "around": around}

    def report(self, report: Report) -> Report:
        """What was done, under these names."""
        return replace(
            report,
            sources=tuple(
                replace(each, source=replace(each.source, name=self.called(each.source.name)))
                for each in report.sources
            ),
        )


def _incidents(place: Path, incidents: list[dict[str, Any]], answer: Triage) -> list[list[int]]:
    """Write incidents, each beside what has to be remembered of it; where each begins, and its length."""
    with place.open("wb") as file:
        return [
            _line(file, {"incident": line, "remembered": shown.to_json()})
            for line, shown in zip(incidents, answer.shown(), strict=True)
        ]


def _records(place: Path, count: int, answer: Triage, names: Names) -> list[list[int]]:
    """Write the records of each incident one after the other; where those of each begin, their length and number.

    They come in the order of the input, so that each incident has a file of its own until all are read.
    """
    parts = place.with_suffix(".parts")
    parts.mkdir()
    held: dict[int, list[bytes]] = {}
    totals = dict.fromkeys(range(1, count + 1), 0)
    waiting = 0
    for row, record in answer.detailed(shown=True):
        rank = row["incident"]
        if rank not in totals:
            continue
        told = {
            "source": names.called(row["source"]),
            "line": row["line"],
            "time": row["time"],
            "score": row["score"],
            "reasons": row["reasons"],
            "fields": {
                name: _value(value)
                for name, value in record.items()
                if name != "source" and value is not None
            },
        }
        held.setdefault(rank, []).append(json.dumps(told, allow_nan=False).encode("ascii") + b"\n")
        totals[rank] += 1
        waiting += 1
        if waiting >= 20_000:
            _flush(parts, held)
            waiting = 0
    _flush(parts, held)
    spans = []
    with place.open("wb") as file:
        for rank, total in totals.items():
            begin, part = file.tell(), parts / str(rank)
            if part.exists():
                with part.open("rb") as lines:
                    while chunk := lines.read(1 << 20):
                        file.write(chunk)
            spans.append([begin, file.tell() - begin, total])
    return spans


def _flush(parts: Path, held: dict[int, list[bytes]]) -> None:
    for rank, lines in held.items():
        with (parts / str(rank)).open("ab") as file:
            file.writelines(lines)
    held.clear()


def _line(file: Any, page: Mapping[str, Any]) -> list[int]:
    data = json.dumps(page, allow_nan=False).encode("ascii") + b"\n"
    begin = file.tell()
    file.write(data)
    return [begin, len(data)]


def _value(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return time_json(value)
    if isinstance(value, list | tuple):
        return [_value(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): _value(each) for name, each in value.items()}
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    return str(value)


def _safe(name: str) -> str:
    """A name that is one part of a path, whatever the sender wrote."""
    kept = re.sub(r"[/\0]", "_", name).lstrip(".-")[-_LONGEST_NAME:]
    return kept or "log"


def _source(told: SourceReport) -> dict[str, Any]:
    return {
        "source": told.source.name,
        "format": told.source.format,
        "confidence": told.source.confidence,
        "lines": told.lines,
        "records": told.records,
        "rejected": {each.code: each.count for each in told.rejected},
        "untimed": told.untimed,
        "clock": told.clock.to_json(),
        "failed": told.failed,
    }


def _versions(folder: Path, task: Task) -> Path:
    """A folder in which the versions that are taken have their places, so that the next one counts on."""
    store = folder / "made"
    store.mkdir()
    for version in task["versions"]:
        (store / f"{task['name']}@{version}").mkdir()
    return store


def _made(artifact: Artifact, store: Path) -> dict[str, Any]:
    card = artifact.card
    place = store / f"{card.name}@{card.version}"
    files: Iterator[str] = (path.name for path in sorted(place.iterdir()))
    return {
        "name": card.name,
        "version": card.version,
        "sha256": artifact.sha256,
        "folder": str(place),
        "files": list(files),
        "records": sum(each.count or 0 for each in card.training_data),
    }
