"""Looking at exhibits: through each video once, at exhibits of several jobs together, and the report of one job."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ....detect.contract import verdict_json
from ....detect.likeness.twins import NAME as LIKENESS
from ....detect.likeness.twins import Twins
from ....detect.session import Detector, Submission
from ....detect.values import Outcome, Reason, Verdict
from ....detect.video.reel import Reel
from ....evidence.keys import SigningKey
from ....evidence.report import Given, MediaReport
from ....evidence.report.writing.media import ANSWERS
from ....intake.limits import DEFAULT
from . import CALLED
from .verdicts import packed, unpacked

__all__ = ["Media"]

Task = Mapping[str, Any]
_OPEN: Final = 2
"""Most detectors, one for each way of looking, that stay loaded."""

_CHANGED: Final = Reason(
    "exhibit-changed",
    "what lies in the store is not what was sent in: its hash differs; have the store verified before anything else",
)


class Media:
    """Detectors that stay loaded.

    Parameters
    ----------
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._detectors: dict[tuple[str, bool], Detector] = {}

    @staticmethod
    def alike(one: Task, other: Task) -> bool:
        """Whether two tasks can go through one network together."""
        return (one["profile"], one["pictures"]) == (other["profile"], other["pictures"])

    def warm(self, task: Task) -> Mapping[str, Any]:
        """Load what a task of this kind needs."""
        self._detector(task)
        return {}

    def glance(self, task: Task) -> Mapping[str, Any]:
        """Look through a video; its reel is written down, unless it has none."""
        reel = self._detector(task).glance(Path(task["path"]))
        if reel is None:
            return {"reel": None}
        place = Path(task["folder"]) / "reel.json"
        place.write_text(json.dumps({"of": task["of"], "reel": reel.model_dump(mode="json")}))
        return {"reel": place.name}

    def assay(self, tasks: list[Task], send: Callable[..., None]) -> Iterator[tuple[Task, Mapping[str, Any]]]:
        """Look at the exhibits of some tasks that are alike; each is answered when its last one is done."""
        verdicts = self._detector(tasks[0]).run(each for task in tasks for each in _submissions(task))
        for task in tasks:
            told = []
            for done, exhibit in enumerate(task["exhibits"], start=1):
                verdict = next(verdicts)
                if verdict.sha256 is not None and verdict.sha256 != exhibit["sha256"]:
                    verdict = Verdict(verdict.path, verdict.sha256, verdict.kind, Outcome.FAILED, (_CHANGED,))
                file = f"{exhibit['place']:05d}.verdict"
                (Path(task["folder"]) / file).write_bytes(packed(verdict, task["of"]))
                told.append({"place": exhibit["place"], "file": file, **_summary(verdict)})
                send(task=task["task"], stage="assayed", done=done)
            yield task, {"exhibits": told}

    def report(self, task: Task) -> Mapping[str, Any]:
        """Write the answers of a job as lines of JSON, and its report."""
        folder = Path(task["folder"])
        detector = self._detector(task)
        kept = [(each, unpacked((folder / each["file"]).read_bytes())) for each in task["exhibits"]]
        drawn: dict[int, dict[str, str]] = {}
        troubles: list[str] = []
        if task["report"]:
            words = ("assay", "detect", "--profile", task["profile"])
            names = tuple(verdict.path for _, verdict in kept)
            given = Given(words, names, task["lang"], task["redact"], (), SigningKey.default()[0], CALLED)
            with MediaReport(folder / "report", given, task["profile"]) as writer:
                for each, verdict in kept:
                    writer.add(verdict, file=Path(each["path"]))
                writer.finish(detector.record, [detector.artifact])
                troubles = writer.troubles
            drawn = _drawn(folder / "report" / ANSWERS)
        with (folder / "verdicts.jsonl").open("w") as lines:
            spans = []
            for number, (_, verdict) in enumerate(kept):
                begin = lines.tell()
                lines.write(json.dumps(verdict_json(verdict, drawn.get(number)), allow_nan=False) + "\n")
                spans.append([begin, lines.tell() - begin])
        return {"spans": spans, "troubles": troubles}

    def _detector(self, task: Task) -> Detector:
        key = (task["profile"], task["pictures"])
        if key not in self._detectors:
            while len(self._detectors) >= _OPEN:
                self._detectors.pop(next(iter(self._detectors))).close()
            self._detectors[key] = Detector(profile=key[0], device=self._device, pictures=key[1])
        else:
            # The one that was used last goes last.
            self._detectors[key] = self._detectors.pop(key)
        return self._detectors[key]


def _submissions(task: Task) -> Iterator[Submission]:
    twins = Twins(DEFAULT.remembered_pictures)
    for name, sha256, phash, dhash in task["before"]:
        twins.recall(name, sha256, *(None if each is None else int(each, 16) for each in (phash, dhash)))
    for each in task["exhibits"]:
        reel = None
        if each["reel"] is not None:
            reel = Reel.model_validate(json.loads(Path(each["reel"]).read_bytes())["reel"])
        yield Submission(Path(each["path"]), each["name"], twins, reel)


def _summary(verdict: Verdict) -> dict[str, Any]:
    """What lists show of a verdict, and what later looks of the same job need."""
    line = verdict_json(verdict)
    names = (
        "kind",
        "outcome",
        "proposition",
        "score",
        "log10_lr",
        "log10_lr_low",
        "log10_lr_high",
        "support",
    )
    likeness = next((each.detail for each in verdict.findings if each.analyzer == LIKENESS), {})
    return {
        **{name: line[name] for name in names},
        "reason": line["reasons"][0]["code"] if line["reasons"] else None,
        "reasons": [reason["code"] for reason in line["reasons"]],
        "artifacts": [f"{ref.name}@{ref.version} sha256:{ref.sha256}" for ref in verdict.artifacts],
        "seconds": line["seconds"],
        "phash": likeness.get("phash"),
        "dhash": likeness.get("dhash"),
    }


def _drawn(answers: Path) -> dict[int, dict[str, str]]:
    """Pictures of each exhibit of a report by their analyzers, as its answers name them."""
    with answers.open() as lines:
        return {
            number: {each["analyzer"]: each["picture"] for each in told["findings"] if each["picture"]}
            | ({"overlay": told["overlay"]} if told.get("overlay") else {})
            for number, told in enumerate(map(json.loads, lines))
        }
