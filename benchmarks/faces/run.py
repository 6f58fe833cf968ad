"""Replaced faces: clips one by one, false alarms on photos, peers beside it, and what its card says of held people.

    python benchmarks/faces/run.py [--data DIR] [--artifact FOLDER] [--wheels DIR] [--page FILE] [--json FILE]

DIR holds ``media/`` (default: $ASSAY_DATA, else ../shared/data beside the checkout). Nothing was trained, tuned or
chosen on any clip or photo in here. The peers are fitted on the forge's swaps of the training people, which needs the
two wheels that training needs (``--wheels``, default runs/wheels); without them that part is left out, and the page
says so.
"""

import argparse
import json
import os
import resource
from pathlib import Path
from typing import Any

from page import page
from peers import compared

from assay.detect.analyzers.faceswap import FaceSwaps
from assay.detect.faces import finder, scoring
from assay.detect.faces.scoring import FaceScorer
from assay.detect.media import DECODER, read_picture
from assay.detect.session import Detector
from assay.detect.values import Proposition, Verdict
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit
from assay.intake.limits import DEFAULT
from assay.models.artifact import Artifact
from assay.models.engine import Engine
from assay.models.registry import Registry

FOLDERS = ("video_real", "video_fake", "video_edited")
PHOTOS = ("dev/real", "edited/authentic", "originals")


def main() -> None:
    """Measure, print, and write what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = Path(__file__).resolve().parents[2]
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data"))
    )
    parser.add_argument("--artifact", type=Path)
    parser.add_argument("--wheels", type=Path, default=here / "runs" / "wheels")
    parser.add_argument("--page", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    artifact = Artifact.open(given.artifact) if given.artifact else Registry().default(scoring.TASK)
    media = given.data / "media"
    told: dict[str, Any] = {"artifact": artifact.id, "clips": list(clips(media))}
    told["photos"] = photos(media, artifact)
    told["peers"] = compared(given.data, given.wheels, artifact)
    told["card"] = [metric.model_dump() for metric in artifact.card.metrics]
    told["points"] = [point.model_dump() for point in artifact.card.operating_points]
    told["seconds"] = sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    text = page(told)
    print(text)
    if given.json is not None:
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if given.page is not None:
        given.page.write_text(text, encoding="utf-8")


def clips(media: Path) -> Any:
    """Each clip of the development data through the whole of `assay detect`, at the profile standard."""
    with Detector(profile="standard", device="cpu", workers=1) as detector:
        for folder in FOLDERS:
            for path in sorted((media / "dev" / folder).iterdir()):
                (verdict,) = detector.run(path)
                row = _clip(folder.removeprefix("video_"), path.stem, verdict)
                print(row, flush=True)
                yield row


def _clip(kind: str, name: str, verdict: Verdict) -> dict[str, Any]:
    finding = next((each for each in verdict.findings if each.analyzer == "faces"), None)
    detail: dict[str, Any] = {} if finding is None else dict(finding.detail)
    tracks = [track for track in detail.get("tracks", []) if track.get("score") is not None]
    answer = verdict.answers.get(Proposition.FACE_SWAP) if verdict.answers else None
    ratio = None if answer is None else answer.ratio
    return {
        "clip": name,
        "is": kind,
        "outcome": verdict.outcome.value,
        "tracks": detail.get("found", 0),
        "scored": [
            {"raw": each["raw"], "log10_lr": each["log10_lr"], "over": each["over"], "frames": each["scored"],
             "effective": each["effective"], "eyes": each["best"]["eyes"]}
            for each in tracks
        ],
        "log10_lr": None if ratio is None else [ratio.log10, ratio.low, ratio.high],
        "answered": bool(answer and answer.answered),
        "why_not": None if finding is None or finding.why_not is None else finding.why_not.code,
        "unfit": sorted({code for each in detail.get("tracks", []) for code in each.get("unfit", [])}),
    }  # fmt: skip


def photos(media: Path, artifact: Artifact) -> list[dict[str, Any]]:
    """Photos in which nobody replaced a face: how many faces are judged, and how many pass the operating point."""
    found = []
    outputs = scoring.OUTPUTS
    with (
        Engine.open(artifact, device="cpu", outputs=outputs) as engine,
        Child(DEFAULT, preload=[DECODER]) as child,
    ):
        analyzer = FaceSwaps(FaceScorer(engine, artifact), Registry().default(finder.TASK), "standard")
        for folder in PHOTOS:
            row = {
                "set": folder,
                "photos": 0,
                "with_faces": 0,
                "judged": 0,
                "faces": 0,
                "over": 0,
                "above_2": 0,
            }
            for path in sorted((media / folder).iterdir()):
                exhibit = Exhibit.open(path, DEFAULT, name=path.name)
                if exhibit.kind != "image":
                    continue
                finding = analyzer.analyze(read_picture(exhibit, child, DEFAULT))
                faces = finding.detail.get("faces", [])
                threshold = finding.detail.get("threshold")
                scores = [each["score"] for each in faces if each["score"] is not None]
                row["photos"] += 1
                row["with_faces"] += bool(faces)
                row["judged"] += bool(scores)
                row["faces"] += len(scores)
                row["over"] += sum(score >= threshold for score in scores)
                row["above_2"] += finding.ratio is not None and finding.ratio.log10 >= 0.30103
            print(row, flush=True)
            found.append(row)
    return found


if __name__ == "__main__":
    main()
