"""What sealing and checking a folder cost: many small files, one large one, a long custody log.

    python benchmarks/evidence/run.py [--files N] [--gib N] [--exhibits N] [--page FILE]

Each step runs in a process of its own, so that its peak of memory is its own. Processor seconds, since wall time says
more of what else the machine does.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

HEAD = """# What a seal costs

Made by `python benchmarks/evidence/run.py --page docs/validation/evidence.md`; not edited by hand. Processor seconds
and peak memory of one process each, the interpreter and its libraries included ("nothing" is what they take alone).

| step | processor s | peak MiB | seal, MiB |
| --- | --- | --- | --- |
"""

START = (
    "import sys\nfrom assay.evidence import Event, SigningKey, seal, verify\nkey = SigningKey.temporary()\n"
)
SEAL = START + "seal(sys.argv[1], key=key)\n"
VERIFY = START + "assert verify(sys.argv[1]).intact\n"
EXHIBITS = (
    START
    + "kinds = ('received', 'hashed', 'assayed', 'reported')\n"
    + "count = int(sys.argv[2])\n"
    + "pairs = ((n, kind) for n in range(count) for kind in kinds)\n"
    + "events = (Event(kind, exhibit=f'{n:064x}', details={'name': f'{n}.jpg'}) for n, kind in pairs)\n"
    + "seal(sys.argv[1], key=key, events=events)\n"
)


def measured(code: str, *arguments: str) -> tuple[float, float]:
    """Processor seconds and peak MiB of a process."""
    report = (
        code
        + "import resource\nused = resource.getrusage(resource.RUSAGE_SELF)\n"
        + "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", report, *arguments], capture_output=True, text=True, check=True
    )
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def size_of_seal(folder: Path) -> float:
    """MiB of the files of a seal."""
    return sum(path.stat().st_size for path in (folder / "assay-seal").iterdir()) / (1 << 20)


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--gib", type=int, default=2)
    parser.add_argument("--exhibits", type=int, default=10_000)
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    rows = []

    def add(name: str, folder: Path | None, figures: tuple[float, float]) -> None:
        size = "" if folder is None else f"{size_of_seal(folder):.1f}"
        rows.append(f"| {name} | {figures[0]:.2f} | {figures[1]:.0f} | {size} |")
        print(rows[-1], flush=True)

    with tempfile.TemporaryDirectory() as room:
        small, large, empty = (Path(room) / name for name in ("small", "large", "empty"))
        for folder in (small, large, empty):
            folder.mkdir()
        for number in range(given.files):
            inner = small / f"{number // 1000:03d}"
            inner.mkdir(exist_ok=True)
            (inner / f"{number:06d}.bin").write_bytes(os.urandom(1_024))
        piece = os.urandom(1 << 20)
        with (large / "large.bin").open("wb") as file:
            for _ in range(given.gib << 10):
                file.write(piece)
        add("nothing", None, measured(START))
        add(f"seal {given.files:,} files of 1 KiB", small, measured(SEAL, str(small)))
        add(f"verify {given.files:,} files of 1 KiB", small, measured(VERIFY, str(small)))
        add(f"seal one file of {given.gib} GiB", large, measured(SEAL, str(large)))
        add(f"verify one file of {given.gib} GiB", large, measured(VERIFY, str(large)))
        entries = 4 * given.exhibits
        add(f"seal a log of {entries:,} entries", empty, measured(EXHIBITS, str(empty), str(given.exhibits)))
        add(f"verify a log of {entries:,} entries", empty, measured(VERIFY, str(empty)))
    if given.page is not None:
        given.page.write_text(HEAD + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
