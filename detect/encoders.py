"""Which kind of program writes a JPEG like this one? Told from its tables and from the order of its parts.

Families are those that can be computed or were seen: the standard tables of the common library, the standard tables
scaled in another way, the tables of MozJPEG, those that Photoshop is known for (as Pillow lists them), and those of
cameras in files that were measured. Programs share tables, so a family is never a program's signature.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import JpegPresets

from .coded import table_of
from .media import JpegFacts
from .traces.quantisation import STANDARD, nearest_quality, scaled, standard_tables

__all__ = ["Encoder", "encoder_of"]

# MozJPEG 4, jcparam.c: its default base table, for luminance and chrominance alike (N. Robidoux).
_MOZJPEG = (
    16, 16, 16, 18, 25, 37, 56, 85, 16, 17, 20, 27, 34, 40, 53, 75, 16, 20, 24, 31, 43, 62, 91, 135,
    18, 27, 31, 40, 53, 74, 106, 156, 25, 34, 43, 53, 69, 94, 131, 189, 37, 40, 62, 74, 94, 124, 169, 238,
    56, 53, 91, 106, 131, 169, 226, 311, 85, 75, 135, 156, 189, 238, 311, 418,
)  # fmt: skip

# First 12 digits of the SHA-256 of the tables by component, of files that were looked at, and who wrote them.
_SEEN = {
    "06b6cce141f6": "Canon Digital IXUS", "f25661f168d1": "Casio EX-S1", "b935a39be4e7": "FLIR thermal camera",
    "4f6987800715": "FujiFilm DX-10", "e437b4791734": "HTC Desire", "0652aaeb7383": "Kodak film scanner HR200",
    "246c7f978bf2": "Konica Q-M100", "1cae2d71b331": "Sony DCR-PC100", "2e98c6aa52f3": "Traveler SX330Z",
    "bbb1e1fcee33": "Adobe Photoshop 7.0",
}  # fmt: skip

_ROUNDED_APART = 1
"""Most by which steps may differ from the scaled standard table when only the rounding is another."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """What is known of the program that wrote a JPEG.

    Attributes
    ----------
    family : str
        ``standard``, ``standard-scaled``, ``mozjpeg``, ``photoshop``, ``seen`` or ``own``.
    who : str
        In words, to go after "tables".
    qualities : tuple of (int, bool)
        For the tables of luminance and chrominance: nearest standard quality, and whether it is exact.
    library_order : bool
        Whether its parts stand in the order of the common library: each table in a segment of its own, before the scan.
    adobe : bool
        Whether it has the segment of Adobe programs (APP14), which others write too.
    """

    family: str
    who: str
    qualities: tuple[tuple[int, bool], ...]
    library_order: bool
    adobe: bool


def encoder_of(coding: JpegFacts) -> Encoder:
    """The family that the tables belong to, and how the file is put together.

    Parameters
    ----------
    coding : JpegFacts
        With at least one table and one component.
    """
    tables = [table_of(coding, component) for component in range(len(coding.components))]
    pair = [tables[0], *(tables[1:2])]
    qualities = tuple(nearest_quality(table, at) for at, table in enumerate(pair))
    # Some programs use the luminance table for colour as well; tables for colour of low qualities are all alike.
    level = qualities[0][0]
    if len(pair) == 2 and qualities[0][1] and pair[1] in (pair[0], standard_tables(level)[1]):
        qualities = (qualities[0], qualities[0])
    family, who = _family(tables, pair, qualities)
    return Encoder(family, who, qualities, _library_order(coding.markers), "APP14" in coding.markers)


def _family(
    tables: Sequence[list[int]], pair: Sequence[list[int]], qualities: Sequence[tuple[int, bool]]
) -> tuple[str, str]:
    if all(exact for _, exact in qualities):
        levels = " and ".join(dict.fromkeys(str(quality) for quality, _ in qualities))
        return "standard", f"of the common library at quality {levels}"
    for name, preset in _photoshop().items():
        if list(preset[: len(pair)]) == list(pair):
            return "photoshop", f"that Photoshop is known to write ({name.replace('_', ' ')})"
    for quality in range(1, 101):
        if pair[0] == scaled(_MOZJPEG, quality):
            return "mozjpeg", f"of MozJPEG at quality {quality}"
    seen = _SEEN.get(hashlib.sha256(repr(tables).encode()).hexdigest()[:12])
    if seen is not None:
        return "seen", f"that were seen in a file of {seen}"
    if all(_rescaled(table, at) for at, table in enumerate(pair)):
        return "standard-scaled", "of the standard, scaled in a way of the maker's own, as some cameras do"
    return "own", "of a maker's own, as cameras and large editors have"


@cache
def _photoshop() -> dict[str, list[list[int]]]:
    presets: Mapping[str, Mapping[str, Any]] = JpegPresets.presets
    return {name: [list(table) for table in preset["quantization"]] for name, preset in presets.items()}


def _rescaled(table: Sequence[int], component: int) -> bool:
    steps = np.asarray(table, dtype=np.float64)
    standard = np.asarray(STANDARD[min(component, 1)], dtype=np.float64)
    inside = (steps > 1) & (steps < 255)
    factor = float(steps[inside].sum() / standard[inside].sum()) if inside.any() else 0.0
    return bool(
        factor and np.abs(np.clip(np.rint(standard * factor), 1, 255) - steps).max() <= _ROUNDED_APART
    )


def _library_order(markers: Sequence[str]) -> bool:
    bare = [marker for marker in markers if not marker.startswith("APP") and marker not in ("COM", "SOI")]
    before = bare[: bare.index("SOS")] if "SOS" in bare else bare
    frames = [at for at, marker in enumerate(before) if marker.startswith("SOF")]
    if len(frames) != 1 or before.count("DHT") < 2:
        return False
    tables, rest = before[: frames[0]], before[frames[0] + 1 :]
    return set(tables) == {"DQT"} and set(rest) <= {"DHT", "DRI"}
