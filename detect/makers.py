"""What the makers of cameras write besides their name: whether the maker note fits the maker that a file names."""

from collections.abc import Iterator

from .media import Facts
from .values import Reason

__all__ = ["maker_reasons"]

# First bytes of a maker note, as the makers' cameras write them (ExifTool, "MakerNotes").
_HEADS: dict[str, tuple[str, ...]] = {
    "Nikon": ("NIKON",),
    "OLYMP": ("OLYMPUS", "EPSON", "SEIKO"),
    "OM SYSTEM": ("OM DIGITAL",),
    "EPSON": ("EPSON", "SEIKO"),
    "FUJIFILM": ("FUJI", "GENERAL"),
    "Panasonic": ("PANASONIC", "LEICA"),
    "LEICA": ("LEICA",),
    "SONY": ("SONY", "HASSELBLAD"),
    "AOC": ("PENTAX", "ASAHI", "SAMSUNG"),
    "PENTAX": ("PENTAX", "RICOH"),
    "QVC": ("CASIO",),
    "Apple iOS": ("APPLE",),
    "SIGMA": ("SIGMA",),
    "FOVEON": ("SIGMA",),
    "KDK": ("KODAK", "EASTMAN"),
    "Ricoh": ("RICOH", "PENTAX"),
}
# Makers whose names stand in those of their models: a model of one under the name of another fits no camera.
_BRANDS = ("CANON", "NIKON", "OLYMPUS", "PENTAX", "FUJIFILM", "CASIO", "KODAK", "SAMSUNG", "IPHONE", "LUMIX")
_OWNERS = {"IPHONE": "APPLE", "LUMIX": "PANASONIC", "KODAK": "EASTMAN"}


def maker_reasons(facts: Facts) -> Iterator[Reason]:
    """Where maker, model and maker note do not fit each other; silent when there is nothing to compare."""
    make, model = (str(facts.exif.get(name) or "").upper() for name in ("Make", "Model"))
    note = facts.exif.get("MakerNote")
    if isinstance(note, str) and make:
        head = next((head for head in _HEADS if f"'{head}" in note), None)
        if head is not None and not any(name in make for name in _HEADS[head]):
            yield Reason(
                "maker-note-foreign",
                f"the maker note is of the kind {head!r}, yet the file names the maker {make[:40].title()}: metadata "
                "of one camera were put into the file of another, or a camera was made by another maker",
            )
    for brand in _BRANDS:
        owner = _OWNERS.get(brand, brand)
        if make and model.startswith(brand) and brand not in make and owner not in make:
            yield Reason(
                "maker-mismatch",
                f"the model {model[:40]!r} is none of the maker {make[:40]!r}: one of them was written by hand",
            )
            break
