"""The service keeps to its description, through the wire: examples, edges of every schema, fuzz, and calls in a row."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
def test_every_answer_is_one_that_the_description_allows(
    start_service: Callable[..., Any], tmp_path: Path
) -> None:
    """All checks of schemathesis. `make soak` asks for two hundred cases of each operation, with a worker at work."""
    more = {"ASSAY_RATE_PER_MINUTE": "10000000", "ASSAY_REFUSED_PER_MINUTE": "10000000"}
    served = start_service(tmp_path, ASSAY_WORK="false", **more)
    key = served.key["authorization"].removeprefix("Bearer ")
    command = [
        sys.executable,
        str(HERE / "run.py"),
        "--examples",
        "30",
        "--address",
        served.address,
        "--key",
        key,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert "Stateful" in done.stdout and "0 selected" not in done.stdout
    assert '"level": "error"' not in served.log.read_text()
