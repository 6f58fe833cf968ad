"""A few seconds of `make fuzz` on pictures, and whether it would notice."""

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).with_name("run.py")


def run(folder: Path, *code: str, hostile: int = 0) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        *(code or (str(FUZZ),)),
        "--every",
        "0",
        "--hostile",
        str(hostile),
        "--data",
        str(folder),
    ]
    command += ["--keep", str(folder / "kept"), "--page", str(folder / "page.md")]
    return subprocess.run(
        [*command, "--count", "30"], capture_output=True, text=True, check=False, timeout=900
    )


def test_nothing_breaks_it(tmp_path: Path) -> None:
    ran = run(tmp_path, hostile=23)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count(" 0 failures") == 2 and "30 put through" in ran.stdout
    assert "| 14 | 0 | 0 | 0 |" in (tmp_path / "page.md").read_text() and not (tmp_path / "kept").exists()


def test_nothing_breaks_it_in_videos(tmp_path: Path) -> None:
    command = [sys.executable, str(FUZZ), "--videos", "--every", "0", "--hostile", "0", "--count", "15"]
    command += ["--data", str(tmp_path), "--keep", str(tmp_path / "kept"), "--page", str(tmp_path / "page.md")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count(" 0 failures") == 1 and "15 put through" in ran.stdout
    assert (tmp_path / "page.md").read_text().startswith("# Hostile videos")


FAULTS = [
    ("from assay.detect import preparation as p; p.read_picture = lambda *a, **o: 1 / 0", "internal-error"),
    (
        "import time; from assay.detect import preparation as p; p.read_picture = lambda *a, **o: time.sleep(60)",
        "hang",
    ),
]


@pytest.mark.parametrize(("fault", "said"), FAULTS)
def test_faults_are_noticed(tmp_path: Path, fault: str, said: str) -> None:
    script = (
        f"import runpy, sys\nsys.path.insert(0, {str(FUZZ.parent)!r})\n{fault}\n"
        f"sys.argv += ['--patience', '1', '--seconds', '3']\nrunpy.run_path({str(FUZZ)!r}, run_name='__main__')"
    )
    ran = run(tmp_path, "-c", script)
    assert ran.returncode == 1 and said in ran.stdout + (tmp_path / "page.md").read_text(), (
        ran.stdout + ran.stderr
    )
    assert any((tmp_path / "kept").iterdir())
