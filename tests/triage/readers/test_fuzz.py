"""A few hundred readings of `make fuzz`, and whether it would notice."""

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).with_name("fuzz.py")


def run(folder: Path, *code: str, count: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *(code or (str(FUZZ),)), "--count", str(count), "--keep", str(folder / "kept")]
    return subprocess.run(
        [*command, "--data", str(folder)], capture_output=True, text=True, check=False, timeout=600
    )


def test_nothing_breaks_a_reader(tmp_path: Path) -> None:
    ran = run(tmp_path, count=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 failures" in ran.stdout and not (tmp_path / "kept").exists()


FAULTS = [
    (
        "from assay.triage.readers.text import Text; Text.read = lambda self, intake: iter([1 / 0])",
        "ZeroDivision",
    ),
    (
        "from assay.triage.readers import syslog as s; a = s.text_lines; s.text_lines = lambda b: a(b)[1:]",
        "lines, ",
    ),
    (
        "import time; from assay.triage.readers.csv import Csv; Csv.read = lambda s, i: time.sleep(60)",
        "no end after",
    ),
]


@pytest.mark.parametrize(("fault", "said"), FAULTS)
def test_faults_are_noticed(tmp_path: Path, fault: str, said: str) -> None:
    script = f"import runpy\n{fault}\nrunpy.run_path({str(FUZZ)!r}, run_name='__main__')"
    ran = run(tmp_path, "-c", script, "--patience", "2", count=40)
    assert ran.returncode == 1 and said in ran.stdout, ran.stdout + ran.stderr
    assert any((tmp_path / "kept").iterdir())
