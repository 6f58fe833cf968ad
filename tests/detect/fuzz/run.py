"""Puts mutated and hostile pictures or videos through `assay detect`, and writes what became of them.

    python tests/detect/fuzz/run.py --count 2000 --page docs/validation/hostile-pictures.md
    python tests/detect/fuzz/run.py --videos --count 300 --every 60 --page docs/validation/hostile-videos.md

Every file goes all the way but for the network (opened, hashed, decoded in the bounded child, its credentials verified,
looked at and drawn by every analyzer of the profile `full`, laundered and cropped as in `standard`); one of `--every`
goes through the command line as well, profile `full`, network and drawings included. Each must get a coded outcome, in
time, within memory; nothing may leave the parent but that, and no file may be changed. What breaks this is kept in a
folder, and the exit code is 1. A run is given by its seed.
"""

import argparse
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from types import FrameType

import jsonschema
from clips import clip_seeds, hostile_clips
from hostile import hostile
from memory import Watch
from mutation import mutated, seeds
from page import write_page

from assay.detect.analyzers.faces import Faces
from assay.detect.analyzers.synthetic import Synthetic, outputs
from assay.detect.analyzers.syntheticvideo import SyntheticVideo
from assay.detect.bench import bench
from assay.detect.contract import verdict_json
from assay.detect.media import DECODER
from assay.detect.preparation import Preparation, Preparer
from assay.detect.session import TASK
from assay.intake.child import Child
from assay.intake.limits import DEFAULT
from assay.intake.sources import Source
from assay.models.engine import Engine
from assay.models.registry import Registry

ROOT = Path(__file__).resolve().parents[3]
OURS = ("internal-error", "exhibit-refused", "decoder-misbehaved", "error")
"""Codes that are faults of Assay itself, whatever a file holds."""
_SLOW = 10.0
"""Seconds from which on a file is named."""
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass
class Tally:
    """What became of the files of one kind."""

    files: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")


@dataclass(frozen=True)
class Phase:
    """One family of files: their tally, that of the part with the network, restarts of the child, peaks in MiB."""

    own: Tally
    whole: Tally
    restarts: int
    peaks: dict[str, int]


class Fuzz:
    """One run: a preparer that reads only, one that also searches the pixels, a folder to work in, one for failures."""

    def __init__(self, preparers: tuple[Preparer, Preparer], folder: Path, keep: Path, patience: int) -> None:
        self._reading, self._searching = preparers
        self._folder = folder
        self._keep = keep
        self._patience = patience
        schema = json.loads((ROOT / "docs" / "schema" / "verdict.json").read_text())
        self._schema = jsonschema.Draft202012Validator(schema)

    def put(self, name: str, data: bytes, tally: Tally, *, searched: bool = True) -> None:
        """Put one file through, and note what became of it."""
        preparer = self._searching if searched else self._reading
        path = self._folder / "exhibit.jpg"
        path.write_bytes(data)
        began = time.monotonic()
        signal.alarm(self._patience)
        try:
            prepared = preparer.prepare(Source(path, str(path)))
            wrong = self._wrong(prepared)
            if prepared.verdict is not None and time.monotonic() - began >= self._patience:
                raise TimeoutError  # the alarm rang inside, and was taken for a fault of the file's
            if path.read_bytes() != data:
                wrong = "the file was changed"
            outcome = "looked at" if prepared.verdict is None else prepared.verdict.reasons[0].code
        except TimeoutError:
            wrong, outcome = f"no end after {time.monotonic() - began:.0f} s", "hang"
        except Exception:
            wrong, outcome = traceback.format_exc(), "crash"
        finally:
            signal.alarm(0)
        tally.files += 1
        tally.outcomes[outcome] += 1
        took = time.monotonic() - began
        tally.slowest = max(tally.slowest, (took, name))
        if took > _SLOW:
            sys.stdout.write(f"{name}: {outcome} after {took:.0f} s\n")
        if wrong is not None:
            self.failed(name, data, wrong, tally)

    def failed(self, name: str, data: bytes, wrong: str, tally: Tally) -> None:
        """Note a failure, and keep the file of the first of its kind."""
        kind = wrong.strip().splitlines()[-1][:160]
        tally.failures[kind] += 1
        if tally.failures[kind] == 1:
            self._keep.mkdir(exist_ok=True)
            kept = self._keep / hashlib.sha256(data).hexdigest()[:16]
            kept.write_bytes(data)
            sys.stdout.write(f"{name}, kept as {kept}\n{wrong}\n")

    def _wrong(self, prepared: Preparation) -> str | None:
        verdict = prepared.verdict
        if verdict is None:
            for finding in prepared.findings:
                for reason in finding.reasons:
                    if not CODE.fullmatch(reason.code):
                        return f"{finding.analyzer} gives the code {reason.code!r}"
            return None
        self._schema.validate(verdict_json(verdict))
        code = verdict.reasons[0].code
        if code in OURS or not CODE.fullmatch(code):
            return f"{code}: {verdict.reasons[0].words}"
        return None


def by_command(files: list[tuple[str, bytes]], fuzz: Fuzz, tally: Tally, patience: int) -> None:
    """Put files through the command line, network and drawings included."""
    with tempfile.TemporaryDirectory(prefix="assay-fuzz-") as folder:
        place = Path(folder, "evidence")
        place.mkdir()
        for number, (_, data) in enumerate(files):
            (place / f"{number:05}.jpg").write_bytes(data)
        command = [
            sys.executable,
            "-m",
            "assay",
            "detect",
            str(place),
            "--json",
            "--profile",
            "full",
            "--workers",
            "1",
        ]
        with subprocess.Popen(
            [*command, "--pictures", str(Path(folder, "drawn"))], stdout=subprocess.PIPE
        ) as ran:
            assert ran.stdout is not None
            timer = time.monotonic()
            for line, (name, data) in zip(ran.stdout, files, strict=False):
                said = json.loads(line)
                tally.files += 1
                tally.outcomes[said["outcome"]] += 1
                tally.slowest = max(tally.slowest, (time.monotonic() - timer, name))
                timer = time.monotonic()
                if said["reasons"][0]["code"] in OURS:
                    fuzz.failed(name, data, said["reasons"][0]["words"], tally)
            ran.wait(timeout=patience)
        if tally.files != len(files) or ran.returncode not in (0, 1):
            tally.failures[f"exit code {ran.returncode} after {tally.files} of {len(files)} files"] += 1


def mutants(
    pool: list[tuple[str, bytes]], draw: random.Random, count: int, until: float
) -> Iterator[tuple[str, bytes]]:
    """Mutated files until there are enough, or until the time is up."""
    for number in range(count):
        if time.monotonic() > until:
            return
        name, data = draw.choice(pool)
        yield f"{name}, mutated {number}", mutated(data, draw.choice(pool)[1], draw)


def through(cases: Iterator[tuple[str, bytes]], given: argparse.Namespace, searched: int) -> Phase:
    """Put files through, one of `searched` pixel by pixel, one of `--every` through the command line as well."""
    artifact = Registry().default(TASK)
    children: SimpleQueue[Child] = SimpleQueue()
    own, whole = Tally(), Tally()
    sample: list[tuple[str, bytes]] = []
    with (
        tempfile.TemporaryDirectory(prefix="assay-fuzz-") as folder,
        Child(DEFAULT, preload=[DECODER]) as child,
        Engine.open(artifact, deterministic=True, outputs=outputs(artifact)) as engine,
        Watch() as memory,
    ):
        children.put(child)
        faces = Faces("standard")
        looker, film = Synthetic(engine, artifact, "standard"), SyntheticVideo(artifact, "standard")
        preparers = (
            Preparer(children, DEFAULT, looker, film, faces, bench("standard", pictures=True)),
            Preparer(children, DEFAULT, looker, film, faces, bench("full", pictures=True)),
        )
        fuzz = Fuzz(preparers, Path(folder), given.keep, given.patience)
        for number, (name, data) in enumerate(cases):
            fuzz.put(name, data, own, searched=number % searched == 0)
            if given.every and number % given.every == 0:
                sample.append((name, data))
        if sample:
            by_command(sample, fuzz, whole, given.patience)
    peaks = {"parent": memory.own, "child": memory.others, "together": memory.together}
    return Phase(own, whole, child.starts - 1, peaks)


def main() -> int:
    """Mutate, put through, and say what happened."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--count", type=int, default=1_000_000, help="Mutated files; 0: none.")
    ask.add_argument("--seconds", type=float, default=float("inf"), help="Time for the mutated files.")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument(
        "--every", type=int, default=100, help="One of so many also goes through the network; 0: none."
    )
    ask.add_argument(
        "--searched", type=int, default=1, help="One of so many mutated files is searched pixel by pixel."
    )
    ask.add_argument("--hostile", type=int, default=1, help="One of so many hostile files; 0: none.")
    ask.add_argument(
        "--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", "../shared/data")) / "media"
    )
    ask.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="Where files that break it go.")
    ask.add_argument("--videos", action="store_true", help="Videos rather than pictures.")
    ask.add_argument("--patience", type=int, default=120, help="Seconds after which a file hangs.")
    ask.add_argument("--page", type=Path, help="Write the figures there; what is not run keeps its section.")
    given = ask.parse_args()

    def rung(signal_: int, frame: FrameType | None) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, rung)
    phases: dict[str, Phase] = {}
    data = given.data if given.data.is_dir() else None
    made = hostile_clips(data) if given.videos else hostile()
    if given.count:
        pool = list((clip_seeds if given.videos else seeds)(data))
        draw = random.Random(given.seed)
        phases[f"Mutated files, seed {given.seed}, from {len(pool)} files"] = through(
            mutants(pool, draw, given.count, time.monotonic() + given.seconds),
            given,
            given.searched,
        )
    if given.hostile:
        phases["Hostile files"] = through(
            (case for number, case in enumerate(made) if number % given.hostile == 0), given, 1
        )
    failures: Counter[str] = Counter()
    for name, phase in phases.items():
        broken = phase.own.failures + phase.whole.failures
        failures += broken
        sys.stdout.write(
            f"{name}: {phase.own.files:,} put through, {phase.whole.files:,} with the network, child started anew "
            f"{phase.restarts} times, peak {phase.peaks['together']:,} MiB, {sum(broken.values()):,} failures\n"
        )
    if given.page:
        write_page(given.page, phases, given.searched, given.every, videos=given.videos)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
