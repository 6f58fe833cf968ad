"""docs/evidence.md: every command of it runs, and finds what it says it finds."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assay.evidence import Event, SigningKey, seal

TOOLS = ("openssl", "jq", "sha256sum", "dd", "find", "diff")


def _blocks(repository: Path, language: str) -> list[str]:
    page = (repository / "docs" / "evidence.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def _commands(block: str) -> str:
    """The lines that a person types: those after a prompt."""
    return "\n".join(line[2:] for line in block.splitlines())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a sealed folder in it, as the page has it."""
    case = tmp_path / "case"
    (case / "sub").mkdir(parents=True)
    (case / "large.bin").write_bytes(os.urandom(300_000))
    (case / "photo.jpg").write_bytes(b"photo")
    (case / "sub" / "照片 two words.txt").write_text("x")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def _by_hand(repository: Path, place: Path) -> subprocess.CompletedProcess[str]:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    script = "\n".join(_commands(block) for block in _blocks(repository, "console")[1:])
    script = script.replace("/tmp/there", str(place / "there"))
    return subprocess.run(["bash", "-c", script], cwd=place, capture_output=True, text=True)


def test_the_commands_of_assay_run(repository: Path, place: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("needs jq")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    script = "set -e\n" + f'assay() {{ "{sys.executable}" -m assay "$@"; }}\n'
    script += _commands(_blocks(repository, "console")[0])
    done = subprocess.run(["bash", "-c", script], cwd=place, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "by an unknown key" in done.stdout and "signed by a key that you named" in done.stdout


def test_a_sound_folder_is_sound_by_hand(repository: Path, place: Path) -> None:
    key = SigningKey.temporary()
    done = seal(place / "case", key=key, events=[Event("received", details={"name": "照\u202e\x1b"})] * 3)
    ran = _by_hand(repository, place)
    lines = ran.stdout.splitlines()
    assert ran.stderr == ""
    assert lines[0].split()[0] == key.public.fingerprint
    assert lines[1] == "Signature Verified Successfully"
    assert lines[2] == "assay-seal/0001.manifest.jsonl: OK"
    assert lines[3] == lines[4].split()[0]  # the block of the manifest and of the file
    first, last, signed = lines[5:]  # and nothing between: no file differs, no entry complains
    assert len(first.split()[0]) == 64
    assert last == signed == f"4 {done.head}"


def test_what_was_changed_is_found_by_hand(repository: Path, place: Path) -> None:
    seal(place / "case", key=SigningKey.temporary(), events=[Event("received"), Event("hashed")])
    (place / "case" / "photo.jpg").write_bytes(b"phot0")
    (place / "case" / "new.txt").touch()
    log = place / "case" / "assay-seal" / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"what":"hashed"', b'"what":"hashes"'))
    signature = place / "case" / "assay-seal" / "0001.signature"
    signature.write_bytes(bytes(64))
    ran = _by_hand(repository, place)
    assert "Signature Verification Failure" in ran.stdout + ran.stderr
    assert "photo.jpg: FAILED" in ran.stdout and "> new.txt" in ran.stdout
    assert "entry 1 was changed" in ran.stdout and "entry 2 is out of place" in ran.stdout
    assert "entry 0" not in ran.stdout


def test_the_letter_in_the_folder_leads_to_the_same(place: Path) -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    case = place / "case"
    key = SigningKey.temporary()
    seal(case, key=SigningKey.temporary(), events=[Event("received")])
    done = seal(case, key=key, events=[Event("hashed", details={"name": "照\u202e"})])
    letter = (case / "assay-seal" / "READ-ME.txt").read_text()
    script = "\n".join(line.strip() for line in letter.splitlines() if line.startswith("    "))
    script = script.replace("assay evidence verify FOLDER --key FINGERPRINT", "true")
    ran = subprocess.run(["bash", "-c", script], cwd=case, capture_output=True, text=True)
    assert ran.stderr == ""
    lines = ran.stdout.splitlines()
    assert lines[0].split()[0] == key.public.fingerprint
    assert lines[1:3] == ["Signature Verified Successfully", "assay-seal/0002.manifest.jsonl: OK"]
    assert lines[3].split()[0] == lines[4]
    assert lines[5] == lines[6] == done.head
    (case / "photo.jpg").write_bytes(b"phot0")
    ran = subprocess.run(["bash", "-c", script], cwd=case, capture_output=True, text=True)
    assert "photo.jpg: FAILED" in ran.stdout


def test_the_library_example_runs(repository: Path, place: Path) -> None:
    (code,) = _blocks(repository, "python")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=place, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"


def test_every_code_is_on_the_page(repository: Path) -> None:
    page = (repository / "docs" / "evidence.md").read_text()
    code = "".join(path.read_text() for path in (repository / "evidence").rglob("*.py"))
    codes = set(re.findall(r'Fault\(\s*"([a-z-]+)"', code)) | set(
        re.findall(r'"((?:entry|file|kind|link|key|head|stamp|seal|manifest|checkpoint)-[a-z]+)"', code)
    )
    refusals = set(re.findall(r'^    code = "([a-z-]+)"', code, re.MULTILINE))
    codes -= refusals | {"seal-foreign"}
    assert len(codes) > 15
    for each in codes:
        assert f"`{each}`" in page, each
