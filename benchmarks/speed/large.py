"""A picture of a hundred megapixels through `assay detect`, format by format: processor time, memory of all processes.

    python benchmarks/speed/large.py [--data DIR] [--profile fast|standard|full] [--page FILE]

DIR holds ``media/originals`` (default: $ASSAY_DATA, else ../shared/data beside the checkout); where it is absent,
scikit-learn's sample photo is used. The photo is enlarged to 11,600 x 8,700 pixels and given the noise of a sensor, so
that it costs what a camera's file costs. The command is started cold, once a format. Processor time is that of all
processes; wall time is told beside it and means something only on an idle machine.
"""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from pictures import COMMAND, table
from PIL import Image
from run import measured

pillow_heif.register_heif_opener()
SIZE = (11_600, 8_700)
_TURNED = b"Exif\0\0MM\0*\0\0\0\x08" + b"\0\1\1\x12\0\3\0\0\0\1\0\6\0\0" + bytes(4)
FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("a.jpg", {"quality": 92}),
    "JPEG, progressive": ("b.jpg", {"quality": 92, "progressive": True}),
    "JPEG, turned by EXIF": ("c.jpg", {"quality": 92, "exif": _TURNED}),
    "PNG": ("d.png", {"compress_level": 1}),
    "PNG with alpha": ("e.png", {"compress_level": 1}),
    "TIFF, LZW": ("f.tif", {"compression": "tiff_lzw"}),
    "WebP": ("g.webp", {"quality": 85, "method": 0}),
    "AVIF": ("h.avif", {"quality": 70, "speed": 10}),
    "HEIC": ("i.heic", {"quality": 60}),
    "BMP": ("j.bmp", {}),
}


def photo(data: Path) -> Image.Image:
    """A hundred megapixels with the noise of a sensor."""
    folder = data / "media" / "originals"
    if folder.is_dir():
        small = Image.open(sorted(folder.iterdir())[3]).convert("RGB")
    else:
        from sklearn.datasets import load_sample_image

        small = Image.fromarray(load_sample_image("china.jpg"))
    rgb = np.asarray(small.resize(SIZE, Image.Resampling.BICUBIC)).copy()
    draw = np.random.default_rng(1)
    for top in range(0, SIZE[1], 300):
        strip = rgb[top : top + 300]
        noise = draw.normal(0, 2, (*strip.shape[:2], 1)).round().astype(np.int16)
        rgb[top : top + 300] = np.clip(strip + noise, 0, 255)
    return Image.fromarray(rgb)


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = Path(__file__).resolve().parents[2]
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data"))
    )
    parser.add_argument("--profile", default="standard")
    parser.add_argument(
        "--only", action="append", choices=list(FORMS), help="may be repeated; by default all"
    )
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    Image.MAX_IMAGE_PIXELS = None
    picture = photo(given.data)
    rows = []
    for name in given.only or FORMS:
        file, options = FORMS[name]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, file)
            shown = picture.copy()
            if name == "PNG with alpha":
                shown.putalpha(picture.convert("L"))
            shown.save(path, **options)
            del shown
            found = measured(COMMAND.format(profile=given.profile), path)
            figures = ("cpu_seconds", "wall_seconds", "peak_mib")
            # The command says what became of it; the library of HEIC gives up on one tile of this size.
            refused = ["not decoded: coded `damaged`"] if "damaged" in str(found.get("failed")) else found.get("failed")
            told = refused or [f"{found[one]:,}" for one in figures]
            rows.append([name, f"{path.stat().st_size / 2**20:.0f}", *told])
            print(*rows[-1], sep="  ", flush=True)
    text = (
        "# Pictures of a hundred megapixels: measured\n\nMade by `python benchmarks/speed/large.py --page "
        f"docs/validation/large-pictures.md`; not edited by hand. {SIZE[0]:,} x {SIZE[1]:,} pixels, profile "
        f"{given.profile}, started cold; memory is that of all processes. Processor time is what counts: wall "
        "time holds whatever else the machine did.\n\n"
        + table([["format", "MiB", "CPU, s", "wall, s", "peak, MiB"], *rows])
        + "\n"
    )
    if given.page is not None:
        given.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
