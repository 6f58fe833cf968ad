"""Running the command line inside the test process."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assay.cli import main
from assay.demo.logs import LogSet, write_logs
from assay.demo.media import Made, write_media


@dataclass(frozen=True)
class Ran:
    """What one command left."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def assay(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run ``assay ARGUMENTS`` and return its exit code and what it wrote."""

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return Ran(0 if left.value.code is None else int(left.value.code), written.out, written.err)

    return run


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    return {each.path.name: each for each in write_media(tmp_path_factory.mktemp("pictures"))}


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> LogSet:
    return write_logs(tmp_path_factory.mktemp("logs"))


@pytest.fixture(scope="session")
def schemas(repository: Path) -> dict[str, Any]:
    return {
        path.stem: json.loads(path.read_text()) for path in (repository / "docs" / "schema").glob("*.json")
    }
