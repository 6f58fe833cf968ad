"""What a person sees while a video is worked on, and what a pipe does not."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from assay.cli.progress import Live


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "walk\x1b[31m.mp4"
    draw = np.random.default_rng(1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 256
        for _ in range(12):
            frame = av.VideoFrame.from_ndarray(draw.integers(0, 255, (256, 256, 3), np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def _seen(descriptor: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()


def test_a_terminal_is_told_and_the_answer_stays_whole(clip: Path) -> None:
    screen, end = pty.openpty()
    command = [sys.executable, "-m", "assay", "detect", str(clip), "--json", "--profile", "fast"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=end, env={**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    ) as ran:
        os.close(end)
        told = _seen(screen)
        answer = ran.stdout.read() if ran.stdout else b""
    os.close(screen)
    assert answer.count(b"\n") == 1 and b'"timeline"' in answer
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told)
    assert "walk\\x1b[31m.mp4: " in plain
    assert "frames looked at: " in plain or "crops weighed: " in plain


def test_without_a_terminal_nothing_is_drawn() -> None:
    line = Live(None, None)
    line.stage("a.mp4", "frames looked at:", 1, 2)
    with line.aside(1):
        pass
    assert not line.shown
