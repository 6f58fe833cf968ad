"""Syslog lines and what sshd, pam, sudo, su, cron and useradd say in them."""
# ruff: noqa: E501 -- log lines are as long as they are

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.triage.readers import open_sources, sniff
from assay.triage.values import SourceReport


def read(
    path: Path, *lines: str, written: datetime = datetime(2024, 3, 1, tzinfo=UTC)
) -> tuple[pl.DataFrame, SourceReport]:
    path.write_text("\n".join(lines) + "\n")
    os.utime(path, (written.timestamp(), written.timestamp()))
    reading = open_sources([path], format="syslog")
    return pl.concat([batch.frame for batch in reading.batches()]), reading.report[0]


# message with program -> the fields that must be found
MESSAGES: list[tuple[str, dict[str, Any]]] = [
    ("sshd[12]: Failed password for invalid user ad min from 10.0.0.5 port 52022 ssh2",
     {"service": "sshd", "action": "ssh-login", "outcome": "failure", "user": "ad min", "source_ip": "10.0.0.5",
      "source_port": "52022", "logon_type": "password"}),
    ("sshd[12]: Failed password for root from 10.0.0.5 port 52022 ssh2",
     {"action": "ssh-login", "outcome": "failure", "user": "root", "source_ip": "10.0.0.5"}),
    ("sshd[12]: Accepted publickey for git from 2001:db8::7 port 41 ssh2: RSA SHA256:abc",
     {"action": "ssh-login", "outcome": "success", "user": "git", "source_ip": "2001:db8::7",
      "logon_type": "publickey"}),
    ("sshd[12]: Invalid user oracle from 192.0.2.1 port 7",
     {"action": "ssh-invalid-user", "user": "oracle", "source_ip": "192.0.2.1", "source_port": "7"}),
    ("sshd[12]: Received disconnect from 192.0.2.1: 11: Bye Bye [preauth]",
     {"action": "ssh-disconnect", "source_ip": "192.0.2.1", "status": "Bye Bye"}),
    ("sshd[12]: Connection closed by authenticating user root 192.0.2.1 port 9 [preauth]",
     {"action": "ssh-disconnect", "user": "root", "source_ip": "192.0.2.1", "source_port": "9"}),
    ("sshd[12]: error: maximum authentication attempts exceeded for root from 183.106.179.9 port 34100 ssh2 [preauth]",
     {"action": "ssh-too-many-attempts", "user": "root", "source_ip": "183.106.179.9", "source_port": "34100"}),
    ("sshd[12]: User root from 192.168.33.1 not allowed because not listed in AllowUsers",
     {"action": "ssh-login", "outcome": "failure", "user": "root", "source_ip": "192.168.33.1"}),
    ("sshd[12]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
     "rhost=173.2.3.4  user=root",
     {"action": "authenticate", "outcome": "failure", "user": "root", "target_user": "root", "source_ip": "173.2.3.4"}),
    ("sshd(pam_unix)[19939]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=218.188.2.4 ",
     {"service": "sshd", "action": "authenticate", "outcome": "failure", "source_ip": "218.188.2.4",
      "target_user": None}),
    ("su(pam_unix)[23164]: authentication failure; logname= uid=1342 euid=0 tty= ruser=dcid rhost=  user=osaudit",
     {"service": "su", "user": "dcid", "target_user": "osaudit", "source_ip": None}),
    ("su[1]: pam_unix(su:session): session opened for user root(uid=0) by alice(uid=1000)",
     {"action": "session-open", "user": "alice", "target_user": "root"}),
    ("sudo:     dcid : TTY=pts/4 ; PWD=/home/dcid ; USER=root ; COMMAND=/usr/bin/tail /var/log/snort/alert.fast",
     {"action": "sudo", "outcome": "success", "user": "dcid", "target_user": "root", "path": "/home/dcid",
      "command": "/usr/bin/tail /var/log/snort/alert.fast"}),
    ("sudo: cplummer : TTY=pts/2 ; PWD=/home/cplummer1 ; USER=root ; TSID=0000UM ; COMMAND=/bin/bash",
     {"action": "sudo", "outcome": "success", "user": "cplummer", "command": "/bin/bash"}),
    ("sudo:     mike : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/bin/ls",
     {"action": "sudo", "outcome": "failure", "user": "mike", "status": "3 incorrect password attempts",
      "command": "/bin/ls"}),
    ("su[234]: BAD SU ger to fwmaster on /dev/ttyp0",
     {"action": "su", "outcome": "failure", "user": "ger", "target_user": "fwmaster"}),
    ("su: (to root) alice on pts/0", {"action": "su", "outcome": "success", "user": "alice", "target_user": "root"}),
    ("su: dcid to root on /dev/ttyp1", {"action": "su", "outcome": "success", "user": "dcid", "target_user": "root"}),
    ("CRON[99]: (root) CMD (cd / && run-parts --report /etc/cron.hourly)",
     {"action": "cron-command", "user": "root", "command": "cd / && run-parts --report /etc/cron.hourly"}),
    ("useradd[7]: new user: name=evil, UID=0, GID=0, home=/home/evil, shell=/bin/bash, from=/dev/pts/1",
     {"action": "user-add", "outcome": "success", "target_user": "evil", "path": "/home/evil", "command": "/bin/bash"}),
    ("useradd[15178]: failed adding user 'ansible', data deleted",
     {"action": "user-add", "outcome": "failure", "target_user": "ansible"}),
    ("usermod[8]: add 'evil' to group 'sudo'", {"action": "group-add-member", "target_user": "evil"}),
    ("kernel: [1.2] [UFW BLOCK] IN=eth0 OUT= SRC=198.51.100.2 DST=10.0.0.9 LEN=40 PROTO=TCP SPT=5 DPT=22 SYN",
     {"source_ip": "198.51.100.2", "destination_ip": "10.0.0.9", "destination_port": "22", "method": "TCP"}),
    ("myapp[3]: worker 17 got a request from 10.3.2.1, took 12 ms",
     {"action": None, "source_ip": "10.3.2.1", "template": "worker <*> got a request from <*>, took <*>"}),
    ("useradd[5]: add 'eve' to group 'sudo'", {"action": "group-add-member", "target_user": "eve"}),
    ("usermod[5]: add 'eve' to shadow group 'sudo'", {"action": "group-add-member", "target_user": "eve"}),
    ("usermod[5]: change user 'eve' shell from '/bin/sh' to '/bin/bash'",
     {"action": "user-change", "target_user": "eve", "status": "shell from '/bin/sh' to '/bin/bash'"}),
    ("usermod[5]: lock user 'eve' password", {"action": "user-lock", "target_user": "eve"}),
    ("userdel[5]: delete user 'eve'", {"action": "user-delete", "target_user": "eve"}),
    ("userdel[5]: removed group 'eve' owned by 'eve'", {"action": "group-delete"}),
    ("groupadd[5]: group added to /etc/group: name=dev, GID=1005", {"action": "group-add", "outcome": "success"}),
    ("groupmod[5]: group changed in /etc/group (group dev/1005, new name: ops)", {"action": "group-change"}),
    ("gpasswd[5]: user eve added by root to group wheel",
     {"action": "group-add-member", "user": "root", "target_user": "eve"}),
    ("passwd[5]: pam_unix(passwd:chauthtok): password changed for eve", {"action": "password-change", "target_user": "eve"}),
    ("chage[5]: changed password expiry for eve", {"action": "password-expiry", "target_user": "eve"}),
    ("systemd-logind[7]: New session 4 of user alice.", {"action": "session-open", "user": "alice", "service": "systemd-logind"}),
    ("systemd-logind[7]: New session '4' of user 'alice' with class 'user' and type 'tty'.",
     {"action": "session-open", "user": "alice", "logon_type": "tty"}),
    ("systemd-logind[7]: Removed session 4.", {"action": "session-close"}),
    ("systemd-logind[7]: Session 4 logged out. Waiting for processes to exit.", {"action": "session-close"}),
    ("polkitd[9]: Operator of unix-session:2 FAILED to authenticate to gain authorization for action "
     "org.freedesktop.policykit.exec for unix-process:9:1 [pkexec bash] (owned by unix-user:eve)",
     {"action": "authorise", "outcome": "failure", "user": "eve", "command": "pkexec bash"}),
    ("pkexec[9]: alice: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/home/alice] [COMMAND=/usr/bin/id]",
     {"action": "pkexec", "user": "alice", "target_user": "root", "path": "/home/alice", "command": "/usr/bin/id"}),
    ("sshd[1]: Postponed publickey for invalid user git from 10.0.0.5 port 41 ssh2 [preauth]",
     {"action": "ssh-login-step", "user": "git", "source_ip": "10.0.0.5", "source_port": "41"}),
    ("sshd[1]: Disconnecting authenticating user root 10.0.0.5 port 41: Too many authentication failures [preauth]",
     {"action": "ssh-disconnect", "user": "root", "source_ip": "10.0.0.5", "status": "Too many authentication failures"}),
    ("sshd[1]: fatal: Timeout before authentication for 10.0.0.5 port 41",
     {"action": "ssh-timeout", "source_ip": "10.0.0.5", "source_port": "41"}),
    ("doas[1]: failed command for eve: ls", {"action": "sudo", "outcome": "failure", "user": "eve", "command": "ls"}),
    ("doas[1]: failed auth for eve", {"action": "sudo", "outcome": "failure", "user": "eve", "command": None}),
    ("doas[1]: bob ran command as nfs: ls -l", {"user": "bob", "target_user": "nfs", "command": "ls -l"}),
    ("sshd[1]: Disconnecting: bad client public DH value [preauth]",
     {"action": "ssh-disconnect", "status": "bad client public DH value"}),
    ("sshd[1]: Read error from remote host 10.0.0.5: Connection reset by peer",
     {"action": "ssh-broken", "source_ip": "10.0.0.5"}),
    ("sshd[1]: subsystem request for sftp by user alice", {"action": "ssh-subsystem", "command": "sftp", "user": "alice"}),
    ("sshd[1]: Server listening on 0.0.0.0 port 22.",
     {"action": "ssh-listen", "destination_ip": "0.0.0.0", "destination_port": "22"}),
]  # fmt: skip


def test_programs_are_taken_apart(tmp_path: Path) -> None:
    frame, report = read(tmp_path / "auth.log", *(f"Feb  9 11:44:56 srv {text}" for text, _ in MESSAGES))
    assert report.records == len(MESSAGES)
    for row, (text, expected) in zip(frame.rows(named=True), MESSAGES, strict=True):
        assert {name: row[name] for name in expected} == expected, text
        assert row["template"] and row["host"] == "srv"
    groups = dict(zip(frame["extra_names"][21], frame["extra_values"][21], strict=True))
    assert groups == {"group": "sudo"}


def test_headers_of_every_kind(tmp_path: Path) -> None:
    frame, report = read(
        tmp_path / "log",
        "<38>Feb  9 11:44:56 srv sshd[1]: hello",
        "2024-02-09T11:44:57.5+01:00 srv sshd[1]: hello",
        '<165>1 2024-02-09T11:44:58.003Z host.example.com evntslog - ID47 [x@1 a="b \\] c"] An event',
        "2020-03-23 06:47:42.801612-0700  localhost sshd[3186]: error: PAM: x for illegal user bad from 192.168.33.1",
        "Jul  1 09:00:55 mac Microsoft Word[14463]: Cocoa error",
        "Jul 27 14:41:57 combo syslogd 1.4.1: restart.",
        "no header at all",
    )
    assert frame["service"].to_list() == ["sshd", "sshd", "evntslog", "sshd", "Microsoft Word", None, None]
    assert frame["host"].to_list() == ["srv", "srv", "host.example.com", "localhost", "mac", "combo", None]
    assert frame["message"][2] == "An event" and frame["message"][6] == "no header at all"
    assert frame["time"][1] == datetime(2024, 2, 9, 10, 44, 57, 500000, UTC)
    assert frame["time"][3] == datetime(2020, 3, 23, 13, 47, 42, 801612, UTC)
    assert frame["time"][6] is None and report.untimed == 1
    assert frame["line"].to_list() == list(range(7))
    assert frame["extra_values"][0].to_list() == ["auth"]
    assert report.repairs == {"read-as-text": 1, "year-assumed": 3, "zone-assumed": 3}


def test_structured_data(tmp_path: Path) -> None:
    frame, _ = read(
        tmp_path / "log",
        '<165>1 2024-02-09T11:44:58.003Z h app 7 ID47 [origin ip="10.0.0.1" x="a \\] \\"b\\""][meta@32473 n="5"] An event',
        "<165>1 2024-02-09T11:44:59Z h app - - - Another",
    )
    extras = [dict(zip(*row, strict=True)) for row in frame.select("extra_names", "extra_values").iter_rows()]
    assert extras == [
        {"facility": "local4", "message_id": "ID47", "origin.ip": "10.0.0.1", "origin.x": 'a ] "b"',
         "meta@32473.n": "5"},
        {"facility": "local4"},
    ]  # fmt: skip
    assert frame["message"].to_list() == ["An event", "Another"]


def test_years_are_taken_from_the_file_and_turn_at_new_year(tmp_path: Path) -> None:
    lines = [f"{day} 10:00:00 srv app: x" for day in ("Nov 30", "Dec 31", "Jan  1", "Feb 29", "Jan 15")]
    frame, _ = read(tmp_path / "log", *lines, written=datetime(2024, 3, 1, tzinfo=UTC))
    assert [(t.year, t.month) for t in frame["time"]] == [
        (2023, 11),
        (2023, 12),
        (2024, 1),
        (2024, 2),
        (2024, 1),
    ]


def test_clock_jumps_and_nonsense_stamps_survive(tmp_path: Path) -> None:
    frame, report = read(
        tmp_path / "log",
        "Feb 31 10:00:00 srv app: no such day",
        "Feb  9 25:61:61 srv app: no such hour",
        "1970-01-01T00:00:00Z srv app: dead battery",
        "2024-02-09T00:00:00Z srv app: fine",
        "9999-12-31T00:00:00Z srv app: far",
    )
    assert frame["time"].is_null().to_list() == [True, True, True, False, True]
    assert report.records == 5 and report.untimed == 4


@pytest.mark.parametrize("system", ["OpenSSH", "Linux", "Mac"])
def test_loghub(assay_data: Path, system: str) -> None:
    path = assay_data / "logs" / "loghub" / system / f"{system}_2k.log.zst"
    reading = open_sources([path])
    frame = pl.concat([batch.frame for batch in reading.batches()])
    report = reading.report[0]
    assert report.source.format == "syslog" and report.source.confidence > 0.9
    assert report.records == report.lines == 2000 and report.untimed == 0
    assert frame["service"].null_count() < 40
    if system == "OpenSSH":
        logins = frame.filter(pl.col("action") == "ssh-login")
        assert logins.height == 523 and logins["user"].null_count() == logins["source_ip"].null_count() == 0
        assert (logins["outcome"] == "success").sum() == 1


def test_samples_of_many_programs(assay_data: Path) -> None:
    """Lines of a decoder's own tests: the user and address named in them are found."""
    folder = assay_data / "logs" / "wazuh_ini"
    lines = [
        line.split("=", 1)[1].strip()
        for name in ("sshd", "macos-sshd", "sudo", "su")
        for line in (folder / f"{name}.ini").read_text().splitlines()
        if line.startswith("log ") and "=" in line
    ]
    head = "\n".join(lines).encode()
    reader, sure = sniff(head + b"\n")
    assert reader is not None and reader.name == "syslog" and sure > 0.85


def test_any_text_is_read(assay_data: Path) -> None:
    reading = open_sources([assay_data / "logs" / "web", assay_data / "logs" / "csic2010"])
    rows = sum(len(batch) for batch in reading.batches())
    formats = {
        report.source.path.name: report.source.format for report in reading.report if report.source.path
    }
    assert formats["elastic_apache_first5000.log.zst"] == formats["acunetix.txt.zst"] == "access"
    assert formats["normal.txt.zst"] == formats["anomalous.txt.zst"] == "text"
    assert rows == sum(report.records for report in reading.report) > 50_000
