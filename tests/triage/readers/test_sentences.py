"""Sentences of programs: many messages, sorted by program first, are taken apart as few are."""

import polars as pl

from assay.triage.readers.auth import SENTENCES
from assay.triage.readers.sentences import read

SAID = [
    ("sshd", "Failed password for invalid user admin from 203.0.113.9 port 4711 ssh2"),
    ("sshd", "pam_unix(sshd:session): session opened for user alice by (uid=0)"),
    ("sudo", "bob : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/bin/ls"),
    ("other", "bob : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/bin/ls"),
    ("CRON", "(root) CMD (run-parts /etc/cron.hourly)"),
    ("su", "Successful su for root by alice"),
    (None, "session closed for user alice"),
    ("sshd", "nothing of the kind"),
    ("kernel", "IN=eth0 SRC=10.0.0.1 DST=10.0.0.2 LEN=60 PROTO=TCP SPT=1 DPT=2"),
    ("sshd", None),
]


def test_many_messages_are_taken_apart_as_few_are() -> None:
    copies = 2000
    service = pl.Series([program for program, _ in SAID], dtype=pl.String)
    message = pl.Series([text for _, text in SAID], dtype=pl.String)
    few, few_others = read(SENTENCES, service, message)
    many, many_others = read(SENTENCES, pl.concat([service] * copies), pl.concat([message] * copies))
    assert many.select(few.columns).equals(pl.concat([few] * copies), null_equal=True)
    assert set(many.columns) == set(few.columns) and set(many_others) == set(few_others)
    for name, values in few_others.items():
        assert many_others[name].to_list() == values.to_list() * copies
    assert few["action"].to_list()[:3] == ["ssh-login", "session-open", "sudo"]
    assert few["action"][3] is None, "only sudo says what sudo says"
    assert few["target_user"][6] == "alice" and few["action"][7] is None


def test_no_messages() -> None:
    empty = pl.Series([], dtype=pl.String)
    columns, others = read(SENTENCES, empty, empty)
    assert columns.height == 0 and "user" in columns.columns and others == {}
