"""Declarations in metadata that a picture was generated, changed by a model, or recorded: vocabularies, credits."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from .media import Facts

__all__ = ["SOURCE_TYPES", "Meaning", "declared", "declared_in_xmp", "labelled", "without_parts"]

Meaning = Literal["generated", "edited-by-model", "captured", "editor", "processed"]

# IPTC NewsCodes "Digital Source Type" (cv.iptc.org/newscodes/digitalsourcetype), the last part of the address.
SOURCE_TYPES: dict[str, Meaning] = {
    "trainedAlgorithmicMedia": "generated",
    "compositeWithTrainedAlgorithmicMedia": "edited-by-model",
    "compositeSynthetic": "edited-by-model",
    "algorithmicallyEnhanced": "processed",
    "algorithmicMedia": "processed",
    "dataDrivenMedia": "processed",
    "digitalArt": "processed",
    "digitalCreation": "processed",
    "virtualRecording": "processed",
    "digitalCapture": "captured",
    "computationalCapture": "captured",
}
# As an address, or as the code alone in the field itself.
_SOURCE_TYPE = re.compile(
    r"digitalsourcetype/(\w{4,60})|DigitalSourceType(?:=\"|>)\s{0,8}(?:digsrctype:)?(\w{4,60})", re.IGNORECASE
)
_CREDITS: tuple[tuple[str, Meaning, str], ...] = (
    ("Made with Google AI", "generated", "Google"),
    ("Edited with Google AI", "edited-by-model", "Google"),
    ("Apple Image Playground", "generated", "Apple"),
    ("Apple Photos Clean Up", "edited-by-model", "Apple"),
    ("Made with AI", "generated", "unnamed"),
    ("Created with AI", "generated", "unnamed"),
)
# GB 45438-2025 (China): {"Label": "1"} is generated, "2" perhaps, "3" suspected; only the first is a declaration.
_LABEL = re.compile(
    r"AIGC\"?\s{0,8}[:=>]{0,2}[\s\"'\\]{0,8}\{"
    r"(?:&quot;|[\"'\\]){0,4}Label(?:&quot;|[\"':\\\s]){1,8}1\b"
)
_LABELLED = ("AIGC", "TC260:AIGC")


def declared(facts: Facts) -> Iterator[tuple[Meaning, str, str, str]]:
    """Meaning, who or which vocabulary, field, and words of every declaration."""
    yield from declared_in_xmp(facts.xmp)
    for words, meaning, who in _CREDITS:
        for name, value in facts.iptc.items():
            if words in value:
                yield meaning, who, f"IPTC {name}", words
    yield from _labels(facts)


def declared_in_xmp(xmp: str) -> Iterator[tuple[Meaning, str, str, str]]:
    """The declarations of a text in XMP; as for :func:`declared`."""
    codes = [address or code for address, code in _SOURCE_TYPE.findall(xmp)]
    for code in without_parts(codes):
        meaning = SOURCE_TYPES.get(code)
        if meaning is not None:
            yield meaning, "IPTC digital source type", "XMP", code
    for words, meaning, who in _CREDITS:
        if words in xmp:
            yield meaning, who, "XMP", words


def labelled(texts: Mapping[str, str]) -> Iterator[tuple[Meaning, str, str, str]]:
    """Labels of GB 45438 in texts by their places; as for :func:`declared`."""
    for where, value in texts.items():
        if _LABEL.search(value):
            yield "generated", "label of GB 45438", where, "AIGC label 1: generated"


def without_parts(codes: list[str]) -> list[str]:
    """Source types without those of the parts of a composite: a photo with a generated part is no generated picture."""
    composite = any(SOURCE_TYPES.get(code) == "edited-by-model" for code in codes)
    return [code for code in codes if not composite or SOURCE_TYPES.get(code) != "generated"]


def _labels(facts: Facts) -> Iterator[tuple[Meaning, str, str, str]]:
    texts = {"XMP": facts.xmp, "comment": facts.comment}
    texts |= {f"EXIF {name}": str(facts.exif.get(name, "")) for name in ("UserComment", "ImageDescription")}
    # In PNG the key is the name of the text itself.
    texts |= {f"PNG text {key!r}": f"AIGC={value}" for key, value in facts.text.items() if key in _LABELLED}
    yield from labelled(texts)
