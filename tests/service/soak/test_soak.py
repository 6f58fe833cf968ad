"""The short form of the soak: a few kills, and every job is counted."""

import importlib.util
import uuid
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def run() -> Any:
    place = Path(__file__).with_name("run.py")
    spec = importlib.util.spec_from_file_location("soak_run", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_job_ends_once_whatever_is_killed(
    run: Any, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = None
    if kind == "postgresql":
        server = request.getfixturevalue("postgresql")
        name = f"soak_{uuid.uuid4().hex}"
        server.run(f"CREATE DATABASE {name}")
        database = server.address(name)
    counted = run.soak(tmp_path / "home", database, kills=5, seed=5, most=3)
    assert counted["faults"] == []
    assert sum(counted["kills"].values()) == 5 and counted["states"].keys() == {"done"}
    assert counted["rows_searched_for_pickles"] > 100


@pytest.mark.parametrize(
    ("value", "pickled"),
    [
        (b"\x80\x04\x95", True),
        ("gASVBgAAAAAAAABLAS4=", True),
        ("py_pickle", True),
        ('{"a":1}', False),
        ("portable_json", False),
        (b"{}", False),
        (None, False),
        ("abcdefgh", False),
    ],
)
def test_what_looks_like_a_pickle(run: Any, value: Any, pickled: bool) -> None:
    assert run.looks_pickled(value) is pickled
