"""docs/api.md and docs/problems.md: every example runs against a real service; every kind of problem is there."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assay.service.access import MATRIX, Role
from assay.service.app import create_app
from assay.service.kinds import KINDS, kinds_at, page
from assay.service.refusals import Refused
from assay.service.room import Room
from assay.service.settings import Settings
from assay.tests.service.serving import served

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("curl", "openssl", "sha256sum", "bash")
BLOCKS = re.findall(
    r"^```(console|python)\n(.*?)^```", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    noise = np.random.default_rng(1).integers(0, 255, (160, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((400, 320)).save(folder / "photo.jpg", quality=90)
    with (folder / "events.jsonl").open("w") as file:
        for number in range(300):
            when = f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z"
            event = {"EventID": 4624, "Hostname": f"ws{number % 3}", "User": f"u{number % 5}", "Time": when}
            file.write(json.dumps(event) + "\n")
        odd = {"EventID": 7045, "Hostname": "ws1", "User": "stranger", "Time": "2026-01-01T00:06:00Z"}
        file.write(json.dumps(odd) + "\n")
    return folder


@pytest.fixture(scope="module")
def environment(place: Path) -> Iterator[dict[str, str]]:
    """A service with a worker, and how to reach it."""
    with served(place / "home", roles=(Role.SUBMIT, Role.ANALYSE, Role.TRIAGE), called="reader") as serving:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        yield os.environ | {"ASSAY": serving.address, "KEY": serving.token, "PATH": path}


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=lambda number: f"{BLOCKS[number][0]}-{number}")
def test_an_example_does_what_the_page_shows(number: int, place: Path, environment: dict[str, str]) -> None:
    language, text = BLOCKS[number]
    if language == "python":
        done = _run([sys.executable, "-W", "error", "-c", text], place, environment)
        assert done.stdout
        return
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    # Later blocks use what earlier ones have set.
    kept = place / "kept"
    script = f"set -e\n[ ! -f {kept} ] || . {kept}\n"
    for command, _ in _steps(text):
        script += f"printf '\\n@@\\n'\n{command}\n"
    script += f"declare -p SHA256 JOB TRIAGE 2>/dev/null > {kept} || true\n"
    done = _run(["bash", "-c", script], place, environment)
    printed = re.split(r"^@@\n", done.stdout, flags=re.MULTILINE)[1:]
    for (command, lines), out in zip(_steps(text), printed, strict=True):
        for line in lines:
            pattern = ".*".join(re.escape(part) for part in line.split("..."))
            assert re.search(pattern, out, re.DOTALL), f"{command}\n{line}\n{out}"


def _run(command: list[str], place: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _steps(block: str) -> list[tuple[str, list[str]]]:
    steps: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def test_the_page_of_problems_is_made_of_the_table() -> None:
    assert (ROOT / "docs" / "problems.md").read_text() == page(), (
        "python -m assay.service.kinds > docs/problems.md"
    )
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)


def test_every_code_that_the_service_raises_is_documented() -> None:
    import assay.service.client  # noqa: F401

    known = {kind.code: kind.status for kind in KINDS}
    waiting: list[type[Refused]] = [Refused]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not Refused:
            assert known.get(kind.code) == kind.status, f"{kind.__name__} is not in service/kinds.py"
    for source in (ROOT / "service").rglob("*.py"):
        for status, code in re.findall(
            r"\b(?:problem|page_of)\(\s*(\d{3}), \"([a-z-]+)\"", source.read_text()
        ):
            assert known.get(code) == int(status), f"{source}: {code}"


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with Room.open(Settings(home=tmp_path_factory.mktemp("described"), spare_bytes=0)) as room:
        described: dict[str, Any] = create_app(room).openapi()
    return described


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_operation_says_what_it_does(description: dict[str, Any]) -> None:
    for name, operation in _operations(description):
        assert operation.get("summary") and operation.get("description"), name
        assert operation.get("tags"), name
        for each in operation.get("parameters", ()):
            told = each.get("description") or each["schema"].get("description")
            assert told, f"{name}: {each['name']} has no description"
        body = operation.get("requestBody", {}).get("content", {})
        for kind, media in body.items():
            schema = media["schema"]
            named = description["components"]["schemas"].get(
                schema.get("$ref", "").rsplit("/", 1)[-1], schema
            )
            binary = schema.get("format") == "binary" or kind == "multipart/form-data"
            assert binary or media.get("example") or named.get("examples"), f"{name}: {kind} has no example"


def test_every_answer_is_described(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for name, operation in _operations(description):
        for status, answer in operation["responses"].items():
            assert answer["description"] and answer["description"] != "Successful Response", (
                f"{name} {status}"
            )
            if int(status) >= 400 and not name.startswith("HEAD"):
                assert kinds_at(name, int(status)), (
                    f"{name} documents {status}, and no kind of problem has it"
                )
                assert set(answer["content"]) == {"application/problem+json"}
            for media in answer.get("content", {}).values() if int(status) < 300 else ():
                schema = media.get("schema", {})
                if "$ref" in schema:
                    assert schemas[schema["$ref"].rsplit("/", 1)[-1]].get("examples"), (
                        f"{name} {status}: no example"
                    )


def test_no_kind_is_for_an_operation_that_is_not_there() -> None:
    there = {f"{row.method} {row.path}" for row in MATRIX}
    for kind in KINDS:
        assert set(kind.at or ()) <= there, kind.code
