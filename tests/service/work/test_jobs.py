"""The table of jobs: what a state may become, and that a job ends once."""

import threading
from collections.abc import Callable

import pytest

from assay.service.refusals import NotHere
from assay.service.room import Room
from assay.service.work.bench import Bench
from assay.service.work.job import Job

Put = Callable[..., str]


@pytest.fixture
def job(bench: Bench, case: str, put: Put, analysis_request: dict[str, object]) -> Job:
    return bench.jobs.add(
        case, "analysis", analysis_request, [put(b"one", "1.jpg"), put(b"two", "2.jpg")], by="me"
    )


def test_a_job_waits_is_begun_and_tells(bench: Bench, job: Job) -> None:
    assert (job.state, job.total, job.runs) == ("queued", 2, 0)
    assert [(each.place, each.name) for each in bench.jobs.exhibits(job.id)] == [(1, "1.jpg"), (2, "2.jpg")]
    begun = bench.jobs.begin(job.id)
    assert begun is not None and (begun.state, begun.runs) == ("running", 1)
    bench.jobs.tell(job.id, "assayed", 1)
    told = bench.jobs.find(job.id)
    assert (told.stage, told.done) == ("assayed", 1) and told.change > begun.change > job.change


def test_a_job_ends_once_whoever_tries(bench: Bench, room: Room, job: Job) -> None:
    bench.jobs.begin(job.id)
    won: list[str] = []

    def finish() -> None:
        with room.database.writing() as connection:
            room.ledger.hold(connection)
            if bench.jobs.finish(connection, job.id, {"by": threading.current_thread().name}):
                won.append("done")

    tries = [finish, lambda: won.extend(["failed"] * bench.jobs.fail(job.id, "x", "y"))]
    tries.append(lambda: won.extend(["cancelled"] * bench.jobs.cancel(job.id, by="me")))
    threads = [threading.Thread(target=each) for each in tries * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(won) == 1 and bench.jobs.find(job.id).state == won[0]
    assert bench.jobs.begin(job.id) is None and bench.jobs.over(job.id)
    bench.jobs.tell(job.id, "late", 9)
    assert bench.jobs.find(job.id).stage != "late"


def test_a_job_is_given_to_the_queue_under_one_number(bench: Bench, job: Job) -> None:
    assert bench.jobs.unsent(10) == [job.id]
    assert bench.jobs.sent(job.id, 1) and not bench.jobs.sent(job.id, 1)
    assert bench.jobs.unsent(10) == [] and bench.jobs.open(rows=10) == [(job.id, 1)]
    bench.jobs.cancel(job.id, by="me")
    assert not bench.jobs.sent(job.id, 2) and bench.jobs.open(rows=10) == []


def test_what_the_case_does_not_hold_is_refused(
    bench: Bench, room: Room, case: str, put: Put, analysis_request: dict[str, object]
) -> None:
    other = room.cases.make("other").id
    foreign = put(b"foreign", within=other)
    for wanted in ([foreign], ["0" * 64]):
        with pytest.raises(NotHere):
            bench.jobs.add(case, "analysis", analysis_request, wanted, by="me")
    with pytest.raises(NotHere, match="no exhibit"):
        bench.jobs.add(case, "analysis", analysis_request, None, by="me")
    assert bench.jobs.page(None, ["analysis"], rows=10) == []
    assert bench.jobs.add(other, "analysis", analysis_request, None, by="me").total == 1


def test_lists_go_on_where_they_stopped(
    bench: Bench, case: str, put: Put, analysis_request: dict[str, object]
) -> None:
    shas = [put(bytes([number])) for number in range(3)]
    made = [bench.jobs.add(case, "analysis", analysis_request, [shas[n % 3]], by="me").id for n in range(7)]
    seen: list[str] = []
    before = None
    while page := bench.jobs.page([case], ["analysis"], before=before, rows=3):
        seen += [each.id for each in page]
        before = (page[-1].created, page[-1].id)
    assert seen == made[::-1]
    assert len(bench.jobs.page([case], ["analysis"], rows=9, sha256=shas[0])) == 3
    assert (
        bench.jobs.page([case], ["triage"], rows=9) == [] == bench.jobs.page(["none"], ["analysis"], rows=9)
    )
    bench.jobs.cancel(made[0], by="me")
    assert [each.id for each in bench.jobs.page(None, ["analysis"], rows=9, state="cancelled")] == made[:1]


def test_deleting_an_exhibit_takes_what_was_made_of_it(bench: Bench, room: Room, case: str, job: Job) -> None:
    blob = bench.results.store.put(b"verdicts")
    bench.jobs.begin(job.id)
    with room.database.writing() as connection:
        from assay.service.work.results import Kept

        bench.results.name(connection, job.id, [Kept("verdicts.jsonl", blob)])
        assert bench.jobs.finish(connection, job.id, {"outcomes": {}})
    (first, _) = bench.jobs.exhibits(job.id)
    room.exhibits.release(first.sha256, [case], by="me", reason="asked for")
    bench.results.tidy()
    left = bench.jobs.find(job.id)
    assert (left.state, left.answer, bench.results.names(job.id)) == ("deleted", None, [])
    assert bench.results.store.size(blob.sha256) is None


def test_a_case_goes_with_its_jobs(bench: Bench, room: Room, case: str, job: Job) -> None:
    room.exhibits.release_case(case, by="me", reason="")
    room.cases.close(case, by="me")
    with pytest.raises(NotHere):
        bench.jobs.find(job.id)


def test_what_a_cut_job_kept_is_swept_when_none_is_open(bench: Bench, job: Job) -> None:
    blob = bench.results.store.put(b"half done")
    assert bench.results.sweep() == 0 and bench.results.store.size(blob.sha256) == 9
    bench.jobs.cancel(job.id, by="me")
    assert bench.results.sweep() == 1 and bench.results.store.size(blob.sha256) is None
