"""Marks that software leaves in metadata: generators that name themselves, editors that sign.

A mark is a claim. Anyone can write one into a file and anyone can strip it: its presence is told as a claim with its
place, its absence proves nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .declarations import SOURCE_TYPES, Meaning, declared, without_parts
from .media import Facts

__all__ = ["Mark", "marks_of", "named", "written"]



@dataclass(frozen=True, slots=True)
class Mark:
    """One mark found.

    Attributes
    ----------
    meaning : str
        What it claims: ``generated`` (made by a generative model), ``edited-by-model`` (a recording changed by one),
        ``captured`` (declared a camera recording), ``editor`` (saved by editing software), ``processed`` (drawn or
        computed without a trained model, or passed through a generator's software without being generated).
    who : str
        Software or vocabulary that it names.
    where : str
        Field it was found in.
    what : str
        The telling part of the value, at most 120 characters.
    """

    meaning: Meaning
    who: str
    where: str
    what: str


# Names by which generators sign in fields meant for software and devices.
_GENERATORS = re.compile(
    r"midjourney|dall[\W_]{0,2}e\b|stable[ _-]?diffusion|novelai|adobe firefly|leonardo\.?\s?ai|"
    r"ideogram|openai|chatgpt|gpt-4o|bing image creator|black forest labs|\bflux\.[12]|made with imagen|"
    r"dreamstudio|stability\.?ai|invokeai|automatic1111|comfyui|fooocus|easy diffusion|draw things|"
    r"swarmui|sd\.next|recraft|krea\.ai|playground ?ai|ai[ -]generated",
    re.IGNORECASE,
)
_EDITORS = re.compile(
    r"photoshop|lightroom|gimp|snapseed|picsart|affinity photo|pixelmator|capture one|darktable|"
    r"rawtherapee|imagemagick|graphicsmagick|facetune|faceapp|canva|meitu|beautyplus|remini|topaz|"
    r"luminar|paint\.net|paintshop|acdsee|photoscape|pixlr|fotor|corel|irfanview|xnview|photomatix|dxo|"
    r"camera raw|picasa|vsco|lensa|krita|inkscape|microsoft windows photo",
    re.IGNORECASE,
)
_GENERATION_PARAMETERS = re.compile(
    r"\bSteps: \d+\b.{0,400}\bSampler: |\bNegative prompt: .{0,1500}\bSteps: \d+", re.DOTALL
)
# Names of PNG texts that one program alone writes.
_KEYS = {
    "fooocus_scheme": "Fooocus",
    "smproj": "Stability Matrix",
    "use_stable_diffusion_model": "Easy Diffusion",
}
# Of those that write the same parameters, the ones that sign them.
_INTERFACES = (("App: SD.Next", "SD.Next"), ("Version: f", "Stable Diffusion WebUI Forge"))
# xAI signs the pictures of Grok so: a signature in one field, the number of the picture in another.
_GROK = re.compile(r"Signature: [A-Za-z0-9+/=]{40,}")
_NUMBER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Two searches, each linear: one pattern for both could be made to take hours.
_MIDJOURNEY_JOB = re.compile(r"Job ID: [0-9a-f-]{36}")
_MIDJOURNEY_OPTION = re.compile(r"--(?:v|ar|niji|stylize) \S")

_SIGNATURE_FIELDS = (
    "Software",
    "ProcessingSoftware",
    "Make",
    "Model",
    "HostComputer",
    "Artist",
    "ImageDescription",
    "XPComment",
)
_XMP_SIGNATURES = re.compile(
    r"(CreatorTool|softwareAgent|Software|creatorAgent|HistorySoftwareAgent)\s*(?:=\s*\"|>)\s*([^<\"]{1,200})",
    re.IGNORECASE,
)


def marks_of(facts: Facts) -> list[Mark]:
    """All marks in a picture's metadata, in a stable order, each claim once."""
    seen: dict[tuple[str, str, str], Mark] = {}
    for source in (_text_marks, _exif_marks, _declared_marks, _signature_marks, _manifest_marks):
        for mark in source(facts):
            seen.setdefault((mark.meaning, mark.who, mark.where), mark)
    return list(seen.values())


def _text_marks(facts: Facts) -> Iterator[Mark]:
    return written(facts.text, "PNG text")


def written(texts: Mapping[str, str], place: str) -> Iterator[Mark]:
    """Marks in texts by their keys; `place` is what such a text is called, e.g. ``PNG text``."""
    for key, value in texts.items():
        where = f"{place} {key!r}"
        name = key.lower()
        if name == "parameters" and _GENERATION_PARAMETERS.search(value):
            yield Mark("generated", _interface(value), where, _excerpt(value, "Steps:"))
        elif "sui_image_params" in value:
            yield Mark("generated", "SwarmUI", where, _excerpt(value, "sui_image_params"))
        elif name in ("prompt", "workflow"):
            yield from _comfy(value, where)
        elif name in ("invokeai_metadata", "invokeai_graph", "sd-metadata", "dream"):
            yield Mark("generated", "InvokeAI", where, value[:120])
        elif name in _KEYS:
            yield Mark("generated", _KEYS[name], where, value[:120])
        elif _MIDJOURNEY_JOB.search(value) and _MIDJOURNEY_OPTION.search(value):
            yield Mark("generated", "Midjourney", where, _excerpt(value, "Job ID:"))
        elif name in ("software", "source", "title", "comment", "description", "creation tool"):
            yield from named(value, where)


def _comfy(value: str, where: str) -> Iterator[Mark]:
    # Cut metadata are no valid JSON any more: the node types can still be read.
    kinds = set(re.findall(r'"(?:class_type|type)"\s*:\s*"([^"]{1,80})"', value))
    if not kinds or not value.lstrip().startswith(("{", "[")):
        return
    samplers = sorted(kind for kind in kinds if re.search(r"sampler", kind, re.IGNORECASE))
    if samplers:
        yield Mark("generated", "ComfyUI", where, f"nodes {', '.join(samplers)[:100]}")
    elif {"class_type", "nodes", "links"} & _keys(value) or '"class_type"' in value:
        yield Mark("processed", "ComfyUI", where, f"nodes {', '.join(sorted(kinds))[:100]}")


def _keys(value: str) -> set[str]:
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return set()
    return set(parsed) if isinstance(parsed, dict) else set()


def _interface(value: str) -> str:
    return next((who for words, who in _INTERFACES if words in value), "Stable Diffusion web interface")


def _exif_marks(facts: Facts) -> Iterator[Mark]:
    for name in ("UserComment", "ImageDescription", "XPComment"):
        value = facts.exif.get(name)
        if isinstance(value, str) and _GENERATION_PARAMETERS.search(value):
            yield Mark("generated", _interface(value), f"EXIF {name}", _excerpt(value, "Steps:"))
    # WebP has no texts: ComfyUI takes fields that are meant for the camera.
    for name in ("Make", "Model", "ImageDescription", "UserComment"):
        value = facts.exif.get(name)
        if isinstance(value, str) and value.lower().startswith(("prompt:", "workflow:")):
            yield from _comfy(value.partition(":")[2], f"EXIF {name}")
    if _GENERATION_PARAMETERS.search(facts.comment):
        yield Mark("generated", _interface(facts.comment), "comment", _excerpt(facts.comment, "Steps:"))
    described, artist = (str(facts.exif.get(name) or "") for name in ("ImageDescription", "Artist"))
    if _GROK.match(described) and _NUMBER.fullmatch(artist):
        yield Mark("generated", "Grok (xAI)", "EXIF ImageDescription", described[:120])


def _declared_marks(facts: Facts) -> Iterator[Mark]:
    for meaning, who, where, words in declared(facts):
        yield Mark(meaning, who, where, words)


def _signature_marks(facts: Facts) -> Iterator[Mark]:
    for name in _SIGNATURE_FIELDS:
        value = facts.exif.get(name)
        if isinstance(value, str):
            yield from named(value, f"EXIF {name}", editors=name in ("Software", "ProcessingSoftware"))
    for name in ("OriginatingProgram", "Source", "Credit", "Byline"):
        yield from named(facts.iptc.get(name, ""), f"IPTC {name}", editors=name == "OriginatingProgram")
    for match in _XMP_SIGNATURES.finditer(facts.xmp):
        yield from named(match[2], f"XMP {match[1]}")


def named(value: str, where: str, *, editors: bool = True) -> Iterator[Mark]:
    """The generator, or else the editing software, that a value names."""
    generator = _GENERATORS.search(value[:4000])
    if generator:
        yield Mark("generated", generator[0], where, _excerpt(value, generator[0]))
        return
    editor = _EDITORS.search(value[:4000]) if editors else None
    if editor:
        yield Mark("editor", value.strip()[:60], where, value.strip()[:120])


def _manifest_marks(facts: Facts) -> Iterator[Mark]:
    where = "the bytes of Content Credentials"
    for words in without_parts(facts.manifest_marks):
        meaning = SOURCE_TYPES.get(words)
        if meaning is not None:
            yield Mark(meaning, "IPTC digital source type", where, words)


def _excerpt(value: str, around: str) -> str:
    at = max(0, value.find(around))
    return " ".join(value[at : at + 120].split())
