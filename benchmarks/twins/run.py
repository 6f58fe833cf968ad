"""Near twins measured: how often two different pictures pass for one, how often a changed copy is found, and how fast.

    python benchmarks/twins/run.py [--data DIR] [--copies N] [--page FILE]

DIR holds ``media/`` (default: $ASSAY_DATA, else ../shared/data beside the checkout). The distances were chosen on the
folders ``train/``; those of ``dev/`` and ``originals/`` are told apart. Files that are the same picture by name or by
eye are not taken out: every pair is counted as a false match, and the nearest pairs are listed.
"""

import argparse
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from assay.detect.forge.launder import TIER_LAUNDERINGS, Pixels, delivery
from assay.detect.likeness.fingerprint import Fingerprint, fingerprint
from assay.detect.likeness.table import ALONE, TOGETHER, Table

FOLDERS = {"train": ("train/real", "train/fake"), "dev": ("dev/real", "dev/fake", "originals")}
RULES = {
    f"pHash <= {TOGETHER[0]} and dHash <= {TOGETHER[1]}": (TOGETHER[0], TOGETHER[1]),
    f"pHash <= {ALONE[0]}": (ALONE[0], 64),
    f"dHash <= {ALONE[1]}": (64, ALONE[1]),
}
HEAD = """# Near twins, measured

Made by `python benchmarks/twins/run.py --page docs/validation/near-twins.md`; not edited by hand. Hashes are of the
picture as shown. *In any pose*: one of the two may be turned or mirrored in eight ways, as the product compares them.
"""


def _cut(share: float) -> Callable[[Pixels], Pixels]:
    def cut(rgb: Pixels) -> Pixels:
        down, across = (int(side * share / 2) for side in rgb.shape[:2])
        return rgb[down : rgb.shape[0] - down, across : rgb.shape[1] - across]

    return cut


def _corner(share: float) -> Callable[[Pixels], Pixels]:
    return lambda rgb: rgb[int(rgb.shape[0] * share) :, int(rgb.shape[1] * share) :]


def _turned(degrees: float) -> Callable[[Pixels], Pixels]:
    return lambda rgb: np.asarray(Image.fromarray(rgb).rotate(degrees, Image.Resampling.BICUBIC))


def _brighter(rgb: Pixels) -> Pixels:
    lit = ImageEnhance.Brightness(Image.fromarray(rgb)).enhance(1.25)
    return np.asarray(ImageEnhance.Contrast(lit).enhance(1.25))


def _banded(rgb: Pixels) -> Pixels:
    made = rgb.copy()
    made[int(len(made) * 0.88) :] = 0
    return made


def _small(rgb: Pixels) -> Pixels:
    picture = Image.fromarray(rgb)
    picture.thumbnail((160, 160))
    return np.asarray(picture)


CHANGES: Mapping[str, Callable[[Pixels], Pixels]] = {
    "web (768 px, quality 60)": TIER_LAUNDERINGS["web"].apply,
    "hard (512 px, quality 40)": TIER_LAUNDERINGS["hard"].apply,
    "messenger twice": delivery("messenger").apply,
    "WebP of quality 40": delivery("webp-40").apply,
    "thumbnail of 160 px": _small,
    "grey": lambda rgb: np.repeat(np.asarray(Image.fromarray(rgb).convert("L"))[..., None], 3, 2),
    "brighter and harder by a quarter": _brighter,
    "black band over the lower 12 %": _banded,
    "mirrored": lambda rgb: rgb[:, ::-1],
    "turned by 90 degrees": lambda rgb: np.rot90(rgb),
    "turned by 1 degree": _turned(1),
    "turned by 3 degrees": _turned(3),
    "cropped by 2 % around": _cut(0.02),
    "cropped by 5 % around": _cut(0.05),
    "cropped by 10 % around": _cut(0.10),
    "cropped by 20 % around": _cut(0.20),
    "cropped by 5 % at one corner": _corner(0.05),
}


def read(path: Path) -> Pixels:
    """Pixels of a picture of the data."""
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))


def distances(
    prints: list[Fingerprint],
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """pHash and dHash distances of all pairs as they are, then the same in the nearest pose."""
    p = np.array([one.phash for one in prints], np.uint64)
    d = np.array([one.dhash for one in prints], np.uint64)
    upper = np.triu_indices(len(prints), 1)
    plain = np.bitwise_count(p[:, None] ^ p)[upper], np.bitwise_count(d[:, None] ^ d)[upper]
    best_p, best_d = (each.copy() for each in plain)
    for at in range(7):
        of_p = np.bitwise_count(np.array([one.poses[at][1] for one in prints], np.uint64)[:, None] ^ p)[upper]
        of_d = np.bitwise_count(np.array([one.poses[at][2] for one in prints], np.uint64)[:, None] ^ d)[upper]
        nearer = of_p.astype(np.int16) + of_d < best_p.astype(np.int16) + best_d
        best_p[nearer], best_d[nearer] = of_p[nearer], of_d[nearer]
    return *plain, best_p, best_d


def false_matches(prints: list[Fingerprint], names: list[str]) -> tuple[list[list[str]], list[list[str]]]:
    """Rows of matches among all pairs by rule, and of the nearest pairs."""
    phash, dhash, any_p, any_d = distances(prints)
    rows = []
    for rule, (most_p, most_d) in RULES.items():
        plain = int(((phash <= most_p) & (dhash <= most_d)).sum())
        posed = int(((any_p <= most_p) & (any_d <= most_d)).sum())
        rows.append([rule, f"{len(phash):,}", f"{plain:,}", f"{posed:,}", f"{posed / len(phash):.1e}"])
    first, second = np.triu_indices(len(prints), 1)
    near = np.flatnonzero((any_p <= TOGETHER[0]) & (any_d <= TOGETHER[1]))
    pairs = [[names[first[at]], names[second[at]], str(any_p[at]), str(any_d[at])] for at in near]
    return rows, sorted(pairs, key=lambda pair: (int(pair[2]) + int(pair[3]), pair[0]))


def found_again(pictures: list[Pixels]) -> list[list[str]]:
    """Share of changed copies that are near twins of their originals, by change."""
    originals = [found for found in map(fingerprint, pictures) if found is not None]
    kept = [rgb for rgb in pictures if fingerprint(rgb) is not None]
    rows = []
    for name, change in CHANGES.items():
        hits = [0, 0, 0]
        for rgb, original in zip(kept, originals, strict=True):
            copy = fingerprint(np.ascontiguousarray(change(rgb)))
            entries = [(original.phash, original.dhash), (original.phash, None), (None, original.dhash)]
            for at, entry in enumerate(entries):
                table = Table()
                table.add(*entry)
                hits[at] += copy is not None and bool(table.near(copy))
        rows.append([name, *(f"{hit / len(kept):.3f}" for hit in hits)])
    return rows


def speed() -> list[list[str]]:
    """Processor time of one question, by the size of the table."""
    draw = np.random.default_rng(1)
    rows = []
    for size in (10_000, 100_000, 1_000_000):
        table = Table()
        for phash, dhash in draw.integers(0, 1 << 63, (size, 2), np.int64):
            table.add(int(phash), int(dhash))
        asked = [
            Fingerprint(
                int(a),
                int(b),
                tuple(("turned", int(c), int(b)) for c in draw.integers(0, 1 << 63, 7, np.int64)),
            )
            for a, b in draw.integers(0, 1 << 63, (20, 2), np.int64)
        ]
        begun = time.process_time()
        for one in asked:
            table.near(one)
        rows.append(
            [
                f"{size:,}",
                f"{1000 * (time.process_time() - begun) / len(asked):.2f}",
                f"{17 * size / 2**20:.1f}",
            ]
        )
    return rows


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join("| " + " | ".join(line) + " |" for line in [heads, ["---"] * len(heads), *rows]) + "\n"


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = Path(__file__).resolve().parents[2]
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data"))
    )
    parser.add_argument("--copies", type=int, default=300, help="Pictures that are changed and looked for.")
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    parts = [HEAD]
    every: list[Path] = []
    for name, folders in FOLDERS.items():
        paths = [path for folder in folders for path in sorted((given.data / "media" / folder).iterdir())]
        every += paths if name == "train" else []
        prints = [(path.name, fingerprint(read(path))) for path in paths]
        sound = [(each, found) for each, found in prints if found is not None]
        rows, pairs = false_matches([found for _, found in sound], [each for each, _ in sound])
        parts += [
            f"## Different pictures that pass for one: {name}\n",
            table(["rule", "pairs", "matches", "in any pose", "share"], rows),
            f"{len(paths):,} pictures, {len(paths) - len(sound)} of them too even. Pairs within the first rule, true "
            "copies among them:\n",
            table(["picture", "picture", "pHash", "dHash"], pairs),
        ]
    step = max(1, len(every) // given.copies)
    parts += [
        "## Changed copies that are found\n",
        table(["change", *RULES], found_again([read(path) for path in every[::step]])),
        "Of pictures of `train/`, in any pose.\n",
        "## Time of one question, in eight poses\n",
        table(["pictures remembered", "CPU, ms", "memory, MiB"], speed()),
    ]
    page = "\n".join(parts)
    print(page)
    if given.page is not None:
        given.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
