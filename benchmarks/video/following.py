"""Are people kept apart when they cross paths, change places behind a cut that nobody noticed, or go and come back?

    python benchmarks/video/following.py [--data DIR] [--page FILE]

Films are made of the heads of real people, stills of ``media/train/faces_real`` and recordings of
``media/dev/video_real``, two to a film, and every face that the detector finds in them is known to be one of the two.
A track that holds both is the worst that can happen, for it says *who* wrongly; a person in several tracks is less bad.
Beside it runs a peer that goes by place alone (overlap of boxes). Nothing was fitted on the recordings.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from assay.detect.faces.finder import TASK, Face, FaceFinder
from assay.detect.faces.tracks import Tracker, overlap
from assay.models.registry import Registry

SIDE = 130
"""Of a head, in pixels; films are 640 x 360."""

STILLS = (
    "48_1_1_20170110120129624", "35_0_2_20170104201518561", "59_0_4_20170117172237604", "60_0_2_20170116174336830",
    "26_0_1_20170113133950129", "42_1_0_20170103183246362", "35_1_0_20170103182733994", "24_1_3_20170104235417596",
    "21_0_4_20170103230615993", "24_1_2_20170116163720881", "26_1_2_20170116175919039", "26_1_1_20170116021804434",
    "31_1_3_20170104222647935", "25_0_0_20170117151726084", "26_0_4_20170117195722036", "53_0_4_20170104212427149",
    "47_0_3_20170119202123349", "23_0_0_20170117144526121", "26_1_1_20170116232158064", "31_1_2_20170104020811717",
    "27_1_3_20170104231620409", "30_1_4_20170109135421119", "21_0_3_20170104225826937", "32_0_3_20170104230706290",
)  # fmt: skip
RECORDINGS = ("004", "519", "634", "liveportrait_driving__d14", "liveportrait_driving__s29")

SCENES = {
    "cross": ("two cross paths, one in front of the other", "1"),
    "places": ("two change places from one frame to the next, which nobody noticed", "2"),
    "gap 0.5": ("one of two is away for 0.5 s", "1"),
    "gap 3": ("one of two is away for 3 s", "1 and 2"),
    "instead 0.5": ("another stands in the place of one who was away for 0.5 s", "1"),
    "instead": ("another stands in the place of one from one frame to the next, which nobody noticed", "1"),
}
"""What happens, and how many tracks a person then is."""

PLAN = (("cross", 0.2, 4.8), ("cross", 0.8, 4.8), ("places", 0.4, 3.2), ("gap 0.5", 0.2, 2.0), ("gap 3", 0.4, 5.2),
        ("instead 0.5", 0.25, 2.0), ("instead", 0.4, 2.4))  # fmt: skip
"""Scene, seconds between frames, seconds."""

Pixels = NDArray[np.uint8]
Person = Sequence[Pixels]
Placed = list[tuple[str, Pixels, float, float]]


def placed(scene: str, t: float, seconds: float, one: Pixels, two: Pixels) -> Placed:
    """Who is where at a time, from the back to the front."""
    name, _, gap = scene.partition(" ")
    if name == "cross":
        way = 430 * t / seconds
        return [("one", one, 40 + way, 110), ("two", two, 470 - way, 120)]
    if name == "places":
        left, right = (100, 400) if t < seconds / 2 else (400, 100)
        return [("one", one, left, 110), ("two", two, right, 110)]
    away = 1.0 <= t < 1.0 + float(gap or 0)
    if name == "gap":
        return [("one", one, 100, 110)] + ([] if away else [("two", two, 400, 110)])
    return [] if away else [("one", one, 300, 110)] if t < 1.0 else [("two", two, 300, 110)]


def told(scene: str, step: float, seconds: float, one: Person, two: Person, finder: FaceFinder) -> Iterator[
    tuple[float, Pixels, list[tuple[Face, str]]]
]:  # fmt: skip
    """Times, frames, and the faces in them with whose they are."""
    for number in range(round(seconds / step)):
        t = number * step
        frame = np.full((360, 640, 3), (120, 110, 100), np.uint8)
        there = placed(scene, t, seconds, one[number % len(one)], two[number % len(two)])
        for _, head, x, y in there:
            frame[round(y) : round(y) + SIDE, round(x) : round(x) + SIDE] = head
        faces = []
        for face in finder.find(frame):
            at = face.marks.mean(axis=0)
            apart = [float(np.hypot(at[0] - x - SIDE / 2, at[1] - y - SIDE / 2)) for _, _, x, y in there]
            near = [place for place, distance in enumerate(apart) if distance < SIDE / 3]
            if near:
                # Where both are within reach, the one in front is seen.
                faces.append((face, there[near[-1]][0]))
        yield t, frame, faces


class ByPlace:
    """The peer: a face goes on where the last one of a track was, if their boxes overlap by 0.3; 1.5 s at most."""

    def __init__(self) -> None:
        self.last: list[tuple[float, NDArray[np.float32]]] = []

    def see(self, t: float, faces: Sequence[Face]) -> list[int]:
        """Numbers of the tracks that faces belong to."""
        free = [number for number, (seen, _) in enumerate(self.last) if t - seen <= 1.5]
        found = []
        for face in faces:
            best = max(free, key=lambda number: overlap(self.last[number][1], face.box), default=None)
            if best is None or overlap(self.last[best][1], face.box) < 0.3:
                best = len(self.last)
                self.last.append((t, face.box))
            else:
                free.remove(best)
                self.last[best] = (t, face.box)
            found.append(best)
        return found


def stills(data: Path) -> list[Person]:
    """People of whom there is one picture each."""
    paths = [data / f"media/train/faces_real/utkface__{name}.jpg.chip.jpg" for name in STILLS]
    read = [np.asarray(cv2.imread(str(path)), np.uint8)[:, :, ::-1] for path in paths]
    return [[np.asarray(cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)] for one in read]


def recorded(data: Path, finder: FaceFinder) -> list[Person]:
    """People who move their heads: every fifth frame of a recording, cut out round where the face mostly is."""
    people = []
    for name in RECORDINGS:
        frames: list[Pixels] = []
        with av.open(str(next((data / "media/dev/video_real").glob(f"{name}.*")))) as clip:
            clip.streams.video[0].codec_context.thread_count = 1
            for number, frame in enumerate(clip.decode(video=0)):
                if number % 5 == 0:
                    frames.append(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
                if len(frames) == 24:
                    break
        boxes = [face.box for frame in frames[::4] for face in finder.find(frame)[:1]]
        left, top, width, height = np.median(boxes, axis=0)
        side = 1.5 * max(width, height)
        factor = SIDE / side
        matrix = np.array([[factor, 0, SIDE / 2 - factor * (left + width / 2)],
                           [0, factor, SIDE / 2 - factor * (top + height / 2)]])  # fmt: skip
        soft = [cv2.GaussianBlur(frame, (0, 0), max(0.1, 0.4 / factor)) for frame in frames]
        cut = [cv2.warpAffine(frame, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE) for frame in soft]
        people.append([np.asarray(each, np.uint8) for each in cut])
    return people


def measured(data: Path) -> list[list[str]]:
    """Rows of the table."""
    finder = FaceFinder(Registry().default(TASK))
    still, moving = stills(data), recorded(data, finder)
    pairs = {"stills": list(zip(still[::2], still[1::2], strict=True)),
             "recordings": list(zip(moving, moving[1:] + moving[:1], strict=True))}  # fmt: skip
    rows = []
    for scene, step, seconds in PLAN:
        for kind, couples in pairs.items():
            mixed: dict[str, int] = defaultdict(int)
            tracks: dict[str, list[int]] = defaultdict(list)
            for one, two in couples:
                tracker, peer = Tracker(spacing=step), ByPlace()
                whose: dict[str, dict[int, set[str]]] = {"Assay": defaultdict(set), "place alone": defaultdict(set)}
                for t, frame, faces in told(scene, step, seconds, one, two, finder):
                    names = {id(face): name for face, name in faces}
                    for track, seen in tracker.see(t, frame, [face for face, _ in faces]):
                        whose["Assay"][track.number].add(names[id(seen.face)])
                    numbers = peer.see(t, [face for face, _ in faces])
                    for number, (_, name) in zip(numbers, faces, strict=True):
                        whose["place alone"][number].add(name)
                for way, held in whose.items():
                    mixed[way] += any(len(names) > 1 for names in held.values())
                    tracks[way] += [sum(name in names for names in held.values()) for name in ("one", "two")]
            cells = [f"{mixed[way]} of {len(couples)}, {np.mean(tracks[way]):.1f}" for way in ("Assay", "place alone")]
            rows.append([SCENES[scene][0], f"{step} s", kind, SCENES[scene][1], *cells])
            print(*rows[-1], sep="; ", flush=True)
    return rows


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data")))
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    head = ["what happens", "frames every", "people", "tracks a person should be", "Assay", "place alone"]
    rows = [head, ["---"] * len(head), *measured(given.data)]
    stills_in, recordings_in = len(STILLS) // 2, len(RECORDINGS)
    text = f"""# Following people, measured

Made by `python benchmarks/video/following.py --page docs/validation/video-tracks.md`; not edited by hand. Films of two
heads each, cut out of real pictures: {stills_in} pairs of stills from the training pool, by which the rule was chosen,
and {recordings_in} pairs out of {recordings_in} recordings, which had no part in it. Cells give the films in which a
track holds both people, which says *who* wrongly, and how many tracks a person is on average. The peer goes by overlap
of boxes alone. No change of shot was told.

""" + "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
    print(text)
    if given.page is not None:
        given.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
