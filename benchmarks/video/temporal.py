"""Do cues between frames tell a face that was drawn over frame by frame? Each alone, on clips that are made alike.

    python benchmarks/video/temporal.py [--data DIR] [--page FILE]

Of recordings of a face (``media/dev/video_real``) a drawn-over twin is made: in every frame the face is taken,
recoloured, softened, moved by a fraction of a pixel that differs from frame to frame, and laid back through a soft
mask, as programs that exchange faces do. Both are coded alike, and cues are measured in windows of a second. Then the
same cues on the three replaced faces that the data hold beside their recordings. Nothing is fitted: an AUC of 0.5 is
chance.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from assay.detect.faces.alignment import aligned, similarity
from assay.detect.faces.finder import TASK, Face, FaceFinder
from assay.detect.forge.films import coded
from assay.models.metrics import auc
from assay.models.registry import Registry

CLIPS = ("004", "519", "634", "liveportrait_driving__d14", "liveportrait_driving__s29")
PAIRS = {"519": "ffpp_Deepfakes_519_515", "634": "ffpp_FaceSwap_634_660", "004": "ffpp_NeuralTextures_004_982"}
MOST, WINDOW, SIDE = 125, 25, 128
Frames = list[NDArray[np.uint8]]
Floats = NDArray[np.float64]


def frames_of(path: Path) -> Frames:
    """The first frames of a clip, shrunk to 720 pixels."""
    found: Frames = []
    with av.open(str(path)) as clip:
        clip.streams.video[0].codec_context.thread_count = 1
        for frame in clip.decode(video=0):
            rgb = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            factor = min(1.0, 720 / max(rgb.shape[:2]))
            size = tuple(round(side * factor / 2) * 2 for side in rgb.shape[1::-1])
            found.append(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
            if len(found) >= MOST:
                break
    return found


def drawn_over(frames: Frames, faces: Sequence[Face | None], seed: int) -> Frames:
    """Every face replaced by itself, otherwise coloured, softer, and never quite in the same place."""
    draw = np.random.default_rng(seed)
    gain, shift = 1 + draw.normal(0, 0.05, 3), draw.normal(0, 4, 3)
    made = []
    for frame, face in zip(frames, faces, strict=True):
        if face is None:
            made.append(frame)
            continue
        matrix = similarity(face.marks, SIDE)
        crop = aligned(frame, face.marks, SIDE).astype(np.float32)
        crop = cv2.GaussianBlur(crop, (0, 0), 0.7) * (gain + draw.normal(0, 0.004, 3)) + shift
        # Landmarks of each frame err on their own, and so does what is laid back by them.
        off = np.eye(3)
        off[:2, 2] = draw.normal(0, 0.6, 2)
        off[:2, :2] *= 1 + draw.normal(0, 0.006)
        back = np.linalg.inv(off @ np.vstack([matrix, [0, 0, 1]]))[:2]
        mask = np.zeros((SIDE, SIDE), np.float32)
        cv2.ellipse(mask, (SIDE // 2, round(0.56 * SIDE)), (round(0.26 * SIDE), round(0.36 * SIDE)), 0, 0, 360, 1.0, -1)
        mask = cv2.GaussianBlur(mask, (0, 0), 4)
        size = frame.shape[1::-1]
        laid, share = cv2.warpAffine(crop, back, size), cv2.warpAffine(mask, back, size)[..., None]
        made.append(np.clip(frame * (1 - share) + laid * share, 0, 255).round().astype(np.uint8))
    return made


def largest(finder: FaceFinder, frames: Frames) -> list[Face | None]:
    """The largest face of each frame."""
    return [next(iter(finder.find(frame)), None) for frame in frames]


def rings() -> dict[str, NDArray[np.bool_]]:
    """Parts of an aligned crop: within, on and beyond the outline of a face, its mouth and its eyes."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    away = np.hypot((x - 0.5) / 0.26, (y - 0.56) / 0.36)
    return {
        "inside": away < 0.8, "rim": (away > 0.88) & (away < 1.15), "outside": (away > 1.25) & (away < 1.6),
        "mouth": (abs(x - 0.5) < 0.16) & (abs(y - 0.71) < 0.08),
        "eyes": (abs(x - 0.5) < 0.22) & (abs(y - 0.42) < 0.06),
    }  # fmt: skip


def cues(frames: Frames, faces: Sequence[Face | None]) -> list[dict[str, float]]:
    """Cues of each window in which every frame has a face; the higher, the more it looks drawn over."""
    part = rings()
    found = []
    for start in range(0, len(frames) - WINDOW + 1, WINDOW):
        seen = faces[start : start + WINDOW]
        if any(face is None for face in seen):
            continue
        marks = np.stack([face.marks for face in seen if face is not None]).astype(np.float64)
        eyes = np.hypot(*(marks[:, 1] - marks[:, 0]).T).mean()
        jitter = marks[2:] - 2 * marks[1:-1] + marks[:-2]
        # What the head does as a whole is taken out: only what landmarks do against one another.
        jitter -= jitter.mean(axis=1, keepdims=True)
        smooth = cv2.GaussianBlur(marks.reshape(WINDOW, 10), (1, 0), sigmaX=0.1, sigmaY=2.0).reshape(WINDOW, 5, 2)
        crops = np.stack(
            [
                cv2.cvtColor(aligned(frame, mark.astype(np.float32), SIDE), cv2.COLOR_RGB2GRAY).astype(np.float64)
                for frame, mark in zip(frames[start : start + WINDOW], smooth, strict=True)
            ]
        )
        flicker = np.abs(crops[2:] - 2 * crops[1:-1] + crops[:-2]).mean(axis=0)
        rest = crops - np.stack([cv2.medianBlur(c.astype(np.uint8), 3).astype(np.float64) for c in crops])
        slope = np.stack([np.hypot(cv2.Sobel(c, cv2.CV_64F, 1, 0), cv2.Sobel(c, cv2.CV_64F, 0, 1)) for c in crops])
        sharp = np.stack([np.abs(cv2.Laplacian(c, cv2.CV_64F)) for c in crops])
        mouth = sharp[:, part["mouth"]].mean(axis=1) / (sharp[:, part["eyes"]].mean(axis=1) + 1e-6)
        around = (flicker[part["inside"]].mean() + flicker[part["outside"]].mean()) / 2
        found.append(
            {
                "landmark jitter": float(np.sqrt((jitter**2).sum(axis=-1).mean()) / eyes),
                "flicker of the rim": float(flicker[part["rim"]].mean() / (around + 1e-6)),
                "seam over time": float(
                    slope[:, part["rim"]].mean() / (slope[:, part["inside"]].mean() + slope[:, part["outside"]].mean())
                ),
                "noise correlates less within": _kept(rest, part["outside"]) - _kept(rest, part["inside"]),
                "mouth against eyes": float(mouth.std() / (mouth.mean() + 1e-6)),
            }
        )
    return found


def _kept(rest: Floats, where: NDArray[np.bool_]) -> float:
    """Correlation of what a median leaves from frame to frame."""
    rows = rest[:, where]
    rows = rows - rows.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(rows, axis=1) + 1e-9
    return float(((rows[1:] * rows[:-1]).sum(axis=1) / (norm[1:] * norm[:-1])).mean())


def measured(data: Path, say: Callable[[str], Any]) -> list[list[str]]:
    """Rows of the table: AUC of each cue on made pairs, and on the replaced faces of the data."""
    finder = FaceFinder(Registry().default(TASK))
    own: list[tuple[str, bool, dict[str, float]]] = []
    there: list[tuple[str, bool, dict[str, float]]] = []
    for number, name in enumerate(CLIPS):
        frames = frames_of(next((data / "media/dev/video_real").glob(f"{name}.*")))
        twin = drawn_over(frames, largest(finder, frames), number)
        for made, label in ((frames, False), (twin, True)):
            again = coded(made, "h264", 23)
            own += [(name, label, each) for each in cues(again, largest(finder, again))]
        say(f"{name}: {len(frames)} frames")
    for real, fake in PAIRS.items():
        for stem, folder, label in ((real, "video_real", False), (fake, "video_fake", True)):
            frames = frames_of(data / "media/dev" / folder / f"{stem}.mp4")
            there += [(real, label, each) for each in cues(frames, largest(finder, frames))]
        say(f"{fake}: measured")
    rows = []
    for cue in own[0][2]:
        cells = [cue, *_aucs(own, cue)]
        rows.append([*cells, *(_cell([one for one in there if one[0] == name], cue) for name in PAIRS)])
    counts = [sum(label == side for _, label, _ in own) for side in (False, True)]
    rows.append(["windows, real and drawn over", f"{counts[0]} and {counts[1]}", "", *[
        " and ".join(str(sum(label == side for clip, label, _ in there if clip == name)) for side in (False, True))
        for name in PAIRS
    ]])  # fmt: skip
    return rows


def _aucs(rows: Sequence[tuple[str, bool, dict[str, float]]], cue: str) -> tuple[str, str]:
    """Over all windows, and the mean of those within one clip, where nothing but the drawing differs."""
    within = [[one for one in rows if one[0] == name] for name in CLIPS]
    values = [_auc(part, cue) for part in within if len({label for _, label, _ in part}) == 2]
    return f"{_auc(rows, cue):.2f}", f"{np.mean(values):.2f}"


def _auc(rows: Sequence[tuple[str, bool, dict[str, float]]], cue: str) -> float:
    return float(auc(np.array([each[cue] for *_, each in rows]), np.array([label for _, label, _ in rows])))


def _cell(rows: Sequence[tuple[str, bool, dict[str, float]]], cue: str) -> str:
    return f"{_auc(rows, cue):.2f}" if len({label for _, label, _ in rows}) == 2 else "-"


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data")))
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    head = ["cue", "AUC over all windows", "AUC within a clip, mean", *PAIRS.values()]
    rows = [head, ["---"] * len(head), *measured(given.data, lambda line: print(line, flush=True))]
    text = f"""# Cues between frames, measured

Made by `python benchmarks/video/temporal.py --page docs/validation/video-cues.md`; not edited by hand. Of {len(CLIPS)}
recordings of a face, up to {MOST} frames each, the face was drawn over frame by frame by itself: other colours, softer,
and laid back a fraction of a pixel off that differs from frame to frame. Recording and twin were coded alike (H.264,
quality 23), and each cue was measured in windows of {WINDOW} frames. The last columns are the three replaced faces of
the data against the recordings they were made from. 0.5 is chance; below it the cue speaks for the wrong side. Nothing
was fitted, and no cue enters an answer: see [decisions](../decisions.md).

""" + "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
    print(text)
    if given.page is not None:
        given.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
