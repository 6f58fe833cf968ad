"""How these tests read a few lines."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from assay.triage.limits import DEFAULT, LogLimits
from assay.triage.readers import open_sources
from assay.triage.values import SourceReport

Read = Callable[..., tuple[pl.DataFrame, SourceReport]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read text with the format found by its content; the file is of March 2024."""

    def reading(
        text: str | bytes, format: str = "auto", limits: LogLimits = DEFAULT
    ) -> tuple[pl.DataFrame, SourceReport]:
        path = tmp_path / "log"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        stamp = datetime(2024, 3, 1, tzinfo=UTC).timestamp()
        os.utime(path, (stamp, stamp))
        opened = open_sources([path], format=format, limits=limits)
        frames = [batch.frame for batch in opened.batches()]
        return (pl.concat(frames) if frames else pl.DataFrame()), opened.report[0]

    return reading
