"""Clips of the development data through `assay detect`, one row each: what is said, and what it costs.

    python benchmarks/video/run.py [--data DIR] [--profile NAME] [--page FILE]

DIR holds ``media/`` (default: $ASSAY_DATA, else ../shared/data beside the checkout). The clips are too few to quote an
accuracy, and nothing is fitted or tuned on them.
"""

import argparse
import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assay.detect.forge.trial import share
from assay.detect.session import Detector
from assay.detect.values import Proposition, Verdict
from assay.detect.video.calibration import film_calibration
from assay.models.card import Card, OperatingPoint

FOLDERS = ("video_real", "video_fake", "video_edited")
SWAPPED, DRIVEN = ("ffpp",), ("sadtalker", "vlogger")
KINDS = ("real", "generated", "driven", "replaced face", "edited")
HEAD = """# Video, clip by clip

Made by `python benchmarks/video/run.py --page docs/validation/video.md`; not edited by hand. Clips of the development
data; nothing was fitted or tuned on them, and they are too few to quote an accuracy. Several are of one maker, some
are the same scene, and some carry a logo. *Real* are the recordings that others were made from; *generated* are whole
clips of a model, *driven* a person or picture that a model moves, *replaced face* three exchanged faces beside whose
recordings they stand; *edited* are recordings that a model changed.
"""


@dataclass(frozen=True)
class Row:
    """One clip and what was said of it."""

    kind: str
    path: Path
    verdict: Verdict

    def detail(self, analyzer: str) -> dict[str, Any]:
        """Figures of one finding; empty when there is none."""
        return next((dict(each.detail) for each in self.verdict.findings if each.analyzer == analyzer), {})

    @property
    def seconds(self) -> float:
        """Length."""
        told = self.detail("video-file")
        return float(told["rhythm"]["seconds"]) if told else 0.0

    @property
    def score(self) -> float | None:
        """Of the median frame, by the network for generated pictures."""
        return next((each.score for each in self.verdict.findings if each.analyzer == "synthetic-video"), None)

    @property
    def over(self) -> bool:
        """Whether that passes the operating point."""
        threshold = self.detail("synthetic-video").get("threshold")
        return self.score is not None and threshold is not None and self.score >= threshold

    @property
    def tracks(self) -> list[dict[str, Any]]:
        """Faces that could be judged."""
        return [dict(face.detail) for face in self.verdict.faces if face.score is not None]


def kind_of(folder: str, path: Path) -> str:
    """What a clip is, by its folder and the name of its maker."""
    if folder != "video_fake":
        return folder.removeprefix("video_")
    if path.stem.startswith(SWAPPED):
        return "replaced face"
    return "driven" if path.stem.startswith(DRIVEN) else "generated"


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data")))
    parser.add_argument("--profile", choices=("fast", "standard", "full"), default="standard")
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    rows: list[Row] = []
    with Detector(profile=given.profile, device="cpu", workers=1) as detector:
        for folder in FOLDERS:
            for path in sorted((given.data / "media" / "dev" / folder).iterdir()):
                (verdict,) = detector.run(path)
                rows.append(Row(kind_of(folder, path), path, verdict))
                print(*_cells(rows[-1]), sep="  ", flush=True)
    # Of the children, which are waited for only now.
    spent = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    films = film_calibration()
    used = {f"{ref.name}@{ref.version} ({ref.sha256[:12]})" for row in rows for ref in row.verdict.artifacts}
    told = f"{HEAD}\nMeasured with {', '.join(sorted(used))}.\n"
    parts = [told, _clips(rows), _by_kind(rows, given.profile), _faces(rows)]
    parts += [] if films is None else [_films(films.card)]
    parts.append(
        f"## Cost\n\n{len(rows)} clips of {sum(row.seconds for row in rows):.0f} s together took {spent:.0f} s of "
        f"processor time at the profile {given.profile}, loading included: {spent / len(rows):.1f} s a clip. What half "
        "a minute of 720 lines costs, and two hours, is in [speed](speed-videos.md).\n"
    )
    text = "\n".join(parts)
    if given.page is not None:
        given.page.write_text(text, encoding="utf-8")


def table(rows: list[list[str]]) -> str:
    """Markdown of rows, the heads first."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]]) + "\n"


def _clips(rows: list[Row]) -> str:
    heads = ["clip", "is", "s", "size", "generated: score", "log10 LR", "over", "faces: tracks", "judged",
             "highest score", "log10 LR", "over", "outcome", "told"]  # fmt: skip
    return f"## Clips\n\n{table([heads, *(_cells(row) for row in rows)])}"


def _cells(row: Row) -> list[str]:
    file, verdict = row.detail("video-file"), row.verdict
    size = f"{file['width']} x {file['height']}" if file else "-"
    tracks = row.tracks
    strongest = max(tracks, key=lambda each: each["raw"], default=None)
    return [
        row.path.stem[:44], row.kind, f"{row.seconds:.1f}", size,
        "-" if row.score is None else f"{row.score:.2f}", _ratio(verdict, Proposition.SYNTHETIC),
        "yes" if row.over else "no",
        str(len(verdict.faces)), str(len(tracks)),
        "-" if strongest is None else f"{strongest['raw']:.2f}", _ratio(verdict, Proposition.FACE_SWAP),
        "-" if strongest is None else "yes" if any(each["over"] for each in tracks) else "no",
        verdict.outcome.value, verdict.reasons[0].code,
    ]  # fmt: skip


def _ratio(verdict: Verdict, proposition: Proposition) -> str:
    answer = verdict.answers.get(proposition)
    if answer is None or answer.ratio is None:
        return "-"
    ratio = answer.ratio
    return f"{ratio.log10:+.2f} [{ratio.low:+.2f}, {ratio.high:+.2f}]"


def _by_kind(rows: list[Row], profile: str) -> str:
    over = ("over the operating point for generated", "a judged face over that for replaced")
    heads = ["is", "clips", "median score", *over, "inconsistent", "consistent"]
    lines = [heads]
    for kind in KINDS:
        own = [row for row in rows if row.kind == kind]
        scores = [row.score for row in own if row.score is not None]
        judged = [row for row in own if row.tracks]
        outcomes = [row.verdict.outcome.value for row in own]
        lines.append(
            [
                kind, str(len(own)), f"{np.median(scores):+.2f}" if scores else "-",
                f"{sum(row.over for row in own)} of {len(scores)}",
                f"{sum(any(each['over'] for each in row.tracks) for row in judged)} of {len(judged)}",
                str(outcomes.count("inconsistent")), str(outcomes.count("consistent")),
            ]
        )  # fmt: skip
    real = [row for row in rows if row.kind == "real" and row.score is not None]
    made = [row for row in rows if row.kind in ("generated", "driven") and row.score is not None]
    top = max(real, key=lambda row: row.score or 0.0)
    beyond = sum((row.score or 0.0) > (top.score or 0.0) for row in made)
    return (
        f"## By kind\n\nProfile {profile}. That a video was generated is not answered: the ratio is withheld "
        f"(`calibrated-on-films`), since the highest score of a recording ({top.path.stem}, {top.score:.2f}) is passed "
        f"by {beyond} of the {len(made)} generated and driven clips.\n\n{table(lines)}"
    )


def _faces(rows: list[Row]) -> str:
    """False alarms by track, on recordings."""
    real = [row for row in rows if row.kind == "real"]
    tracks = [each for row in real for each in row.tracks]
    if not tracks:
        return "## False alarms on faces\n\nNo face was judged.\n"
    over = sum(bool(each["over"]) for each in tracks)
    alarms = share(over, len(tracks))
    seen = sum(len(row.verdict.faces) for row in real)
    worth = [each["effective"] / each["scored"] for each in tracks]
    return (
        f"## False alarms on faces\n\nOn {sum(bool(row.tracks) for row in real)} of {len(real)} recordings "
        f"{len(tracks)} of {seen} tracks could be judged; {over} of them lie over the operating point: "
        f"{alarms.value:.0%} [{alarms.low:.0%}, {alarms.high:.0%}] by Wilson's interval, which takes tracks of one "
        f"clip for independent. The frames of a track are worth {np.median(worth):.0%} of their number in the median. "
        "The classifier's own figures are on [faces](faces.md).\n"
    )


def _films(card: Card) -> str:
    """What calibration on films is worth on left-out sources."""
    named = {(metric.name, metric.source): metric for metric in card.metrics}
    point: OperatingPoint = next(each for each in card.operating_points if each.name == "film-2")
    lines = [["source", "AUC against the photos of its fold", "found", "false alarms"]]
    for source in sorted({metric.source for metric in card.metrics if metric.source}):
        cells = [named.get((name, source)) for name in ("auc", "tpr", "false-alarms")]
        told = [
            "-" if each is None else f"{each.value:.2f} [{each.low:.2f}, {each.high:.2f}]"
            if each.low is not None and each.high is not None else f"{each.value:.2f}"
            for each in cells
        ]  # fmt: skip
        lines.append([source, *told])
    whole, alike = named["auc-macro", None], named["auc-macro-photo-like", None]
    return (
        f"## Films of left-out pictures\n\n{card.id}: every training picture filmed and coded as videos are, scored by "
        f"a probe that had not seen its source ({point.n} films; made by `{card.code}`). Mean AUC over generated "
        f"sources {whole.value:.2f}, over those that look like photos {alike.value:.2f}; over the threshold "
        f"{point.threshold:.2f} lie {point.fpr:.1%} of the films of photos and {point.tpr:.0%} of those of generated "
        f"pictures.\n\n{table(lines)}"
    )


if __name__ == "__main__":
    main()
