"""The forensic bench on made sets whose truth is known: alarms on untouched pictures, parts that are found.

    python benchmarks/traces/run.py [--data DIR] [--pictures N] [--only NAME]... [--page FILE]

DIR holds ``media/`` (default: $ASSAY_DATA, else ../shared/data beside the checkout). Photos are shrunk by a random
factor, so that no grid of their past is left, and saved once as JPEG: these are untouched. Into others a part is laid
whose past is another. One module for each family of sets; those that are not run keep their section of the page.
"""

import argparse
import os
import random
import re
from pathlib import Path

import copymove
import doubled
import filtered
import ghosted
import grid
import noiselevel
import resized
import thumbnails
import watermarks
from photos import FOUND, Photos

FAMILIES = {
    "grid": grid,
    "doubled": doubled,
    "ghosts": ghosted,
    "copy-move": copymove,
    "noise-level": noiselevel,
    "resampling": resized,
    "thumbnails": thumbnails,
    "watermark": watermarks,
    "colour-filters": filtered,
}
HEAD = f"""# The forensic bench, measured

Made by `python benchmarks/traces/run.py --page docs/validation/traces.md`; not edited by hand. Photos of
the development data, shrunk and saved once; truth is known because the pictures were made so.
*Found*: what was marked overlaps with what was changed by {FOUND} or more (intersection over union).
"""


def sections(page: str) -> dict[str, str]:
    """Text below each second-level heading of a page."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return {title: text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = Path(__file__).resolve().parents[2]
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data"))
    )
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument(
        "--only", choices=list(FAMILIES), action="append", help="may be repeated; by default all"
    )
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    photos = Photos.of(given.data, given.pictures)
    told: dict[str, str] = {}
    for name in given.only or FAMILIES:
        family = FAMILIES[name]
        told[family.TITLE] = "\n".join(family.measure(photos, random.Random(1)))
        print(f"## {family.TITLE}\n\n{told[family.TITLE]}\n", flush=True)
    if given.page is not None:
        # Read last: another run may have written its own sections meanwhile.
        told = (sections(given.page.read_text()) if given.page.exists() else {}) | told
        kept = [family.TITLE for family in FAMILIES.values() if family.TITLE in told]
        given.page.write_text("\n".join([HEAD, *(f"## {title}\n\n{told[title]}\n" for title in kept)]))


if __name__ == "__main__":
    main()
