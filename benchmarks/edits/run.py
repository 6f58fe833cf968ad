"""The map of edits on pictures that people edited, beside maps that need no training; alarms on untouched photos.

    python benchmarks/edits/run.py [--data DIR] [--artifact FOLDER] [--photos N] [--page FILE] [--json FILE]

DIR holds ``media/`` (default: $ASSAY_DATA, else ../shared/data beside the checkout). Nothing was trained, tuned or
chosen on any picture in here.
"""

import argparse
import json
import os
import resource
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from measuring import Drawn, apart, best_f1, by_reliability, f1, mean, pixel_auc
from page import KINDS, page
from peers import PEERS
from sets import ORIGINALS, Pair, masks_without_pictures, pairs, photos

from assay.detect.analyzers import edits
from assay.detect.analyzers.copymove import CopyMove
from assay.detect.analyzers.doubled import DoubleJpeg
from assay.detect.analyzers.edits import EditMap
from assay.detect.analyzers.ghosts import JpegGhosts
from assay.detect.analyzers.grid import JpegGrid
from assay.detect.analyzers.resampling import Resizing
from assay.detect.media import DECODER, read_picture
from assay.detect.values import Finding, Proposition
from assay.detect.verdict import judge
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit
from assay.intake.limits import DEFAULT
from assay.models.artifact import Artifact
from assay.models.engine import Engine
from assay.models.metrics import Interval
from assay.models.registry import Registry

OURS = "map of edits"
OURS_SURE = "map of edits, reliable cells only"


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
    parser.add_argument(
        "--photos", type=int, help="photos of a source at most, spread over it; by default all"
    )
    parser.add_argument("--page", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    media = given.data / "media"
    artifact = Artifact.open(given.artifact) if given.artifact else Registry().default(edits.TASK)
    with (
        Engine.open(artifact, device="cpu", outputs=edits.OUTPUTS) as engine,
        Child(DEFAULT, preload=[DECODER]) as child,
    ):
        analyzer = EditMap(engine, artifact)

        others = (JpegGrid(), CopyMove(), Resizing(), DoubleJpeg(whole=True), JpegGhosts())

        def found(path: Path) -> tuple[Finding, list[Finding]]:
            picture = read_picture(Exhibit.open(path, DEFAULT), child, DEFAULT)
            traces = [other.analyze(picture) for other in others]
            return analyzer.analyze(picture, traces), traces

        results = {
            "artifact": artifact.id,
            "sha256": artifact.sha256,
            "unusable masks": masks_without_pictures(media),
        }
        results |= localised(list(pairs(media)), found)
        results["asked"] = given.photos
        print("maps measured", flush=True)
        results["photos"] = {}
        for source, paths in photos(media).items():
            step = 1 if source == ORIGINALS or not given.photos else max(1, len(paths) // given.photos)
            results["photos"][source] = alarms(paths[::step], found)
            print(source, results["photos"][source], flush=True)
        results["latency"] = latency(analyzer)
    text = page(results)
    print(text)
    if given.json is not None:
        given.json.write_text(json.dumps(results, indent=1))
    if given.page is not None:
        given.page.write_text(text)


def localised(given: list[Pair], found: Any) -> dict[str, Any]:
    """Maps against masks, by set, for ours and its peers; reliability; what the verdict would say."""
    drawn: dict[str, list[Drawn]] = {name: [] for name in (OURS, OURS_SURE, *PEERS)}
    trusts, wrongs, answers = [], [], {"edited": [], "authentic": []}
    for pair in given:
        (edited, its), (authentic, theirs) = (found(path) for path in pair.paths)
        answers["edited"].append((pair.group, _answer(edited, its)))
        answers["authentic"].append((pair.group, _answer(authentic, theirs)))
        heat, trust = (edited.arrays[name].astype(np.float64) for name in edits.OUTPUTS)
        assert edited.explanation is not None
        whole = _enlarged(1 / (1 + np.exp(-heat)), edited.explanation.patch, pair.mask.shape)
        sure = whole * (_enlarged(trust, edited.explanation.patch, pair.mask.shape) >= edits.LEAST_SURE)
        scores = _log10(edited), _log10(authentic)
        drawn[OURS].append(Drawn(pair.group, whole, pair.mask, 0.5, *scores))
        drawn[OURS_SURE].append(Drawn(pair.group, sure, pair.mask, 0.5, *scores))
        for name, peer in PEERS.items():
            one, other = peer(pair.forged), peer(pair.authentic)
            own = float(one.mean() + 2 * one.std())
            drawn[name].append(Drawn(pair.group, one, pair.mask, own, _peak(one), _peak(other)))
        for finding, truth in ((edited, pair.mask), (authentic, np.zeros_like(pair.mask))):
            marked = finding.arrays["heat"] > 0
            rows, columns = marked.shape
            part = truth[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8).mean((1, 3)) >= 0.5
            trusts.append(finding.arrays["reliability"].ravel())
            wrongs.append((marked != part).ravel())
    groups = sorted({pair.group for pair in given})
    table = {}
    for name, lines in drawn.items():
        for group in (*groups, "all"):
            mine = [one for one in lines if group in (one.group, "all")]
            table[f"{name}|{group}"] = {
                "n": len(mine),
                "pixel AUC": _plain(mean([pixel_auc(one) for one in mine])),
                "F1": _plain(mean([f1(one, one.threshold) for one in mine])),
                "best F1": _plain(mean([best_f1(one) for one in mine])),
                "picture AUC": _plain(apart(mine)),
            }
    chance = [2 * float(pair.mask.mean()) / (1 + float(pair.mask.mean())) for pair in given]
    return {
        "maps": table,
        "everything marked": float(np.mean(chance)),
        "reliability": by_reliability(np.concatenate(trusts).astype(np.float64), np.concatenate(wrongs)),
        "answers": {kind: _counted([a for _, a in told]) for kind, told in answers.items()},
    }


def alarms(paths: list[Path], found: Any) -> dict[str, Any]:
    """Answers on photos that nobody edited in part."""
    told, ratios = [], []
    for path in paths:
        finding, traces = found(path)
        told.append(_answer(finding, traces))
        if finding.ratio is not None:
            ratios.append(finding.ratio.log10)
    return _counted(told) | {"median log10 LR": float(np.median(ratios)) if ratios else None}


def latency(analyzer: EditMap) -> list[dict[str, float]]:
    """Processor seconds of the network on one picture, by size."""
    draw = np.random.default_rng(0)
    lines = []
    for side in (512, 1000, 1700, 3000):
        rgb = draw.integers(0, 256, (side, side, 3), dtype=np.uint8)
        pixels = analyzer.fitted(rgb, analyzer.shrinkage(rgb))
        begun, wall = _cpu(), time.perf_counter()
        analyzer.look(pixels)
        lines.append(
            {
                "side": side,
                "looked at": pixels.shape[0],
                "cpu": _cpu() - begun,
                "wall": time.perf_counter() - wall,
            }
        )
    return lines


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _log10(finding: Finding) -> float:
    return 0.0 if finding.ratio is None else finding.ratio.log10


def _answer(finding: Finding, traces: list[Finding]) -> str:
    if not finding.applies or finding.ratio is None:
        return "not applicable"
    judged = judge([finding, *traces], 0.5)
    if judged.answers[Proposition.EDITED].answered:
        return "edited" if finding.ratio.log10 > 0 else "not edited"
    return "map alone" if judged.reasons[0].code == "edited-uncorroborated" else "no answer"


def _counted(told: list[str]) -> dict[str, Any]:
    return {"n": len(told)} | {kind: told.count(kind) for kind in KINDS}


def _enlarged(cells: np.ndarray, cell: int, shape: tuple[int, ...]) -> np.ndarray:
    """Cells at every pixel, smoothly; the rim that no cell covers takes its neighbours' values."""
    rows, columns = cells.shape
    large = cv2.resize(cells, (columns * cell, rows * cell), interpolation=cv2.INTER_LINEAR)
    pad = ((0, max(0, shape[0] - large.shape[0])), (0, max(0, shape[1] - large.shape[1])))
    return np.pad(large, pad, mode="edge")[: shape[0], : shape[1]]


def _peak(values: np.ndarray) -> float:
    """How far the highest hundredth of a map stands out of it."""
    return float((np.quantile(values, 0.99) - np.median(values)) / (values.std() + 1e-9))


def _plain(interval: Interval) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}


if __name__ == "__main__":
    main()
