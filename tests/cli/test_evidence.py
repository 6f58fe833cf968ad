"""Sealing, checking and keys on the command line."""

import os
import pty
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assay.evidence import SigningKey, seal

Run = Callable[..., Any]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case one"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    (folder / "red\x1b[31m\u202egpj\n.txt").write_text("b")
    return folder


@pytest.fixture
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nobody has made a key yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "assay" / "seal.key"


def _shown_safely(text: str) -> bool:
    return all(mark == "\n" or mark.isprintable() for mark in text)


def test_a_new_machine_seals_without_questions_and_says_that_it_made_a_key(
    assay: Run, case: Path, own_key: Path
) -> None:
    ran = assay("evidence", "seal", case)
    assert ran.code == 0 and own_key.exists()
    assert "a new signing key was made" in ran.err and str(own_key) in ran.err
    assert "time stamp  absent" in ran.out
    again = assay("evidence", "seal", case)
    assert again.code == 0 and "new signing key" not in again.err
    command = shlex.split(again.out.splitlines()[-1])
    assert command[0] == "assay"
    checked = assay(*command[1:])
    assert checked.code == 0 and "intact, and signed by a key that you named" in checked.out


def test_what_is_wrong_is_named_and_is_code_1(
    assay: Run, case: Path, own_key: Path, schemas: dict[str, Any]
) -> None:
    assay("evidence", "seal", case)
    for path in case.iterdir():
        if path.is_file():
            path.write_text("changed")
    ran = assay("evidence", "verify", case)
    assert ran.code == 1 and "not what was sealed (2 faults)" in ran.out
    assert "a.txt: was changed in bytes 0 to 7; it had 1 bytes and has 7 [file-changed]" in ran.out
    assert "red\\x1b[31m\\u202egpj\\x0a.txt" in ran.out
    assert _shown_safely(ran.out)
    (page,) = assay("evidence", "verify", case, "--json").lines
    jsonschema.validate(page, schemas["verification"])
    assert page["intact"] is False and [fault["code"] for fault in page["faults"]] == ["file-changed"] * 2
    assert page["faults"][0] == {
        "code": "file-changed",
        "file": "a.txt",
        "entry": None,
        "first": 0,
        "last": 7,
        "message": "was changed in bytes 0 to 7; it had 1 bytes and has 7",
    }


def test_an_unknown_key_is_said_plainly(assay: Run, case: Path, own_key: Path, signer_file: Path) -> None:
    seal(case, key=SigningKey.temporary())
    ran = assay("evidence", "verify", case)
    assert ran.code == 0 and "the seal is intact, but by an unknown key" in ran.out
    ran = assay("evidence", "verify", case, "--key", signer_file)
    assert ran.code == 1 and "the seal is intact, but by an unknown key" in ran.out
    assert "[key-unknown]" in ran.out
    ran = assay("evidence", "verify", case, "--head", "0" * 64)
    assert ran.code == 1 and "[head-missing]" in ran.out


@pytest.fixture
def signer_file(tmp_path: Path) -> Path:
    path = tmp_path / "signer.key"
    SigningKey.create(path)
    return path


def test_options_reach_the_seal(assay: Run, case: Path, signer_file: Path, schemas: dict[str, Any]) -> None:
    options = [
        "--by",
        "an expert",
        "--note",
        "case 7",
        "--reproduce",
        "assay detect a.txt",
        "--key",
        signer_file,
    ]
    (sealed,) = assay("evidence", "seal", case, "--json", *options).lines
    (page,) = assay(
        "evidence", "verify", case, "--json", "--key", signer_file, "--head", sealed["head"]
    ).lines
    jsonschema.validate(page, schemas["verification"])
    assert page["known"] is True and page["note"] == "case 7" and page["reproduce"] == "assay detect a.txt"
    assert page["seals"][0]["who"] == "an expert" and sealed["stamp"] is None and sealed["files"] == 2
    shown = assay("evidence", "verify", case).out
    assert "note: case 7" in shown and "to make it again: assay detect a.txt" in shown


def test_a_key_is_made_shown_and_never_replaced(assay: Run, own_key: Path, tmp_path: Path) -> None:
    made = assay("evidence", "key", "new")
    assert made.code == 0 and str(own_key) in made.out and "BEGIN PUBLIC KEY" in made.out
    assert "PRIVATE" not in made.out
    shown = assay("evidence", "key", "show")
    assert shown.out == made.out
    (page,) = assay("evidence", "key", "show", "--json").lines
    assert page["fingerprint"] in shown.out and page["words"] in shown.out
    again = assay("evidence", "key", "new")
    assert again.code == 2 and "[key-exists]" in again.err
    other = assay("evidence", "key", "show", "--key", tmp_path / "absent")
    assert other.code == 2 and "assay evidence key new" in other.err


def test_a_locked_key_is_opened_by_a_file_and_never_told(
    assay: Run, case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("several secret words\n")
    secret.chmod(0o600)
    key = tmp_path / "locked.key"
    runs = [assay("evidence", "key", "new", "--key", key, "--passphrase-file", secret)]
    runs.append(assay("evidence", "seal", case, "--key", key))
    assert runs[-1].code == 2 and "[key-locked]" in runs[-1].err
    runs.append(assay("evidence", "seal", case, "--key", key, "--passphrase-file", secret))
    assert runs[-1].code == 0
    monkeypatch.setenv("ASSAY_KEY", str(key))
    monkeypatch.setenv("ASSAY_KEY_PASSPHRASE", "several secret words")
    runs.append(assay("evidence", "seal", case))
    assert runs[-1].code == 0
    assert not [ran for ran in runs if "secret" in ran.out + ran.err]
    assert b"secret" not in b"".join(path.read_bytes() for path in (case / "assay-seal").iterdir())


def _at_a_terminal(arguments: list[object], answers: list[str]) -> tuple[int, str]:
    """Run assay at a terminal of its own, type the answers, return the exit code and all that was on the screen."""
    screen, end = pty.openpty()
    command = [sys.executable, "-m", "assay", *map(str, arguments)]
    child = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, start_new_session=True)
    os.close(end)
    shown = b""
    while True:
        try:
            piece = os.read(screen, 4_096)
        except OSError:  # the other end was closed
            break
        if not piece:
            break
        shown += piece
        if answers and shown.rstrip().endswith(b":"):
            time.sleep(0.05)  # until the terminal no longer echoes
            os.write(screen, answers.pop(0).encode() + b"\n")
    os.close(screen)
    return child.wait(), shown.decode()


def test_a_passphrase_is_asked_for_at_a_terminal_and_not_shown(
    case: Path, tmp_path: Path, own_key: Path
) -> None:
    key = tmp_path / "locked.key"
    said = ["quite hidden", "quite hidden"]
    code, shown = _at_a_terminal(["evidence", "key", "new", "--key", key, "--passphrase"], said)
    assert code == 0 and not said and "fingerprint" in shown and "hidden" not in shown
    code, shown = _at_a_terminal(["evidence", "seal", case, "--key", key], ["quite hidden"])
    assert code == 0 and "signed by" in shown and "hidden" not in shown
    code, shown = _at_a_terminal(["evidence", "seal", case, "--key", key], ["wrong hidden"])
    assert code == 2 and "[key-locked]" in shown and "hidden" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["seal", "no such folder"],
        ["verify", "no such folder"],
        ["verify", ".", "--key", "no-such.pem"],
        ["verify", ".", "--stamps", "no-such.pem"],
        ["key", "new", "--passphrase"],
        ["seal", ".", "--stamp", "file:///etc/passwd"],
        ["seal", ".", "--key", "no-such.key"],
    ],
)
def test_wrong_use_is_code_2(
    assay: Run, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_key: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = assay("evidence", *arguments)
    assert ran.code == 2 and ran.out == "" and len(ran.err.strip()) > 20
    assert os.listdir(tmp_path) == []


def test_a_key_that_others_can_read_is_refused(assay: Run, case: Path, signer_file: Path) -> None:
    signer_file.chmod(0o644)
    ran = assay("evidence", "seal", case, "--key", signer_file)
    assert ran.code == 2 and "[key-permissions]" in ran.err and "chmod 600" in ran.err
    assert not (case / "assay-seal").exists()
