"""Marks that software leaves in the metadata of a video: generators, editors, phones, and where it was taken."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..declarations import declared_in_xmp, labelled
from ..marks import Mark, named, written
from .reel import Reel

__all__ = ["camera", "location", "marks_of", "shown_texts", "writers"]

_PLACE = re.compile(r"^([+-]\d{1,3}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d{1,6}(?:\.\d+)?)?")
_PLACES = ("location", "location-eng", "com.apple.quicktime.location.iso6709", "xyz")
_MAKE = ("com.apple.quicktime.make", "make", "com.android.manufacturer", "manufacturer")
_MODEL = ("com.apple.quicktime.model", "model", "com.android.model")
# Libraries that put coded pictures into a container, and encoders that code them: programs, not cameras.
_WRITERS = re.compile(
    r"Lavf[\d.]*|Lavc[\d.]* ?\w*|x26[45] - ?core \d+|x265 \(build \d+|HandBrake [\d.]+|FFmpeg|vimeo|Google|"
    r"Adobe [\w .]{2,30}|DaVinci Resolve|CapCut|Premiere|Final Cut|Compressor|iMovie|OBS|GPAC[\w. -]{0,20}|"
    r"libwebm-[\d.]+|MediaEncoder|SVT-AV1[\w. -]{0,20}|libaom[\w. -]{0,20}|MEncoder[\w. -]{0,12}",
)
_EDITORS = re.compile(
    r"Adobe|DaVinci|CapCut|Premiere|Final Cut|iMovie|HandBrake|InShot|KineMaster|Filmora", re.IGNORECASE
)
# Video generators that sign in fields meant for software, beside those that marks of pictures know.
_GENERATORS = re.compile(
    r"\bsora\b|openai|runway ?(?:ml|gen)|pika labs|luma (?:ai|dream)|dream ?machine|kling ?ai|hailuo|minimax|"
    r"veo ?[23]\b|synthesia|heygen|d-id\b|deepface ?lab|facefusion|stable video|animatediff|hunyuan ?video|cogvideo",
    re.IGNORECASE,
)
# Titles and descriptions are not among them: Sora is a name that people have.
_SIGNING = ("encoder", "software", "artist", "encoded_by", "encoded by", "creation tool",
            "com.apple.quicktime.software", "handler_name", "vendor_id", "publisher")  # fmt: skip


def marks_of(reel: Reel) -> list[Mark]:
    """All marks of generators and editors, in a stable order, each claim once."""
    seen: dict[tuple[str, str, str], Mark] = {}
    for mark in _marks(reel):
        seen.setdefault((mark.meaning, mark.who, mark.where), mark)
    return list(seen.values())


def _marks(reel: Reel) -> Iterator[Mark]:
    yield from written(_as_workflows(reel.texts), "video metadata")
    for key, value in reel.texts.items():
        if _bare(key) not in _SIGNING:
            continue
        where = f"video metadata {key!r}"
        signed = _GENERATORS.search(value[:2000])
        if signed:
            yield Mark("generated", signed[0], where, value.strip()[:120])
        else:
            yield from named(value, where, editors=False)
            if _EDITORS.search(value):
                yield Mark("editor", value.strip()[:60], where, value.strip()[:120])
    xmp = "" if reel.boxes is None else reel.boxes.xmp
    declared = [
        *declared_in_xmp(xmp),
        *labelled({f"video metadata {k!r}": f"{k}={v}" for k, v in reel.texts.items()}),
    ]
    for meaning, who, place, words in declared:
        yield Mark(meaning, who, place, words)


def _as_workflows(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts by their bare names; a comment that is a graph of nodes is one, wherever a program put it."""
    found = {}
    for key, value in texts.items():
        graph = value.lstrip().startswith(("{", "[")) and ("class_type" in value or '"nodes"' in value)
        found["workflow" if graph else _bare(key)] = value
    return {name: value for name, value in found.items() if name not in _SIGNING}


def writers(reel: Reel) -> list[str]:
    """Programs that say that they coded or wrote the file, each once."""
    found = [match[0].strip() for value in reel.texts.values() for match in _WRITERS.finditer(value[:2000])]
    return list(dict.fromkeys(found))[:8]


def camera(reel: Reel) -> str:
    """Make and model that the file names; empty when it names none."""
    by_name = {_bare(key): value for key, value in reel.texts.items()}
    parts = [next((by_name[name] for name in names if name in by_name), "") for names in (_MAKE, _MODEL)]
    return " ".join(part.strip()[:60] for part in parts if part.strip())


def location(reel: Reel) -> dict[str, Any] | None:
    """Where the file says that it was taken; as :func:`assay.detect.place.location`."""
    for key, value in reel.texts.items():
        if _bare(key) not in _PLACES:
            continue
        found = _PLACE.match(value.strip())
        numbers = (
            [None, None, None] if found is None else [None if n is None else float(n) for n in found.groups()]
        )
        return {"private": True, "latitude": numbers[0], "longitude": numbers[1], "altitude": numbers[2]}
    return None


def shown_texts(reel: Reel) -> dict[str, str]:
    """Metadata without the place, which is told apart."""
    return {key: value[:200] for key, value in reel.texts.items() if _bare(key) not in _PLACES}


def _bare(key: str) -> str:
    return key.rpartition(": ")[2].lower()
