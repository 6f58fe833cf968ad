"""How the file is put together: which picture of it was assayed, what was done to show it, what else is in it.

Question: what exactly was looked at, and does the file hold more than that? Bytes behind the picture, and bytes that
are an archive, a document, a web page or a program as well (a polyglot), are told with their place. Some are innocent:
phones put a short film behind a photo, cameras a second picture. None of it says that the picture was edited, and a
file without any of it can still hide something in its pixels.
"""

from ..media import Facts, Picture
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["Container"]

_PADDING = 16
"""Bytes behind a picture that are taken for padding."""

_KINDS = {
    "zip": "a ZIP archive",
    "pdf": "a PDF document",
    "markup": "a web page (markup or a script)",
    "php": "a PHP program",
    "executable": "a program",
    "rar": "a RAR archive",
    "7z": "a 7z archive",
    "ole": "a document of an older office program",
    "jpeg": "another JPEG",
    "png": "another PNG",
    "video": "a video",
}
_INNOCENT = ("jpeg", "png", "video")
"""Kinds that cameras and phones put behind a picture themselves."""

_JUDGED = {
    "first-frame-only": "the first frame was assayed",
    "first-picture-only": "the first picture was assayed",
    "first-page-only": "the first page was assayed",
    "primary-picture-only": "the one that the file names as primary was assayed",
}
_DONE = {
    "turned-upright": "turned upright",
    "transparency-on-white": "laid on white where it is transparent",
    "from-10-bit": "reduced from 10 to 8 bits a channel",
    "from-12-bit": "reduced from 12 to 8 bits a channel",
    "from-16-bit": "reduced from 16 to 8 bits a channel",
    "from-32-bit": "scaled from 32 to 8 bits a channel",
    "from-cmyk": "converted from printing colours",
    "from-lab": "converted from CIE L*a*b*",
    "profile-ignored": "shown without its colour profile, which is of another colour space",
    "profile-unreadable": "shown without its colour profile, which cannot be read",
    "hdr-as-stored": "shown without the tone curve for bright screens that it states",
    "colours-as-stored": "shown in the colours stored, though it states primaries other than sRGB",
    "raw-preview": "shown by the preview that it holds: raw data are not developed",
}


class Container:
    """Tells what was assayed of a file, and what else it holds."""

    name = "container"
    proposition = Proposition.PROVENANCE

    def applies(self, exhibit: Picture) -> Applicability:
        """Always."""
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """Format, size, number of pictures, what was done to show it, and what else the bytes are."""
        facts = exhibit.facts
        reasons = _reasons(facts, exhibit.exhibit.size)
        return Finding(
            self.name,
            self.proposition,
            True,
            words=_words(facts, reasons),
            reasons=tuple(reasons),
            detail={
                "format": facts.media,
                "bytes": exhibit.exhibit.size,
                "width": facts.width,
                "height": facts.height,
                "mode": facts.mode,
                "bits": facts.bits,
                "orientation": facts.orientation,
                "profile": facts.profile,
                "pictures": facts.pictures,
                "done": list(facts.notes),
                "end_mark": facts.ends,
                "trailing_bytes": facts.trailing_bytes,
                "also": [{"kind": one.kind, "at": one.at} for one in facts.foreign],
            },
        )


def _reasons(facts: Facts, size: int) -> list[Reason]:
    reasons: list[Reason] = []
    riding = [one for one in facts.foreign if one.kind not in _INNOCENT]
    if riding:
        told = "; ".join(f"{_KINDS.get(one.kind, one.kind)} at byte {one.at:,}" for one in riding)
        words = f"the same file is or holds something that other programs open: {told}"
        reasons.append(Reason("polyglot", words))
    if facts.trailing_bytes > _PADDING:
        behind = [one.kind for one in facts.foreign if one.at >= size - facts.trailing_bytes]
        what = _KINDS.get(behind[0], "data") if behind else "data"
        words = (
            f"{facts.trailing_bytes:,} bytes of {what} follow the picture: some cameras and phones do so, so do "
            "hiding places"
        )
        reasons.append(Reason("trailing-data", words))
    if facts.ends is False:
        words = "the end mark of the format is missing although all pixels are there"
        reasons.append(Reason("no-end-mark", words))
    return reasons


def _words(facts: Facts, reasons: list[Reason]) -> str:
    told = f"{facts.media.upper()} of {facts.width:,} x {facts.height:,} pixels"
    if (facts.pictures or 0) > 1:
        judged = next((_JUDGED[note] for note in facts.notes if note in _JUDGED), "one of them was assayed")
        told += f", one of {facts.pictures:,} pictures in the file: {judged}"
    elif any(note in _JUDGED for note in facts.notes):
        told += (
            f", one of several pictures in the file: {next(_JUDGED[n] for n in facts.notes if n in _JUDGED)}"
        )
    done = [_DONE[note] for note in facts.notes if note in _DONE]
    if "colours-to-srgb" in facts.notes:
        done.append(f"converted to sRGB from its colour profile {facts.profile!r}")
    if done:
        told += f". To be assayed it was {', '.join(done)}"
    told += "."
    for reason in reasons:
        told += f" {reason.words[0].upper()}{reason.words[1:]}."
    return told
