"""Speed and memory of `assay detect` over one-megapixel JPEGs, beside the bare engine on the same crops.

    python benchmarks/speed/pictures.py [--data DIR] [--pictures N] [--profile fast|standard|full]... [--flat N]...
                                        [--out FILE] [--page FILE]

DIR holds ``media/originals`` (default: $ASSAY_DATA, else ../shared/data beside the checkout); where it is absent,
scikit-learn's sample photos are used. Each photo is brought to 1152 x 896 pixels. The command is measured whole,
started cold: one picture for the time to the first verdict, then N. The engine is timed on its own, warm, on as many
crops as the profile takes; the ratio says what share of its speed is left after hashing, decoding, cropping, the rest.
Where the time goes is measured apart, step by step (`phases`). `--flat` measures the peak memory of all processes over
that many files, in the profile fast: it must not grow with their number.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from phases import PHASES, shares
from PIL import Image
from run import measured

from assay.detect.crops import crops
from assay.detect.explanation.tiles import tiles
from assay.detect.stability import LAUNDERINGS
from assay.models.engine import Engine
from assay.models.registry import Registry

ROOT = Path(__file__).resolve().parents[2]
SIZE = (1152, 896)
PROFILES = ("fast", "standard", "full")
COMMAND = """
import subprocess, sys
from pathlib import Path
program = str(Path(sys.executable).parent / "assay")
command = [program, "detect", sys.argv[1], "--json", "--profile", {profile!r}]
done = subprocess.run(command, capture_output=True, text=True)
assert done.returncode == 0, done.stderr or done.stdout
print(len(done.stdout.splitlines()))
"""


def photos(data: Path) -> list[Image.Image]:
    """Real photos at one megapixel."""
    folder = data / "media" / "originals"
    if folder.is_dir():
        found = [Image.open(path) for path in sorted(folder.iterdir())]
    else:
        from sklearn.datasets import load_sample_images

        found = [Image.fromarray(image) for image in load_sample_images().images]
    return [photo.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS) for photo in found]


def bare(count: int, photo: Image.Image, seconds: float = 6.0) -> float:
    """Pictures a second of the warm engine alone, at `count` crops a picture."""
    rows = [{"pixels": crop.pixels} for crop in crops(np.asarray(photo), 3)]
    with Engine.open(Registry().default("synthetic-image")) as engine:
        list(engine.score(rows * 4))
        scored, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            scored += sum(1 for _ in engine.score(rows * 8))
        return scored / (time.perf_counter() - began) / count


def rows_of(results: dict[str, Any]) -> list[list[str]]:
    """One line a profile."""
    return [
        [
            profile,
            f"{found['crops']}",
            f"{found['first_verdict_seconds']:.1f}",
            f"{found['pictures_per_second']:.2f}",
            f"{found['after_the_first']:.2f}",
            f"{found['bare_engine']:.2f}",
            f"{found['after_the_first'] / found['bare_engine']:.2f}",
            f"{found['peak_mib']}",
        ]
        for profile, found in results["profiles"].items()
    ]


HEADS = (
    "profile", "crops scored a picture", "first verdict, s", "pictures/s, whole command", "pictures/s after the first",
    "bare engine, pictures/s", "ratio", "peak MiB, all processes",
)  # fmt: skip


def table(rows: list[list[str]]) -> str:
    """Markdown of rows, the heads first."""
    return "\n".join("| " + " | ".join(line) + " |" for line in [rows[0], ["---"] * len(rows[0]), *rows[1:]])


def page(results: dict[str, Any]) -> str:
    """Markdown of the tables."""
    found = results["profiles"]
    parts = [["profile", *PHASES]]
    parts += [[name, *(f"{found[name]['shares'][phase]:.0%}" for phase in PHASES)] for name in found]
    flat = [["files", "pictures/s, whole command", "peak MiB, all processes"]]
    flat += [
        [f"{one['files']:,}", f"{one['pictures_per_second']:.2f}", f"{one['peak_mib']}"]
        for one in results["flat"]
    ]
    flags = "".join(f"--flat {one['files']} " for one in results["flat"])
    text = (
        f"# Pictures: speed and memory, measured\n\nMade by `python benchmarks/speed/pictures.py {flags}--page "
        f"docs/validation/speed-pictures.md`; not edited by hand. {results['pictures']} JPEGs of {SIZE[0]} x {SIZE[1]} "
        f"pixels, {results['processors']} processor cores, no GPU.\n\n{table([list(HEADS), *rows_of(results)])}\n\n"
        f"## Where the time goes\n\nOne picture after the other, one thread, wall time.\n\n{table(parts)}\n"
    )
    if results["flat"]:
        text += f"\n## Memory over many files\n\nProfile fast.\n\n{table(flat)}\n"
    return text


def fill(folder: Path, taken: list[Image.Image], count: int) -> None:
    """So many JPEGs, all of different bytes."""
    folder.mkdir()
    for number in range(count):
        taken[number % len(taken)].save(folder / f"{number:05d}.jpg", quality=92, comment=f"{number}")


def main() -> None:
    """Measure the chosen profiles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    data = Path(os.environ.get("ASSAY_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--pictures", type=int, default=48)
    parser.add_argument("--profile", action="append", choices=PROFILES, dest="profiles")
    parser.add_argument("--flat", action="append", type=int, metavar="N", help="files, for the peak memory")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/speed-pictures.json"))
    parser.add_argument("--page", type=Path, help="also write the table as Markdown to this file")
    given = parser.parse_args()
    taken = photos(given.data)
    asked = Registry().default("synthetic-image").card.preprocessing
    counts, laundered = asked["crops"], asked["laundered"]
    results: dict[str, Any] = {
        "pictures": given.pictures,
        "processors": os.cpu_count(),
        "profiles": {},
        "flat": [],
    }
    with tempfile.TemporaryDirectory(prefix="assay-speed-") as name:
        one, many = Path(name, "one"), Path(name, "many")
        fill(one, taken, 1)
        fill(many, taken, given.pictures)
        for profile in given.profiles or PROFILES:
            code = COMMAND.format(profile=profile)
            first, whole = measured(code, one), measured(code, many)
            if "failed" in first or "failed" in whole:
                print(f"{profile} failed: {first.get('failed') or whole.get('failed')}")
                continue
            each = counts[profile] + laundered * len(LAUNDERINGS[profile])
            if profile == "full":
                with Image.open(one / "00000.jpg") as photo:
                    each += len(tiles(np.asarray(photo), set()))
            results["profiles"][profile] = {
                "crops": each,
                "first_verdict_seconds": first["wall_seconds"],
                "pictures_per_second": given.pictures / whole["wall_seconds"],
                "after_the_first": (given.pictures - 1) / (whole["wall_seconds"] - first["wall_seconds"]),
                "bare_engine": bare(each, taken[0]),
                "peak_mib": whole["peak_mib"],
                "shares": shares(sorted(many.iterdir())[:12], profile),
            }
        for count in given.flat or ():
            fill(Path(name, f"flat-{count}"), taken, count)
            found = measured(COMMAND.format(profile="fast"), Path(name, f"flat-{count}"))
            results["flat"].append(
                {
                    "files": count,
                    "peak_mib": found["peak_mib"],
                    "pictures_per_second": count / found["wall_seconds"],
                }
            )
    for line in (list(HEADS), *rows_of(results)):
        print("  ".join(f"{cell:>24}" for cell in line))
    for name, found in results["profiles"].items():
        print(f"{name}: " + ", ".join(f"{phase} {found['shares'][phase]:.0%}" for phase in PHASES))
    for one in results["flat"]:
        print(
            f"{one['files']:,} files: peak {one['peak_mib']} MiB, {one['pictures_per_second']:.2f} pictures/s"
        )
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(results, indent=1) + "\n")
    print(f"written: {given.out}")
    if given.page:
        given.page.parent.mkdir(parents=True, exist_ok=True)
        given.page.write_text(page(results))


if __name__ == "__main__":
    main()
