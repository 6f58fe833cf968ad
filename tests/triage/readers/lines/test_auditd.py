"""Audit events of several lines."""
# ruff: noqa: E501 -- log lines are as long as they are

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.triage.limits import LogLimits

EXECVE = [
    "type=SYSCALL msg=audit(1707478800.123:501): arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e items=2 ppid=2101 "
    'pid=2144 auid=1000 uid=1000 euid=0 tty=pts0 ses=3 comm="curl" exe="/usr/bin/curl" key="net"\x1dSYSCALL=execve '
    'AUID="alice" UID="alice"',
    'type=EXECVE msg=audit(1707478800.123:501): argc=3 a0="curl" a1="-o" a2=2F746D702F6120622E7368',
    'type=CWD msg=audit(1707478800.123:501): cwd="/home/alice"',
    'type=PATH msg=audit(1707478800.123:501): item=0 name="/usr/bin/curl" inode=12 nametype=NORMAL',
    'type=PATH msg=audit(1707478800.123:501): item=1 name="/lib64/ld.so" inode=13 nametype=NORMAL',
    "type=PROCTITLE msg=audit(1707478800.123:501): proctitle=6375726C002D6F002F746D702F6120622E7368",
]
EVENTS: list[tuple[list[str], dict[str, Any]]] = [
    (EXECVE, {"user": "alice", "process": "/usr/bin/curl", "command": "curl -o /tmp/a b.sh", "path": "/usr/bin/curl",
              "action": "execve", "outcome": "success", "channel": "SYSCALL",
              "time": datetime(2024, 2, 9, 11, 40, 0, 123000, UTC)}),
    (['type=SYSCALL msg=audit(1707478800.200:502): arch=c000003e syscall=42 success=no exit=-111 auid=4294967295 uid=33 '
      'comm="nc" exe="/usr/bin/nc" key=(null)',
      "type=SOCKADDR msg=audit(1707478800.200:502): saddr=02001F90CB0071050000000000000000"],
     {"user": "33", "action": "connect", "outcome": "failure", "destination_ip": "203.0.113.5", "destination_port": "8080"}),
    (["type=SYSCALL msg=audit(1707478800.2:9): arch=c000003e syscall=42 success=yes auid=0",
      "type=SOCKADDR msg=audit(1707478800.2:9): saddr=0A0001BB0000000020010DB800000000000000000000000100000000"],
     {"destination_ip": "2001:0db8:0000:0000:0000:0000:0000:0001", "destination_port": "443"}),
    (["type=SOCKADDR msg=audit(1707478800.2:8): saddr=0200 \x1dSADDR={ saddr_fam=inet laddr=203.0.113.5 lport=443 }",
      'type=USER_CMD msg=audit(1707478800.2:8): uid=0 op="with a blank" exe="/a b" res=success'],
     {"source_ip": "203.0.113.5", "source_port": "443", "action": "with a blank", "process": "/a b"}),
    (["type=SYSCALL msg=audit(1707478800.2:7): arch=c00000b7 syscall=35 success=yes auid=0",
      'type=PATH msg=audit(1707478800.2:7): item=0 name="/var/log" nametype=PARENT',
      'type=PATH msg=audit(1707478800.2:7): item=1 name="/var/log/auth.log" nametype=DELETE'],
     {"action": "unlinkat", "path": "/var/log/auth.log"}),
    (["type=USER_AUTH msg=audit(1707478801.000:503): pid=900 uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:authentication "
      'acct="root" exe="/usr/sbin/sshd" hostname=h addr=203.0.113.9 terminal=ssh res=failed\'\x1dUID="root" AUID="unset"'],
     {"action": "PAM:authentication", "outcome": "failure", "target_user": "root", "source_ip": "203.0.113.9",
      "process": "/usr/sbin/sshd"}),
    (["type=USER_CMD msg=audit(1707478804.000:506): pid=1 uid=1000 auid=1000 msg='cwd=\"/\" cmd=636174202F6574632F736861646F77 "
      "exe=\"/usr/bin/sudo\" terminal=pts/0 res=success'"],
     {"user": "1000", "command": "cat /etc/shadow", "outcome": "success"}),
    (['node=web1 type=AVC msg=audit(1707478802.000:504): avc:  denied  { read write } for  pid=77 comm="httpd" name="shadow" '
      'tclass=file'],
     {"host": "web1", "action": "avc: denied read write", "outcome": "failure", "process": "httpd", "path": "shadow"}),
    (['Feb  9 11:40:03 srv kernel: [ 12.3] audit: type=1400 audit(1707478803.000:505): apparmor="DENIED" operation="open" '
      'profile="/usr/sbin/x" name="/etc/passwd" comm="x"'],
     {"host": "srv", "action": "apparmor denied open", "outcome": "failure", "path": "/etc/passwd", "channel": "AVC"}),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), EVENTS)
def test_events(read: Callable[..., Any], lines: list[str], expected: dict[str, Any]) -> None:
    frame, report = read("\n".join(lines) + "\n")
    assert report.source.format == "auditd" and frame.height == 1
    row = frame.row(0, named=True)
    assert {name: row[name] for name in expected} == expected


def test_what_ausearch_writes(read: Callable[..., Any]) -> None:
    upside = [
        "----",
        "time->Fri Feb  9 11:40:00 2024",
        *reversed(EXECVE),
        "----",
        "time->Fri Feb  9 11:40:01 2024",
    ]
    frame, report = read("\n".join([*upside, *EVENTS[4][0]]) + "\n")
    assert report.source.format == "auditd" and frame["line"].to_list() == [2, 10]
    assert frame.select("channel", "action", "command").row(0) == ("SYSCALL", "execve", "curl -o /tmp/a b.sh")
    resolved = [
        "type=PROCTITLE msg=audit(02/09/24 11:40:00.123:501) : proctitle=curl -o /tmp/x",
        "type=CWD msg=audit(02/09/24 11:40:00.123:501) : cwd=/home/alice",
        "type=SYSCALL msg=audit(02/09/24 11:40:00.123:501) : arch=x86_64 syscall=execve success=yes exit=0 auid=alice uid=root "
        "comm=curl exe=/usr/bin/curl key=net",
    ]
    frame, report = read("\n".join(resolved) + "\n")
    assert frame.select("user", "action", "outcome", "process", "command", "time").row(0) == (
        "alice", "execve", "success", "/usr/bin/curl", "curl -o /tmp/x", datetime(2024, 2, 9, 11, 40, 0, 123000, UTC),
    )  # fmt: skip
    assert report.repairs == {"zone-assumed": 1}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False), size=st.integers(600, 3000))
def test_lines_that_lie_apart_are_joined_whatever_the_block(
    read: Callable[..., Any], order: Any, size: int
) -> None:
    lines: list[tuple[int, str]] = []
    for number in range(30):
        at = 6 * number
        for line in EXECVE:
            lines.append((at + order.randrange(60), line.replace(":501)", f":{number})")))
    text = [line for _, line in sorted(lines, key=lambda pair: pair[0])]
    first = {}
    for number, line in enumerate(text):
        first.setdefault(line.split(":")[1].split(")")[0], number)
    frame, report = read("\n".join(text), limits=LogLimits(line_bytes=600, block_bytes=size, head_bytes=500))
    assert frame["line"].to_list() == sorted(first.values())
    assert set(frame["command"]) == {"curl -o /tmp/a b.sh"} and set(frame["path"]) <= {
        "/usr/bin/curl",
        "/lib64/ld.so",
    }
    assert report.lines == len(text)


def test_joining_is_bounded(read: Callable[..., Any]) -> None:
    one = EXECVE[3]
    far = [EXECVE[0], *(EXECVE[2].replace(":501)", f":{900 + n})") for n in range(10)), EXECVE[1]]
    frame, _ = read("\n".join(far) + "\n", limits=LogLimits(join_lines=5))
    assert frame.height == 12 and frame["line"].to_list() == list(range(12))
    frame, _ = read("\n".join([one] * 2500) + "\n", limits=LogLimits(join_records=1000))
    assert frame["line"].to_list() == [0, 1000, 2000]


def test_lines_of_no_event_stay_in_their_place(read: Callable[..., Any], tmp_path: Path) -> None:
    frame, report = read("\n".join([*EXECVE[:2], "odd one", *EXECVE[2:], "odd two", *EVENTS[1][0]]) + "\n")
    assert frame["line"].to_list() == [0, 2, 7, 8] and frame["raw_kind"].to_list() == [
        "auditd",
        "text",
        "text",
        "auditd",
    ]
    assert report.repairs["read-as-text"] == 2
    assert isinstance(frame, pl.DataFrame)
