"""Clips of the development data through `assay detect`, one row each: what is said, and what it costs.

    python benchmarks/video/run.py [--data DIR] [--profile NAME] [--page FILE]

DIR holds ``media/`` (default: $ASSAY_DATA, else ../shared/data beside the checkout). The clips are too few to quote an
accuracy, and nothing is fitted or tuned on them.
"""

import argparse
import os
import resource
from pathlib import Path

import numpy as np

from assay.detect.session import Detector
from assay.detect.values import Proposition, Verdict

FOLDERS = ("video_real", "video_fake", "video_edited")
HEAD = """# Video, clip by clip

Made by `python benchmarks/video/run.py --page docs/validation/video.md`; not edited by hand. Clips of the development
data; nothing was fitted or tuned on them, and they are too few to quote an accuracy. Several are of one maker, some
are the same scene, and some carry a logo. *Real* are the recordings that others were made from; *fake* are generated or
driven by a model, three of them replaced faces; *edited* are recordings that a model changed.
"""


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data")))
    parser.add_argument("--profile", choices=("fast", "standard", "full"), default="standard")
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    rows, lines = [], []
    with Detector(profile=given.profile, device="cpu", workers=1) as detector:
        name = detector.artifact.id
        for folder in FOLDERS:
            for path in sorted((given.data / "media" / "dev" / folder).iterdir()):
                (verdict,) = detector.run(path)
                rows.append((folder.removeprefix("video_"), path, verdict))
                print(_row(*rows[-1]), flush=True)
    # Of the children, which are waited for only now.
    spent = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = sum(_seconds(verdict) for _, _, verdict in rows)
    titles = "clip | is | frames | s | size | faces: tracks, longest | outcome | log10 LR | timeline, range | told"
    lines += ["## Clips", "", f"| {titles} |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |", *(_row(*row) for row in rows), ""]
    lines += _summary(rows, name, given.profile)
    told = (
        f"{len(rows)} clips of {seconds:.0f} s together took {spent:.0f} s of processor time at the profile "
        f"{given.profile}, loading included: {spent / len(rows):.1f} s a clip."
    )
    lines += ["", "## Cost", "", told]
    text = "\n".join([HEAD, *lines]) + "\n"
    print(text)
    if given.page is not None:
        given.page.write_text(text, encoding="utf-8")


def _seconds(verdict: Verdict) -> float:
    return next((f.detail["rhythm"]["seconds"] for f in verdict.findings if f.analyzer == "video-file"), 0.0)


def _row(kind: str, path: Path, verdict: Verdict) -> str:
    ratio = verdict.answers[Proposition.SYNTHETIC].ratio if verdict.answers else None
    file = next((each.detail for each in verdict.findings if each.analyzer == "video-file"), None)
    shape = ("-", "-", "-") if file is None else (
        str(file["walked"]), f"{file['rhythm']['seconds']:.1f}", f"{file['width']} x {file['height']}"
    )  # fmt: skip
    longest = max((face.end - face.begin for face in verdict.faces), default=0.0)
    faces = f"{len(verdict.faces)}, {longest:.1f} s" if verdict.faces else "-"
    weight = "-" if ratio is None else f"{ratio.log10:+.2f} [{ratio.low:+.2f}, {ratio.high:+.2f}]"
    scores = [score for _, score in verdict.timeline]
    line = f"{min(scores):.2f} to {max(scores):.2f}" if scores else "-"
    told = ", ".join(
        dict.fromkeys(
            reason.code
            for reason in (*verdict.reasons[:1], *(r for f in verdict.findings for r in f.reasons))
            if reason.code != "calibrated-on-stills" or reason is verdict.reasons[0]
        )
    )
    cells = (path.stem[:44], kind, *shape, faces, verdict.outcome.value, weight, line, told)
    return f"| {' | '.join(cells)} |"


def _summary(rows: list[tuple[str, Path, Verdict]], name: str, profile: str) -> list[str]:
    told = f"Median log10 LR of {name} over the clips to which the network applies, profile {profile}."
    lines = ["## By kind", "", told, ""]
    lines += ["| is | clips | network applies | median log10 LR | above 0 | inconsistent | consistent |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
    for folder in FOLDERS:
        kind = folder.removeprefix("video_")
        own = [verdict for each, _, verdict in rows if each == kind]
        ratios = [v.answers[Proposition.SYNTHETIC].ratio for v in own if v.answers]
        values = [ratio.log10 for ratio in ratios if ratio is not None]
        outcomes = [verdict.outcome.value for verdict in own]
        middle = f"{np.median(values):+.2f}" if values else "-"
        lines.append(
            f"| {kind} | {len(own)} | {len(values)} | {middle} | {sum(value > 0 for value in values)} | "
            f"{outcomes.count('inconsistent')} | {outcomes.count('consistent')} |"
        )
    return lines


if __name__ == "__main__":
    main()
