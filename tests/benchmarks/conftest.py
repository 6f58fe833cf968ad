"""The benchmark of pictures is a folder of scripts: its modules are imported as they import one another."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MEDIA = Path(__file__).resolve().parents[2] / "benchmarks" / "media"
COLUMNS = "path,label,kind,source,split,generator,licence"


@pytest.fixture(scope="session", autouse=True)
def scripts() -> Iterator[None]:
    """The folder of the scripts on the path of imports, and its modules gone afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(MEDIA))
    yield
    sys.path.remove(str(MEDIA))
    for name in set(sys.modules) - before:
        path = getattr(sys.modules[name], "__file__", None) or ""
        if path.startswith(str(MEDIA)):
            del sys.modules[name]


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest with a handful of pictures that anybody may have: smooth noise, finer in one class."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    lines = [COLUMNS]
    for split in ("train", "dev"):
        for source in ("one", "two"):
            for label in ("real", "fake"):
                for number in range(3):
                    coarse = rng.integers(0, 256, (40 if label == "fake" else 20, 50, 3), dtype=np.uint8)
                    picture = Image.fromarray(coarse).resize((300, 260), Image.Resampling.BICUBIC)
                    name = f"{split}-{source}-{label}-{number}.jpg"
                    picture.save(folder / name, quality=92)
                    lines.append(f"{name},{label},image,{source},{split},made,none")
    manifest = folder / "manifest.csv"
    manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return manifest
