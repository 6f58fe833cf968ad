"""The figures of a run as a page of docs/validation."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["write_page"]

INTRODUCTION = """# Hostile pictures: measured

Made by `python tests/detect/fuzz/run.py --count 2000 --page docs/validation/hostile-pictures.md` (data:
`ASSAY_DATA`); not edited by hand. Mutated files are real ones and their copies in every format, with flipped bits,
cuts, splices and lengths that lie; hostile ones are bombs, loops, floods of parts, and strangers under a picture's
name. All are hashed, decoded in the bounded child, their credentials verified, read by the analyzers, laundered and
cropped; how many are searched pixel by pixel and go through the network is told with each family. A failure is a crash
of the parent, a hang, an answer without a code, a fault of Assay itself, or a file that was changed. Times are wall
time on a busy machine; memory is the proportional set size of the processes.
"""


VIDEOS = """# Hostile videos: measured

Made by `python tests/detect/fuzz/run.py --videos --count 300 --every 60 --page docs/validation/hostile-videos.md`
(data: `ASSAY_DATA`); not edited by hand. Mutated files are small clips in every container and coding that is read, and
small real ones, with flipped bits, cuts, splices and lengths that lie; hostile ones are cut at every twentieth, have
boxes and tables of wrong sizes, no frame, one pixel, 15,360 x 8,640 pixels, ten thousand frames, frames at one time or
a year apart, twelve new faces in each of 120 shots, or are playlists (m3u8, ffconcat, DASH, SDP) that name a local
file and a loopback address, bare and behind the head of a video. All go all the way but for the network, which those
that went through the command line were seen by as well. A failure is a crash of the parent, a hang, an answer without
a code, a fault of Assay itself, or a file that was changed. Times are wall time on a busy machine; memory is the
proportional set size of the processes, of which the parent also makes the files.
"""


def write_page(path: Path, phases: Mapping[str, Any], searched: int, every: int, *, videos: bool = False) -> None:
    """Write the page; sections of a family that was not run stay as they are."""
    sections: dict[str, str] = {}
    if path.exists():
        parts = re.split(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    for title, phase in phases.items():
        kept = {name: text for name, text in sections.items() if name.split()[0] != title.split()[0]}
        part = searched if title.startswith("Mutated") else 1
        sections = kept | {title: f"{_spread(part, every, videos)}\n\n{_section(phase)}"}
    titles = sorted(sections, key=lambda title: not title.startswith("Mutated"))
    head = VIDEOS if videos else INTRODUCTION
    text = "\n".join([head, *(f"## {title}\n\n{sections[title].strip()}\n" for title in titles)])
    path.write_text(text, encoding="utf-8")


def _spread(searched: int, every: int, videos: bool) -> str:
    """What was done to how many of them."""
    if videos:
        return f"{f'One of {every} (`--every {every}`)' if every else 'None'} went through the command line."
    pixels = "All" if searched == 1 else f"One of {searched} (`--searched {searched}`)"
    through = f"one of {every} (`--every {every}`)" if every else "none"
    return (
        f"{pixels} were searched pixel by pixel, {through} went through the command line, network included."
    )


def _section(phase: Any) -> str:
    own, whole, peaks = phase.own, phase.whole, phase.peaks
    summary = [
        "| put through | failures | with the network | failures | child started anew | slowest, s | parent, MiB | "
        "child, MiB | together, MiB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        f"| {own.files:,} | {sum(own.failures.values()):,} | {whole.files:,} | {sum(whole.failures.values()):,} | "
        f"{phase.restarts} | {own.slowest[0]:.0f} | {peaks['parent']:,} | {peaks['child']:,} | {peaks['together']:,} |",
    ]
    outcomes = [
        "",
        f"The slowest was: {own.slowest[1]}.",
        "",
        "| what became of them | files |",
        "| --- | --- |",
    ]
    for code, count in own.outcomes.most_common():
        outcomes.append(f"| {'decoded and looked at' if code == 'looked at' else f'`{code}`'} | {count:,} |")
    answers = ", ".join(f"{name} {count:,}" for name, count in sorted(whole.outcomes.items()))
    return "\n".join([*summary, *outcomes, "", f"Answers with the network: {answers or 'none'}."])
