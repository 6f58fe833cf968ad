"""Logs for the demo: the routine of a small office, and one day with an intruder."""

import csv
import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .intrusion import STEPS
from .windows import windows_event

__all__ = ["LogSet", "Planted", "write_logs"]

SEED = 20260302
FIRST_DAY = datetime(2026, 3, 2, tzinfo=UTC)
QUIET_DAYS = 14
NIGHT_DAY = 15
SATURDAY = 5
STAFF = {
    "WS-01": "amara",
    "WS-02": "bruno",
    "WS-03": "chloe",
    "WS-04": "dmitri",
    "WS-05": "elif",
    "WS-06": "farah",
}
ADDRESSES = {name: f"10.20.0.{11 + place}" for place, name in enumerate(STAFF)}
PROGRAMS = (
    (r"C:\Program Files\Microsoft Office\OUTLOOK.EXE", r"C:\Windows\explorer.exe", 9),
    (r"C:\Program Files\Microsoft Office\WINWORD.EXE", r"C:\Windows\explorer.exe", 7),
    (r"C:\Program Files\Microsoft Office\EXCEL.EXE", r"C:\Windows\explorer.exe", 5),
    (r"C:\Program Files\Mozilla Firefox\firefox.exe", r"C:\Windows\explorer.exe", 9),
    (r"C:\Windows\System32\svchost.exe", r"C:\Windows\System32\services.exe", 8),
    (r"C:\Windows\System32\taskhostw.exe", r"C:\Windows\System32\svchost.exe", 4),
    (r"C:\Windows\System32\conhost.exe", r"C:\Windows\System32\cmd.exe", 2),
    (r"C:\Windows\System32\cmd.exe", r"C:\Windows\explorer.exe", 1),
)
ARGUMENTS = ("", " /n plan.docx", " /n offer.docx", " /e budget.xlsx", " -k netsvcs -p", " /c ipconfig")
COMMANDS = ("/usr/bin/systemctl status nginx", "/usr/bin/journalctl -n 50", "/usr/bin/apt update")
SITES = (
    "mail.example.com",
    "intranet.example.com",
    "news.example.org",
    "docs.example.net",
    "cdn.example.net",
)
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


@dataclass(frozen=True, slots=True)
class Planted:
    """One line that the intruder caused: where it lies (lines count from 0) and what it shows."""

    path: Path
    line: int
    step: str


@dataclass(frozen=True, slots=True)
class LogSet:
    """What `write_logs` wrote."""

    quiet: Path
    night: Path
    planted: tuple[Planted, ...]
    records: int


def write_logs(folder: Path) -> LogSet:
    """Write two quiet weeks and the day of the intrusion after them, each as Windows events, auth.log and a proxy log.

    Parameters
    ----------
    folder : Path
        Gets the folders ``quiet`` (nothing planted) and ``night`` (routine and intrusion); made when missing.

    Returns
    -------
    LogSet
        The folders, every planted line, and the number of records in all. The same bytes on every machine.
    """
    chance = random.Random(SEED)
    quiet, night = folder / "quiet", folder / "night"
    routine = [entry for day in range(QUIET_DAYS) for entry in _day(chance, FIRST_DAY + timedelta(days=day))]
    written, _ = _write(quiet, routine)
    last = FIRST_DAY + timedelta(days=NIGHT_DAY)
    entries = [*_day(chance, last), *_intrusion(last)]
    more, planted = _write(night, entries)
    return LogSet(quiet, night, planted, written + more)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line to be: its log, its time, its content and, for a planted one, the step it belongs to."""

    log: str
    time: datetime
    content: Any
    step: str | None = None


def _intrusion(day: datetime) -> Iterator[_Entry]:
    for step in STEPS:
        yield _Entry(step.log, day + timedelta(seconds=step.second), step.content, step.name)


def _write(folder: Path, entries: list[_Entry]) -> tuple[int, tuple[Planted, ...]]:
    folder.mkdir(parents=True, exist_ok=True)
    entries = sorted(entries, key=lambda entry: entry.time)
    writers: dict[str, Callable[[Path, list[_Entry]], int]] = {
        "windows.jsonl": _windows_file,
        "auth.log": _auth_file,
        "proxy.csv": _proxy_file,
    }
    planted = []
    for name, write in writers.items():
        chosen = [entry for entry in entries if entry.log == name]
        header = write(folder / name, chosen)
        # An auth.log states no year: readers take it from the time of the file.
        os.utime(folder / name, (chosen[-1].time.timestamp(),) * 2)
        planted += [
            Planted(folder / name, place + header, entry.step)
            for place, entry in enumerate(chosen)
            if entry.step is not None
        ]
    return len(entries), tuple(planted)


def _windows_file(path: Path, entries: list[_Entry]) -> int:
    lines = (json.dumps({"@timestamp": _stamp(entry.time), **entry.content}) + "\n" for entry in entries)
    path.write_text("".join(lines), encoding="utf-8")
    return 0


def _auth_file(path: Path, entries: list[_Entry]) -> int:
    lines = (
        f"{entry.time:%b} {entry.time.day:>2} {entry.time:%H:%M:%S} {entry.content}\n" for entry in entries
    )
    path.write_text("".join(lines), encoding="utf-8")
    return 0


def _proxy_file(path: Path, entries: list[_Entry]) -> int:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("time", "source_ip", "user", "method", "url", "status", "bytes", "user_agent"))
        rows.writerows((_stamp(entry.time), *entry.content) for entry in entries)
    return 1


def _stamp(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"


def _day(chance: random.Random, day: datetime) -> Iterator[_Entry]:
    if day.weekday() < SATURDAY:
        for host, user in STAFF.items():
            yield from _desk(chance, day, host, user)
    yield from _servers(chance, day)


def _desk(chance: random.Random, day: datetime, host: str, user: str) -> Iterator[_Entry]:
    arrives = day + timedelta(hours=8, minutes=chance.uniform(0, 55))
    leaves = day + timedelta(hours=17, minutes=chance.uniform(0, 70))
    logon = f"0x{chance.getrandbits(24):x}"

    def windows(time: datetime, event: int, **fields: object) -> _Entry:
        return _Entry("windows.jsonl", time, windows_event(host, event, **fields))

    yield windows(arrives, 4624, TargetUserName=user, LogonType=2, TargetLogonId=logon, IpAddress="127.0.0.1")
    yield windows(leaves, 4634, TargetUserName=user, LogonType=2, TargetLogonId=logon)
    weights = [weight for _, _, weight in PROGRAMS]
    for _ in range(chance.randint(150, 210)):
        time = arrives + (leaves - arrives) * chance.random()
        program, parent, _ = chance.choices(PROGRAMS, weights)[0]
        runs_as = user if "explorer" in parent else "SYSTEM"
        fields = {"SubjectUserName": runs_as, "NewProcessName": program, "ParentProcessName": parent}
        fields["CommandLine"] = f'"{program}"{chance.choice(ARGUMENTS)}'
        yield windows(time, 4688, NewProcessId=f"0x{chance.randrange(0x400, 0x4000):x}", **fields)
    for _ in range(chance.randint(25, 40)):
        time = arrives + (leaves - arrives) * chance.random()
        where = {
            "TargetUserName": user,
            "IpAddress": ADDRESSES[host],
            "IpPort": chance.randrange(49152, 65535),
        }
        event = windows_event("SRV-FILE", 4624, LogonType=3, TargetLogonId=logon, **where)
        yield _Entry("windows.jsonl", time, event)
    for _ in range(chance.randint(90, 130)):
        time = arrives + (leaves - arrives) * chance.random()
        site, page = chance.choices(SITES, (9, 7, 3, 3, 6))[0], chance.choice(("", "inbox", "index", "a.js"))
        url = f"https://{site}/{page}"
        method, status = chance.choices(
            (("GET", 200), ("GET", 304), ("POST", 200), ("GET", 404)), (80, 14, 5, 1)
        )[0]
        size = int(chance.lognormvariate(8.5, 1.1))
        yield _Entry("proxy.csv", time, (ADDRESSES[host], user, method, url, status, size, BROWSER))


def _servers(chance: random.Random, day: datetime) -> Iterator[_Entry]:
    for minute in range(0, 24 * 60, 10):
        time = day + timedelta(minutes=minute, seconds=chance.uniform(1, 2))
        for host in ("web-1", "db-1"):
            session = f"{host} CRON[{chance.randrange(900, 32000)}]: pam_unix(cron:session): session"
            yield _Entry("auth.log", time, f"{session} opened for user root(uid=0) by (uid=0)")
            yield _Entry("auth.log", time + timedelta(seconds=1), f"{session} closed for user root")
        if minute % 60 == 30:
            for host in ("web-1", "db-1"):
                check = time + timedelta(seconds=chance.uniform(5, 40))
                yield from _session(chance, check, host, "deploy", "10.20.0.5", "/usr/bin/ansible-pull", 45)
    if day.weekday() >= SATURDAY:
        return
    for _ in range(chance.randint(14, 20)):
        time = day + timedelta(hours=8) + timedelta(hours=9) * chance.random()
        host, user = chance.choice(("web-1", "db-1")), chance.choice(("amara", "dmitri"))
        origin = "10.20.0.11" if user == "amara" else "10.20.0.14"
        yield from _session(chance, time, host, user, origin, chance.choice(COMMANDS), 300)
    for _ in range(chance.randint(3, 6)):
        time = day + timedelta(hours=8) + timedelta(hours=9) * chance.random()
        sshd = f"web-1 sshd[{chance.randrange(900, 32000)}]:"
        typo = f"{sshd} Failed password for amara from 10.20.0.11 port 50022 ssh2"
        yield _Entry("auth.log", time, typo)


def _session(
    chance: random.Random, time: datetime, host: str, user: str, origin: str, command: str, seconds: int
) -> Iterator[_Entry]:
    """One login to a server with one command run as root."""
    sshd, port = f"{host} sshd[{chance.randrange(900, 32000)}]:", chance.randrange(40000, 65000)
    sudo = f"{host} sudo: {user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND={command}"
    for after, line in (
        (0.0, f"{sshd} Accepted publickey for {user} from {origin} port {port} ssh2"),
        (0.04, f"{sshd} pam_unix(sshd:session): session opened for user {user}(uid=1000) by (uid=0)"),
        (20.0, sudo),
        (seconds, f"{sshd} pam_unix(sshd:session): session closed for user {user}"),
    ):
        yield _Entry("auth.log", time + timedelta(seconds=after), line)
