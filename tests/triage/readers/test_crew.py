"""Several processes read what one reads."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.triage.contract import incident_json
from assay.triage.limits import LogLimits
from assay.triage.readers import crew, open_sources, plan
from assay.triage.readers.segments import segments
from assay.triage.readers.worker import work
from assay.triage.session import triage
from assay.triage.sigma import Rules
from assay.triage.sigma.tagger import RuleTagger
from assay.triage.values import SourceReport

LIMITS = LogLimits(line_bytes=2000, block_bytes=8000, head_bytes=4000)


@pytest.fixture(autouse=True)
def small_files_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "WORTH", 0)
    monkeypatch.setattr(crew, "HELPS", False)  # else this process would be done before the others have started


def read(path: Path, readers: int) -> tuple[pl.DataFrame, SourceReport]:
    reading = open_sources([path], limits=LIMITS, readers=readers)
    frames = [batch.frame for batch in reading.batches()]
    return pl.concat(frames), reading.report[0]


def events(count: int) -> list[str]:
    made: list[dict[str, Any]] = [
        {
            "EventID": 1 + n % 3,
            "Channel": "Security",
            "Hostname": f"h{n % 4}",
            "EventTime": f"2024-05-01 10:{n % 60:02d}:00",
            "SubjectUserName": f"u{n % 7}",
            **({"Extra": n} if n % 5 else {"Other": "é" * (n % 9)}),
        }
        for n in range(count)
    ]
    return [json.dumps(event, ensure_ascii=False) for event in made]


def test_json_lines_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    lines = events(700)
    lines[300], lines[500], lines[501] = "{broken", "", '{"a": 1}'
    path.write_text("\n".join(lines))
    one, two = read(path, 1), read(path, 2)
    assert one[0].equals(two[0])
    assert one[1] == two[1]
    assert one[1].records == 698
    assert one[1].rejected[0].examples[0][0] == 300


def test_the_process_that_asks_does_its_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_text("\n".join(events(700)) + "\n")
    monkeypatch.setattr(crew, "HELPS", True)
    done: list[dict[str, Any]] = []

    def seen(job: dict[str, Any], taggers: Any) -> dict[str, Any]:
        done.append(job)
        return work(job, taggers)

    monkeypatch.setattr(crew, "work", seen)
    one, two = read(path, 1), read(path, 2)
    assert one[0].equals(two[0])
    assert one[1] == two[1]
    assert done


def test_a_line_without_end_is_left_to_the_one_process(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    lines = events(400)
    lines[200] = '{"a": "' + "x" * 50_000
    path.write_text("\n".join(lines) + "\n")
    size = path.stat().st_size
    with path.open("rb") as file:
        cut = list(segments(file, size, LIMITS))
    assert 0 < cut[-1].stop < size, "the cutting ends before the long line"
    assert [a.stop for a in cut[:-1]] == [b.start for b in cut[1:]]
    one, two = read(path, 1), read(path, 2)
    assert one[0].equals(two[0])
    assert [(r.code, r.count) for r in two[1].rejected] == [("line-too-long", 1)]
    assert one[1].rejected == two[1].rejected


def test_csv_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"2024-05-01 10:00:{n % 60:02d},h{n % 3},10.0.0.{n % 9},{n}" for n in range(2000)]
    rows[700], rows[1500] = "a,b", '2024-05-01 10:00:00,"h,1",10.0.0.1,5'
    path.write_text("time,host,src_ip,number\n" + "\n".join(rows) + "\n")
    one, two = read(path, 1), read(path, 3)
    assert one[0].equals(two[0])
    assert one[1] == two[1]
    assert one[1].records == 1999


def test_the_death_of_a_process_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_text("\n".join(events(700)) + "\n")
    one = read(path, 1)
    take, taken = crew._Member.take, []

    def dying(member: crew._Member) -> dict[str, Any]:
        taken.append(member)
        if len(taken) == 4:
            member.process.kill()
            raise crew.CrewLost
        return take(member)

    monkeypatch.setattr(crew._Member, "take", dying)
    two = read(path, 2)
    assert len(taken) >= 4
    assert one[0].drop("extra_names", "extra_values").equals(two[0].drop("extra_names", "extra_values"))
    assert one[1] == two[1]


@pytest.mark.parametrize("timed", [True, False])
def test_incidents_do_not_depend_on_the_number_of_processes(tmp_path: Path, timed: bool) -> None:
    path = tmp_path / "a.json"
    lines = events(900) if timed else [line.replace("EventTime", "Remark") for line in events(900)]
    lines[600] = lines[600].replace("Security", "System").replace("h", "x")
    path.write_text("\n".join(lines) + "\n")
    found = []
    for workers in (1, 3):
        with triage([path], workers=workers, taggers=(RuleTagger(Rules.open(rules(tmp_path))),)) as answer:
            tags = answer.ranking.tags
            found.append(
                [
                    [incident_json(incident) for incident in answer.incidents],
                    list(answer.events()),
                    list(answer.windows()),
                    answer.report.sources,
                    tags.groups().rows(),
                    tags.rows(range(900)).rows(),
                ]
            )
    assert found[0] == found[1]
    assert len(found[0][5]) > 100


def rules(folder: Path) -> Path:
    path = folder / "rule.yml"
    path.write_text(
        "title: A user\nid: 6ba7b810-9dad-11d1-80b4-00c04fd430c8\nlevel: high\nlogsource: {product: windows}\n"
        "detection: {selection: {SubjectUserName: u3}, condition: selection}\n"
    )
    return path


def everything(paths: list[Path], readers: int) -> tuple[pl.DataFrame, list[SourceReport]]:
    reading = open_sources(paths, limits=LIMITS, readers=readers)
    frames = [batch.frame for batch in reading.batches()]
    assert [report.source for report in reading.report] == reading.sources
    return pl.concat(frames), reading.report


def syslog(months: list[str], each: int = 500) -> str:
    return "".join(
        f"{month} {1 + n * 27 // each:2d} 10:00:{n % 60:02d} h{n % 3} sshd[{n}]: Accepted password for u{n % 5} "
        f"from 10.0.0.{n % 9} port 22 ssh2\n"
        for month in months
        for n in range(each)
    )


@pytest.mark.parametrize(
    ("months", "years"),
    [
        (["Nov", "Dec", "Jan", "Jun"], 2),
        (["Dec", "Jan", "Jun"] * 3, 4),
        (["Dec", "Jan"] * 2, 2),  # and back again: lines out of order
        (["Mar"] * 3, 1),
    ],
)
def test_years_go_on_from_part_to_part(tmp_path: Path, months: list[str], years: int) -> None:
    path = tmp_path / "messages"
    path.write_text("no stamp here\n" + syslog(months))
    one, two = read(path, 1), read(path, 2)
    assert one[0].equals(two[0])
    assert one[1] == two[1]
    assert one[0]["time"].drop_nulls().dt.year().n_unique() == years


def test_files_of_all_kinds_are_the_same(tmp_path: Path) -> None:
    contents = {
        "a.json": "\n".join(events(60)),
        "b.log": syslog(["Feb"], 40),
        "c.json": json.dumps([json.loads(line) for line in events(50)]),
        "d.bin": "\0" * 2000,
        "e.log": syslog(["Nov", "Dec", "Jan"]),
        "f.json": "",
        "g.log": '10.0.0.1 - - [01/May/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 5\n' * 600,
        "h.log": "2024-05-01 10:00:00 it works, as far as one can see\n" * 600,
        "i.log": 'type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=2 uid=500 comm="cat"\n' * 30,
        "j.csv": "time,host,src_ip\n" + "2024-05-01 10:00:00,h,10.0.0.1\n" * 30,
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "README.md").write_text("# What is here\n" * 400)
    (tmp_path / "README.json").write_text("\n".join(events(20)))
    (tmp_path / "k.json.gz").write_bytes(gzip.compress("\n".join(events(300)).encode()))
    (tmp_path / "l.gz").write_bytes(gzip.compress("\n".join(events(300)).encode())[:-40])
    one, two = everything([tmp_path], 1), everything([tmp_path], 3)
    assert one[0].equals(two[0])
    assert one[1] == two[1]
    assert [report.failed for report in one[1] if report.failed] == ["unknown-format", "empty", "damaged-compression"]
    assert [r.code for report in one[1] for r in report.rejected] == ["a-document", "not-json"]


def test_the_death_of_a_process_loses_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        (tmp_path / f"{number:02d}.json").write_text("\n".join(events(10 + number)))
    one = everything([tmp_path], 1)
    take, taken = crew._Member.take, []

    def dying(member: crew._Member) -> dict[str, Any]:
        taken.append(member)
        if len(taken) == 3:
            member.process.kill()
            raise crew.CrewLost
        return take(member)

    monkeypatch.setattr(crew._Member, "take", dying)
    two = everything([tmp_path], 2)
    assert len(taken) == 3
    assert one[0].equals(two[0])
    assert one[1] == two[1]


def test_little_is_read_by_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "WORTH", 3000)
    started: list[crew._Member] = []
    close = crew._Member.close

    def closing(member: crew._Member) -> None:
        started.append(member)
        close(member)

    monkeypatch.setattr(crew._Member, "close", closing)
    path = tmp_path / "a.json"
    path.write_text("\n".join(events(10)))
    assert read(path, 2)[1].records == 10
    assert not started
    path.write_text("\n".join(events(100)))
    assert read(path, 2)[1].records == 100
    assert len(started) == 2
