"""The figures of a run as a page of docs/validation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["write_page"]

INTRODUCTION = """# Hostile pictures: measured

Made by `python tests/detect/fuzz/run.py --count 2000 --page docs/validation/hostile-pictures.md` (data:
`ASSAY_DATA`); not edited by hand. Mutated files are real ones and their copies in every format, with flipped bits,
cuts, splices and lengths that lie; hostile ones are bombs, loops, floods of parts, and strangers under a picture's
name. All go through the profile `full` with drawings; *with the network*: a part of them, through the command line.
A failure is a crash of the parent, a hang, an answer without a code, a fault of Assay itself, or a file that was
changed.
"""


def write_page(
    path: Path,
    tallies: Mapping[str, Any],
    peaks: Mapping[str, int],
    restarts: tuple[int, int],
    pool: int,
    seed: int,
) -> None:
    """Write the page."""
    names = {"mutated": "mutated", "hostile": "hostile", "whole": "with the network"}
    rows = [
        f"| {names[name]} | {each.files:,} | {sum(each.failures.values()):,} | {len(each.outcomes)} | "
        f"{each.slowest[0]:.1f} | {each.slowest[1].replace('|', '/')} |"
        for name, each in tallies.items()
    ]
    codes = sorted(set(tallies["mutated"].outcomes) | set(tallies["hostile"].outcomes))
    outcomes = []
    for code in codes:
        told = "decoded and looked at" if code == "looked at" else f"`{code}`"
        counts = " | ".join(f"{tallies[name].outcomes[code]:,}" for name in ("mutated", "hostile"))
        outcomes.append(f"| {told} | {counts} |")
    answers = ", ".join(f"{name} {count:,}" for name, count in sorted(tallies["whole"].outcomes.items()))
    text = [
        INTRODUCTION,
        "## Files that break it\n",
        "| files | number | failures | different outcomes | slowest, wall s | which |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows,
        "",
        f"Seed {seed}, {pool} files to start from. The child was started anew {restarts[0]} times over the mutated "
        f"files and {restarts[1]} times over the hostile ones. Answers with the network: {answers or 'none'}.\n",
        "## What became of them\n",
        "| outcome | mutated | hostile |",
        "| --- | --- | --- |",
        *outcomes,
        "",
        "## Memory\n",
        "| process | peak, MiB |",
        "| --- | --- |",
        *(f"| {name} | {size:,} |" for name, size in peaks.items()),
        "",
    ]
    path.write_text("\n".join(text), encoding="utf-8")
