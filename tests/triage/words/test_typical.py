"""What is usual: text from the records at hand, counts from the artifact."""

import json
from pathlib import Path

import pytest

from assay.triage.baseline import fit
from assay.triage.session import triage


def logons(path: Path, rows: list[tuple[str, str]]) -> Path:
    base = 1_700_000_000
    lines = [
        {
            "timestamp": base + 60 * n,
            "host": "srv",
            "event_id": "4624",
            "channel": "Security",
            "user": user,
            "source_ip": address,
        }
        for n, (user, address) in enumerate(rows)
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    return path


USUAL = [(f"u{n % 7}", f"10.0.0.{n % 7}") for n in range(700)]


def reason_of(answer, user: str):
    for incident in answer.incidents:
        for record in incident.records:
            for reason in record.reasons:
                if reason.field == "source_ip" and f"user {user}" in reason.context:
                    return reason
    raise AssertionError(f"no reason speaks of the address of {user}")


def test_a_batch_names_what_is_usual(tmp_path: Path) -> None:
    path = logons(tmp_path / "a.jsonl", [*USUAL, ("u3", "10.0.0.6")])
    with triage([path]) as answer:
        reason = reason_of(answer, "u3")
    assert reason.value == "10.0.0.6" and reason.detector == "new-address"
    assert reason.typical == (("10.0.0.3", 100),)
    assert "all from 10.0.0.3; this one from 10.0.0.6, seen only here" in reason.words


def test_with_a_baseline_counts_are_its_own_and_names_come_from_the_records(tmp_path: Path) -> None:
    artifact = fit([logons(tmp_path / "base.jsonl", USUAL)], "usual", held_out=0, store=tmp_path / "store")
    # The account itself was not at its usual address in these records; another was, so the address has a name.
    new = logons(tmp_path / "new.jsonl", [("u3", "10.0.0.6"), ("u5", "10.0.0.3"), ("u5", "10.0.0.5")])
    with triage([new], baseline=artifact) as answer:
        reason = reason_of(answer, "u3")
    assert reason.typical == (("10.0.0.3", 100),) and (reason.seen, reason.of) == (0, 100)
    assert reason.words.startswith(
        "user u3: 100 records, all from 10.0.0.3; this one from 10.0.0.6, never seen"
    )


def test_what_the_records_never_show_stays_unnamed(tmp_path: Path) -> None:
    artifact = fit([logons(tmp_path / "base.jsonl", USUAL)], "usual", held_out=0, store=tmp_path / "store")
    with triage([logons(tmp_path / "new.jsonl", [("u3", "10.0.0.6")])], baseline=artifact) as answer:
        reason = reason_of(answer, "u3")
    assert reason.typical == () and "10.0.0.3" not in reason.words
    assert b"10.0.0.3" not in b"".join(p.read_bytes() for p in artifact.folder.iterdir())


def test_records_before_and_after_are_of_the_same_host_and_shown_once(tmp_path: Path) -> None:
    path = logons(tmp_path / "a.jsonl", [*USUAL[:350], ("u3", "10.9.9.9"), *USUAL[350:]])
    text = path.read_text().splitlines()
    other = json.dumps(json.loads(text[351]) | {"host": "elsewhere"})
    path.write_text("\n".join([*text[:351], other, *text[351:]]) + "\n")
    with triage([path]) as answer:
        incident = next(i for i in answer.incidents if i.records[0].line == 350)
    assert all(n.line < 350 for n in incident.before) and all(n.line > 350 for n in incident.after)
    assert 1 <= len(incident.before) <= 3 and 1 <= len(incident.after) <= 3
    lines = [n.line for n in (*incident.before, *incident.after)]
    assert 351 not in lines and not set(lines) & {record.line for record in incident.records}


@pytest.mark.parametrize("every", [1, 2])
def test_a_spool_gives_every_so_many_th_frame(
    tmp_path: Path, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.triage.counting.spool import Spool
    from assay.triage.readers import open_sources

    monkeypatch.setattr("assay.triage.counting.blocks.ROWS", 5)
    with Spool(tmp_path) as spool:
        for n in range(4):
            logons(tmp_path / f"{n}.jsonl", USUAL[:5])
        for batch in open_sources([tmp_path / f"{n}.jsonl" for n in range(4)]).batches():
            spool.append(batch.frame)
        assert len(list(spool.frames(["row"], every=every))) == 4 // every


def test_a_path_of_windows_is_named_in_one_spelling(tmp_path: Path) -> None:
    spellings = ["C:\\windows\\System32\\svchost.exe", "C:\\windows\\system32\\svchost.exe"]
    processes = [spellings[n % 3 == 0] for n in range(300)] + ["C:\\odd.exe"]
    lines = [
        {"timestamp": 1_700_000_000 + n, "host": "h", "event_id": "1", "channel": "Security", "process": process}
        for n, process in enumerate(processes)
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    with triage([path]) as answer:
        told = [
            reason
            for incident in answer.incidents
            for record in incident.records
            for reason in record.reasons
            if reason.value == "C:\\odd.exe" and reason.typical
        ]
    assert told and all(reason.typical == ((spellings[0], 300),) for reason in told)
