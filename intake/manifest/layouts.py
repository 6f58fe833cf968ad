"""Folders that are laid out as collections of the field are, listed as manifests. Nothing of them ships."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final, Literal

from ..limits import DEFAULT, Limits
from .entry import Entry, Label, Manifest, ManifestError, Problem

__all__ = ["LAYOUTS", "Layout", "list_folder"]

Layout = Literal["plain", "cifake", "genimage", "faceforensics"]

PICTURES: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".heif", ".avif"}
)
VIDEOS: Final = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm"})

_CLASSES: Final[Mapping[str, Label]] = {
    "real": "real", "0_real": "real", "nature": "real", "original": "real", "authentic": "real", "real_images": "real",
    "fake": "fake", "1_fake": "fake", "ai": "fake", "generated": "fake", "synthetic": "fake", "fake_images": "fake",
}  # fmt: skip
_SPLITS: Final = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}
_CLIP = re.compile(r"\d+(?:_\d+)?")


@dataclass(frozen=True, slots=True)
class _Told:
    """What the place of a file says."""

    label: Label
    split: str = ""
    generator: str = ""
    source: str = ""
    unit: str = ""
    group: str = ""


def _split_of(parts: tuple[str, ...]) -> str:
    return next((_SPLITS[part.lower()] for part in parts if part.lower() in _SPLITS), "")


def _class_of(parts: tuple[str, ...]) -> Label | None:
    return next((_CLASSES[part.lower()] for part in reversed(parts) if part.lower() in _CLASSES), None)


def _plain(where: PurePath, root: str) -> _Told | None:
    """``real/`` and ``fake/`` anywhere; folders below them name the source."""
    parts = where.parts[:-1]
    label = _class_of(parts)
    if label is None:
        return None
    at = max(place for place, part in enumerate(parts) if part.lower() in _CLASSES)
    rest = [part for part in (*parts[:at], *parts[at + 1 :]) if part.lower() not in _SPLITS]
    return _Told(label, _split_of(parts), source="/".join(rest) or f"{root}/{parts[at]}")


def _cifake(where: PurePath, root: str) -> _Told | None:
    """``train/REAL``, ``train/FAKE``, ``test/...``: CIFAR-10 photos and Stable Diffusion 1.4 pictures of 32 pixels."""
    parts = where.parts[:-1]
    label = _class_of(parts[-1:])
    if label is None or not _split_of(parts):
        return None
    made = "Stable Diffusion 1.4" if label == "fake" else "camera"
    return _Told(label, _split_of(parts), made, "CIFAR-10" if label == "real" else "CIFAKE")


def _genimage(where: PurePath, root: str) -> _Told | None:
    """``GENERATOR/[folder/]{train,val}/{ai,nature}``: ImageNet photos and pictures of one generator each."""
    parts = where.parts[:-1]
    if len(parts) < 3 or parts[-1] not in ("ai", "nature") or parts[-2].lower() not in _SPLITS:
        return None
    generator, split = parts[0], _SPLITS[parts[-2].lower()]
    if parts[-1] == "nature":
        return _Told("real", split, "camera", "ImageNet", unit=f"ImageNet/{where.stem}")
    return _Told("fake", split, generator, f"GenImage/{generator}")


def _faceforensics(where: PurePath, root: str) -> _Told | None:
    """``original_sequences`` or ``manipulated_sequences`` / METHOD / COMPRESSION / ``videos`` or ``images``.

    The unit is the person whose clip it is, so that an original and what was made of it stay together.
    """
    parts = where.parts
    if len(parts) < 4 or parts[0] not in ("original_sequences", "manipulated_sequences"):
        return None
    method, compression = parts[1], parts[2]
    clip = next((part for part in (*parts[3:-1], where.stem) if _CLIP.fullmatch(part)), where.stem)
    target = clip.partition("_")[0]
    real = parts[0] == "original_sequences"
    return _Told(
        "real" if real else "fake", "", "camera" if real else method, f"FaceForensics++/{method}",
        f"ff/{'actor' if method in ('actors', 'DeepFakeDetection') else 'clip'}/{target}", f"compression={compression}",
    )  # fmt: skip


LAYOUTS: Final[Mapping[Layout, Callable[[PurePath, str], _Told | None]]] = {
    "faceforensics": _faceforensics,
    "genimage": _genimage,
    "cifake": _cifake,
    "plain": _plain,
}
"""By name, what a path below the root says; the first that knows most files is taken for ``auto``."""


def list_folder(
    root: Path, layout: Layout | Literal["auto"] = "auto", *, licence: str = "", limits: Limits = DEFAULT
) -> Manifest:
    """List a folder as a manifest.

    Parameters
    ----------
    root
        Where the collection was unpacked.
    layout
        How it is laid out; ``auto`` takes the first that knows most files.
    licence
        On which terms it may be used.
    limits
        At most `folder_entries` files are taken.

    Raises
    ------
    ManifestError
        No folder, too many files, or none that the layout knows.
    """
    if not root.is_dir():
        raise ManifestError(f"there is no folder at {root}")
    files = list(_files(root, limits))
    known = {name: sum(told(file, root.name) is not None for file in files) for name, told in LAYOUTS.items()}
    taken = max(known, key=lambda name: known[name]) if layout == "auto" else layout
    pairs = _pairs(root) if taken == "faceforensics" else {}
    entries, problems = [], []
    for number, file in enumerate(files, start=1):
        told = LAYOUTS[taken](file, root.name)
        if told is None:
            problems.append(
                Problem(number, "place-unknown", f"{file}: its folders say neither real nor fake")
            )
            continue
        clip = told.unit.rpartition("/")[2]
        entries.append(
            Entry(
                path=root / file,
                name=str(file),
                label=told.label,
                kind="video" if file.suffix.lower() in VIDEOS else "image",
                generator=told.generator,
                source=told.source,
                split=pairs.get(clip, told.split),
                licence=licence,
                groups=dict([told.group.split("=", 1)]) if told.group else {},
                unit=told.unit,
            )
        )
    if not entries:
        names = ", ".join(LAYOUTS)
        raise ManifestError(f"{root} holds no file that the layout {taken} knows; the layouts are {names}")
    digest = hashlib.sha256("\n".join(f"{e.name}\0{e.label}" for e in entries).encode()).hexdigest()
    return Manifest(root, tuple(entries), tuple(problems), digest)


def _files(root: Path, limits: Limits) -> Iterator[PurePath]:
    count = 0
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in PICTURES | VIDEOS or not path.is_file():
            continue
        count += 1
        if count > limits.folder_entries:
            raise ManifestError(
                f"{root} holds more than folder_entries = {limits.folder_entries:,} files: list a part"
            )
        yield path.relative_to(root)


def _pairs(root: Path) -> dict[str, str]:
    """Split of each clip by the lists of pairs that come with FaceForensics++, where they are there."""
    found: dict[str, str] = {}
    for file in sorted((root / "splits").glob("*.json")):
        if file.stem not in _SPLITS or file.stat().st_size > 1 << 20:
            continue
        try:
            pairs = json.loads(file.read_bytes())
            found |= {str(clip): _SPLITS[file.stem] for pair in pairs for clip in pair}
        except (ValueError, TypeError) as error:
            raise ManifestError(f"{file} is no list of pairs of clips: {error}") from None
    return found
