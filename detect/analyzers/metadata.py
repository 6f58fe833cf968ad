"""What the file says of itself: generator marks, editor traces, camera data, times, thumbnail.

Question: does the file's own word agree with an untouched camera recording? Everything here is a claim that anyone can
write or strip: it is told beside the likelihood ratio and never mixed into it. A generator that names itself
decides the outcome, because nobody needs a statistic to contradict an untouched recording when the file does.
"""

from collections.abc import Sequence
from typing import Any

from ..cameras import camera_of, observations
from ..claims import model_reasons, places
from ..marks import Mark, marks_of
from ..media import Facts, Picture
from ..place import location
from ..timeline import timeline
from ..values import Applicability, Finding, Proposition, Reason

__all__ = ["DECISIVE", "Metadata"]

DECISIVE = ("generator-mark", "model-edit-mark", "generator-watermark")
"""Codes that contradict an untouched recording by the word of the file, or of the program that wrote it."""

_SHOWN = (
    "Make", "Model", "LensModel", "Software", "ProcessingSoftware", "HostComputer", "Artist", "Copyright", "DateTime",
    "DateTimeOriginal", "DateTimeDigitized", "OffsetTimeOriginal", "ExposureTime", "FNumber",
    "ISOSpeedRatings", "FocalLength",
    "Flash", "ExifImageWidth", "ExifImageHeight", "Orientation", "ColorSpace", "MakerNote",
    "GPS.GPSDateStamp",
)  # fmt: skip


class Metadata:
    """Rules over EXIF, XMP, IPTC, PNG text, comments and the words in Content Credentials."""

    name = "metadata"
    proposition = Proposition.PROVENANCE

    def applies(self, exhibit: Picture) -> Applicability:
        """Always: that there is nothing to read is itself told, in neutral words."""
        return Applicability(True)

    def analyze(self, exhibit: Picture) -> Finding:
        """Observations, marks and the fields they rest on."""
        facts = exhibit.facts
        marks = marks_of(facts)
        reasons = [*_mark_reasons(marks), *observations(exhibit), *_cut(facts)]
        return Finding(
            self.name,
            self.proposition,
            True,
            words=_words(facts, marks, reasons),
            reasons=tuple(reasons),
            detail={
                "camera": camera_of(facts),
                "marks": [
                    {"meaning": m.meaning, "who": m.who, "where": m.where, "what": m.what} for m in marks
                ],
                "exif": {name: facts.exif[name] for name in _SHOWN if name in facts.exif},
                "iptc": dict(facts.iptc),
                "timeline": [{"what": one.what, "when": one.when.isoformat()} for one in timeline(facts)],
                "location": location(facts),
                "fields": {
                    "exif": len(facts.exif),
                    "iptc": len(facts.iptc),
                    "text": len(facts.text),
                    "xmp_chars": len(facts.xmp),
                },
                "profile": facts.profile,
                "cut": facts.metadata_cut,
            },
        )


def _mark_reasons(marks: Sequence[Mark]) -> list[Reason]:
    reasons = model_reasons(marks)
    editors = [mark for mark in marks if mark.meaning == "editor"]
    if editors:
        reasons.append(
            Reason(
                "editor-trace",
                f"saved by editing software, which may have done no more than export it: {places(editors)}",
            )
        )
    drawn = [mark for mark in marks if mark.meaning == "processed"]
    if drawn:
        reasons.append(
            Reason("processed-mark", f"the file says that it was drawn or computed: {places(drawn)}")
        )
    captured = [mark for mark in marks if mark.meaning == "captured"]
    if captured:
        reasons.append(
            Reason(
                "capture-mark", f"the file says that it is a camera recording (a claim): {places(captured)}"
            )
        )
    return reasons


def _cut(facts: Facts) -> list[Reason]:
    return [Reason("metadata-cut", "metadata beyond the limits were left out")] if facts.metadata_cut else []


def _words(facts: Facts, marks: Sequence[Mark], reasons: Sequence[Reason]) -> str:
    decisive = next((reason for reason in reasons if reason.code in DECISIVE), None)
    if decisive:
        return decisive.words[0].upper() + decisive.words[1:] + "."
    held: dict[str, Any] = {"EXIF": facts.exif, "XMP": facts.xmp, "IPTC": facts.iptc, "text": facts.text}
    kinds = [name for name, value in held.items() if value]
    if not kinds:
        return "The file carries no metadata. Most ways of sending a picture strip them: this proves nothing."
    told = f"The file carries {', '.join(kinds)} metadata"
    camera = camera_of(facts)
    told += f" and names the camera {camera}" if camera else " and names no camera"
    return f"{told}. No generator names itself; that proves nothing, since marks are easily stripped."
