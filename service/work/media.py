"""What is done for an analysis, step by step. Each step can be done again, by another worker, after any crash."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, update

from ...evidence.custody import Event
from ...intake.mediatype import sniff
from ..database.tables import job_exhibit
from ..limits import DEFAULT
from ..operation import tallies
from ..room import Room
from .job import Job, JobExhibit
from .jobs import Jobs
from .lane import Lane
from .refusals import JobOver
from .results import Kept, Results, artifacts_of, manifest_of
from .telling import Teller

__all__ = ["Analyses"]

Page = Mapping[str, Any]
_HEAD_BYTES = 4096


class Analyses:
    """The steps of analyses.

    Parameters
    ----------
    room
        Evidence and tables.
    jobs, results
        Of the room.
    pictures, videos
        Lanes for either kind, so that no picture waits behind a video.
    seconds
        Longest that one exhibit may take.
    """

    def __init__(
        self, room: Room, jobs: Jobs, results: Results, pictures: Lane, videos: Lane, seconds: float
    ) -> None:
        self._room, self._jobs, self._results = room, jobs, results
        self._pictures, self._videos, self._seconds = pictures, videos, seconds

    def plan(self, job: Job) -> list[dict[str, Any]]:
        """Which exhibits are looked at together: videos alone, pictures some at a time."""
        steps: list[dict[str, Any]] = []
        for each in self._jobs.exhibits(job.id):
            head = b"".join(self._room.store.chunks(each.sha256, 0, _HEAD_BYTES))
            kind = sniff(head)
            if kind is not None and kind.kind == "video":
                steps.append({"video": True, "places": [each.place]})
            elif steps and not steps[-1]["video"] and len(steps[-1]["places"]) < DEFAULT.look_exhibits:
                steps[-1]["places"].append(each.place)
            else:
                steps.append({"video": False, "places": [each.place]})
        return steps

    def glance(self, job: Job, step: Page) -> Page:
        """Look through a video; what was seen is kept, so that no later step has to."""
        (exhibit,) = self._at(job, step["places"])
        with self._videos.folder() as folder, self._room.store.local(exhibit.sha256) as path:
            task = {**_looking(job), "do": "glance", "path": str(path), "folder": str(folder)}
            made = self._do(self._videos, job, task, 1)
            return {
                "reel": None if made["reel"] is None else self._results.keep(folder / made["reel"]).sha256
            }

    def look(self, job: Job, step: Page, reel: str | None, before: Sequence[Page]) -> Page:
        """Look at some exhibits; their verdicts are kept until the job ends."""
        lane = self._videos if step["video"] else self._pictures
        exhibits = self._at(job, step["places"])
        names = {each.place: each for each in self._jobs.exhibits(job.id)} if before else {}
        with ExitStack() as held:
            folder = held.enter_context(lane.folder())
            seen = None if reel is None else str(held.enter_context(self._results.store.local(reel)))
            task = {
                **_looking(job),
                "do": "assay",
                "exhibits": [
                    {
                        "place": each.place,
                        "path": str(held.enter_context(self._room.store.local(each.sha256))),
                        "name": each.name,
                        "sha256": each.sha256,
                        "reel": seen,
                    }
                    for each in exhibits
                ],
                "before": [
                    [names[each["place"]].name, names[each["place"]].sha256, each["phash"], each["dhash"]]
                    for each in before
                ],
                "folder": str(folder),
            }
            told = Teller(self._jobs, job.id, done=len(before))
            made = self._do(lane, job, task, len(exhibits), told)
            kept = [
                {**each, "file": self._results.keep(folder / each["file"]).sha256}
                for each in made["exhibits"]
            ]
            return {"looked": kept}

    def report(self, job: Job, looked: Sequence[Page]) -> Page:
        """Write verdicts and report; both are kept until the job ends."""
        exhibits = self._jobs.exhibits(job.id)
        self._jobs.tell(job.id, "report", len(looked))
        with ExitStack() as held:
            folder = held.enter_context(self._pictures.folder())
            given = []
            for exhibit, each in zip(exhibits, looked, strict=True):
                path = held.enter_context(self._room.store.local(exhibit.sha256))
                file = folder / f"{exhibit.place:05d}.verdict"
                file.symlink_to(Path(held.enter_context(self._results.store.local(each["file"]))).absolute())
                given.append({"path": str(path), "file": file.name})
            task = {
                **_looking(job),
                "do": "report",
                "exhibits": given,
                "report": job.request["report"],
                "lang": job.request["lang"],
                "redact": job.request["redact"],
                "folder": str(folder),
            }
            made = self._do(self._pictures, job, task, len(given))
            files = [Kept("verdicts.jsonl", self._results.keep(folder / "verdicts.jsonl"))]
            if job.request["report"]:
                files += self._results.keep_all(folder / "report", "report/")
            return {
                "spans": made["spans"],
                "troubles": made["troubles"],
                "files": [[each.name, each.blob.sha256, each.blob.size] for each in files],
            }

    def end(self, job: Job, looked: Sequence[Page], made: Page) -> bool:
        """End the job with what it made: all of it, or nothing; once, or not at all."""
        outcomes: dict[str, int] = {}
        for each in looked:
            outcomes[each["outcome"]] = outcomes.get(each["outcome"], 0) + 1
        answer = {
            "outcomes": outcomes,
            "artifacts": list(artifacts_of(looked)),
            "troubles": made["troubles"],
            "seconds": round(sum(each["seconds"] for each in looked), 3),
        }
        exhibits = self._jobs.exhibits(job.id)
        with self._room.database.writing() as connection:
            self._room.ledger.hold(connection)
            if not self._jobs.finish(connection, job.id, answer):
                return False
            self._results.name(connection, job.id, manifest_of(made["files"]))
            rows = [
                {
                    **_told(each),
                    "new_begins": begins,
                    "new_length": length,
                    "job": job.id,
                    "at": each["place"],
                }
                for each, (begins, length) in zip(looked, made["spans"], strict=True)
            ]
            here = (job_exhibit.c.job_id == bindparam("job"), job_exhibit.c.place == bindparam("at"))
            values: dict[str, Any] = {
                name.removeprefix("new_"): bindparam(name) for name in rows[0] if name.startswith("new_")
            }
            connection.execute(update(job_exhibit).where(*here).values(values), rows)
            events = (_assayed(job, exhibit, each) for exhibit, each in zip(exhibits, looked, strict=True))
            self._room.ledger.enter(connection, *events)
            tallies.count(connection, "assay_score", _scores(looked))
        return True

    def clear(self, looked: Sequence[Page], reels: Sequence[str]) -> None:
        """Take away what was kept between the steps."""
        self._results.drop([*(each["file"] for each in looked), *reels])

    def _at(self, job: Job, places: Sequence[int]) -> list[JobExhibit]:
        found = self._jobs.exhibits(job.id, after=places[0] - 1, rows=len(places))
        if [each.place for each in found] != list(places):
            raise JobOver
        return found

    def _do(
        self, lane: Lane, job: Job, task: Page, exhibits: int, told: Callable[[str, int], None] | None = None
    ) -> Page:
        return lane.do(
            task,
            seconds=self._seconds * exhibits,
            stop=lambda: self._jobs.over(job.id),
            told=Teller(self._jobs, job.id) if told is None else told,
        )


def _looking(job: Job) -> dict[str, Any]:
    # What is kept on the way bears the name of its job: the same content in two jobs must not be the same file, since
    # the first that ends takes its own away.
    return {"profile": job.request["profile"], "pictures": job.request["pictures"], "of": job.id}


def _told(looked: Page) -> dict[str, Any]:
    names = ("kind", "outcome", "proposition", "score", "log10_lr", "support", "reason")
    return {f"new_{name}": looked[name] for name in names}


def _scores(looked: Sequence[Page]) -> Iterator[tuple[str, float]]:
    for each in looked:
        if each["score"] is not None:
            for artifact in each["artifacts"]:
                yield artifact.partition(" ")[0], each["score"]


def _assayed(job: Job, exhibit: JobExhibit, looked: Page) -> Event:
    details: dict[str, Any] = {
        "case": job.case,
        "job": job.id,
        "name": exhibit.name,
        "outcome": looked["outcome"],
        "reasons": looked["reasons"],
    }
    if looked["log10_lr"] is not None:
        details |= {"log10_lr": f"{looked['log10_lr']:.4f}", "proposition": looked["proposition"]}
    return Event("assayed", exhibit.sha256, tuple(looked["artifacts"]), details, job.created_by)
