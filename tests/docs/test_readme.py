"""Every block of README.md runs, and the transcripts in it are what the commands print."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, the line it starts at, and its lines."""

    language: str
    line: int
    lines: tuple[str, ...]


def _blocks(text: str) -> list[Block]:
    blocks, opened = [], None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("```"):
            if opened is None:
                opened = (line[3:].strip(), number, [])
            else:
                blocks.append(Block(opened[0], opened[1], tuple(opened[2])))
                opened = None
        elif opened is not None:
            opened[2].append(line)
    assert opened is None, "a block is not closed"
    return blocks


BLOCKS = _blocks((ROOT / "README.md").read_text())


def _steps(block: Block) -> list[tuple[str, list[str]]]:
    """Commands of a console block, each with the transcript under it."""
    steps: list[tuple[str, list[str]]] = []
    for line in block.lines:
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def _masked(line: str) -> str:
    """A line without what differs from run to run: numbers, hashes, bars, widths."""
    line = re.sub(r"\b[0-9a-f]{16,}\b", "HASH", line)
    line = re.sub(r"[+-]?\d[\d,.]*(e[+-]?\d+)?", "#", line)
    return re.sub(r"[\s─━●┼]+", " ", line).strip()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a checkout in which `make demo` has everything but the installation to do."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("Makefile", "pyproject.toml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    for name in ("core", "dev"):
        (folder / name).touch()
        os.utime(folder / name, (2**32, 2**32))
    return folder


@pytest.fixture(scope="module")
def environment(place: Path) -> dict[str, str]:
    binaries = str(Path(sys.executable).parent)
    steering = {"MAKEFLAGS": "-e", "BIN": binaries, "CORE": "core", "DEV": "dev"}
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    return os.environ | steering | {"PATH": path, "COLUMNS": "110", "ASSAY_MODELS": str(place / "models")}


def test_only_blocks_that_can_be_run() -> None:
    assert {block.language for block in BLOCKS} == {"console", "python"}
    assert all(block.lines[0].startswith("$ ") for block in BLOCKS if block.language == "console")


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.language}-line-{block.line}")
def test_block(block: Block, place: Path, environment: dict[str, str]) -> None:
    """Blocks run in the order of the page: later ones use what `make demo` left."""
    if block.language == "python":
        code = "\n".join(block.lines)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout
        return
    script = "set -e\n" + "".join(
        # All tests are not run within one of them: what make would do is.
        f"echo '@@ {number}'\n{step[0].replace('make test', 'make --dry-run test')}\n"
        for number, step in enumerate(_steps(block))
    )
    shell = subprocess.Popen(
        ["bash", "-c", script + '\n[ -z "$(jobs -p)" ] || kill $(jobs -p)\n'],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    out, err = shell.communicate(timeout=300)
    assert shell.returncode == 0, out + err
    written = re.split(r"^@@ \d+\n", out, flags=re.MULTILINE)[1:]
    for (command, transcript), printed in zip(_steps(block), written, strict=True):
        found = iter(_masked(line) for line in printed.splitlines())
        for line in transcript:
            if line.strip() not in ("", "..."):
                assert _masked(line) in found, f"{command} does not print, in this place: {line}\n{printed}"
