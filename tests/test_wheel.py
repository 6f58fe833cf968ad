"""What is built is whole: the source distribution makes a wheel, and the demo runs from the wheel alone."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

# Loaded by every interpreter of the new environment: the demo must not look for a network.
NO_NETWORK = """
import socket

def _refused(self, address):
    raise OSError(f"the demo must not connect to {address!r}")

socket.socket.connect = _refused
socket.socket.connect_ex = _refused
"""


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution, which is built from a copy of what git would commit."""
    tree, built = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = (
        subprocess.run(listed, cwd=repository, capture_output=True, check=True).stdout.decode().split("\0")
    )
    for name in filter(None, names):
        source, target = repository / name, tree / name
        if source.is_file() and not source.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(built), str(tree)]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = built.glob("*.whl")
    assert len(list(built.glob("*.tar.gz"))) == 1
    return wheel


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has the wheel, and of this one the dependencies only."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    site = next(folder.glob("lib/python*/site-packages"))
    # A path file is read for its own folder only, so the editable install of this environment stays behind.
    (site / "dependencies.pth").write_text("".join(f"{place}\n" for place in sorted(here)))
    (site / "sitecustomize.py").write_text(NO_NETWORK)
    return folder


def test_the_wheel_holds_what_ships_and_nothing_else(wheel: Path, repository: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        "models/zoo": "**/*", "docs/schema": "*.json", "detect/analyzers/cards": "*.yaml",
        "evidence/report/words": "*.yaml", "evidence/report/html": "**/*.[cj]*", "evidence/report/pdf/fonts": "*",
        "service/page/static": "*", "service/page/templates": "*.j2", "service/page/words": "*/*.yaml",
    }  # fmt: skip
    for folder, pattern in shipped.items():
        for path in (repository / folder).glob(pattern):
            if path.is_file():
                assert f"assay/{path.relative_to(repository).as_posix()}" in names
    assert "assay/py.typed" in names
    tops = {name.split("/")[1] for name in names if name.startswith("assay/")}
    assert not tops & {"tests", "benchmarks", "notebooks", ".typing", "Makefile"}


def test_the_demo_runs_from_the_wheel_alone(environment: Path, tmp_path: Path) -> None:
    keep = ("PATH", "HOME", "LANG", "TMPDIR", "OMP_NUM_THREADS", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    clean = {name: os.environ[name] for name in keep if name in os.environ}
    clean["ASSAY_MODELS"] = str(tmp_path / "models")
    where = [str(environment / "bin" / "python"), "-c", "import assay; print(assay.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=clean, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()).is_relative_to(environment)
    demo = [str(environment / "bin" / "assay"), "demo", "--to", "here"]
    done = subprocess.run(demo, cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    verdicts = [json.loads(line) for line in (tmp_path / "here" / "verdicts.jsonl").read_text().splitlines()]
    incidents = [
        json.loads(line) for line in (tmp_path / "here" / "incidents.jsonl").read_text().splitlines()
    ]
    assert len(verdicts) == 12 and {verdict["outcome"] for verdict in verdicts} >= {"failed", "inconsistent"}
    assert incidents and all(incident["p"] is not None for incident in incidents)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here"]
