"""How a video is put together and coded, what its frames do in time, and what its metadata claim.

Question: does the file look as a camera would have left it, and who says that they wrote it? All of it is told beside
the likelihood ratios and enters none; a generator that names itself decides, as it does for pictures.
"""

from collections.abc import Sequence
from typing import Any

from ..claims import model_reasons, places
from ..marks import Mark
from ..values import Applicability, Finding, Proposition, Reason
from ..video.clip import Clip
from ..video.marks import camera, location, marks_of, shown_texts, writers
from ..video.reel import Reel

__all__ = ["VideoFile"]

_IRREGULAR = 0.9
"""Share of even steps in time below which frames do not follow one another regularly."""

_FEW_REPEATS = 3
_STRONG_RHYTHM = 4.0
"""How far a rhythm in the sizes of frames must stand out of chance, in standard deviations."""

_LIBRARIES = ("lav", "x26", "libwebm", "svt", "libaom", "mencoder", "gpac", "ffmpeg", "handbrake")


class VideoFile:
    """Tells what a video file is and says of itself."""

    name = "video-file"
    proposition = Proposition.PROVENANCE

    def applies(self, exhibit: Clip) -> Applicability:
        """Always."""
        return Applicability(True)

    def analyze(self, exhibit: Clip) -> Finding:
        """Container, coding, rhythm, writers, marks."""
        reel = exhibit.reel
        marks, wrote = marks_of(reel), writers(reel)
        reasons = (*_claims(reel, marks, wrote), *_rhythm(reel), *_coding(reel), *_tail(reel))
        return Finding(
            self.name,
            self.proposition,
            True,
            words=_words(reel, wrote, reasons),
            reasons=reasons,
            detail=_detail(exhibit, marks, wrote),
        )


def _claims(reel: Reel, marks: Sequence[Mark], wrote: Sequence[str]) -> tuple[Reason, ...]:
    reasons = model_reasons(marks)
    editors = [mark for mark in marks if mark.meaning == "editor"]
    if editors:
        words = f"written by editing software, which may have done no more than export it: {places(editors)}"
        reasons.append(Reason("editor-trace", words))
    named = camera(reel)
    libraries = [one for one in wrote if one.lower().startswith(_LIBRARIES)]
    if named:
        reasons.append(
            Reason("camera-metadata", f"names {named} as its camera (a claim that anyone can write)")
        )
    if libraries:
        words = (
            f"written by {', '.join(libraries[:3])}: programs that messengers, web sites, editors and generators use, "
            "not cameras" + (f"; what {named} recorded was written again" if named else "")
        )
        reasons.append(Reason("written-by-program", words))
    if location(reel) is not None:
        reasons.append(Reason("location-inside", "holds the place where it was taken"))
    return tuple(reasons)


def _rhythm(reel: Reel) -> tuple[Reason, ...]:
    beat = reel.rhythm
    reasons = []
    if beat.gaps and beat.regular is not None and beat.regular >= _IRREGULAR:
        words = (
            f"{beat.missing} frames are missing from an otherwise even rhythm, at {beat.gaps} places, the longest of "
            f"{beat.longest_gap:.2f} s: a camera under load leaves some out, and so does a cut"
        )
        reasons.append(Reason("frames-missing", words))
    elif beat.regular is not None and beat.regular < _IRREGULAR:
        words = (
            f"frames follow one another unevenly ({beat.regular:.0%} of the steps are even): phones and screen "
            "recorders do so, most programs do not"
        )
        reasons.append(Reason("uneven-frames", words))
    if beat.same_time:
        reasons.append(Reason("frames-at-one-time", f"{beat.same_time} frames have the time of another one"))
    if reel.every and reel.repeats >= _FEW_REPEATS and reel.repeats < reel.seen // 2:
        words = (
            f"{reel.repeats} of {reel.seen} frames look the same as the one before (up to {reel.longest_repeat} in a "
            "row): of a change of the frame rate, a still scene, or frames that were put in"
        )
        reasons.append(Reason("frames-repeated", words))
    return tuple(reasons)


def _coding(reel: Reel) -> tuple[Reason, ...]:
    reasons = []
    if reel.double is not None and reel.double.strength >= _STRONG_RHYTHM and reel.double.period:
        words = (
            f"every {reel.double.period} frames one is harder to predict, which the key frames do not explain: as of "
            "an earlier coding with key frames there"
        )
        reasons.append(Reason("coded-twice", words))
    edits = (
        []
        if reel.boxes is None
        else [one for one in reel.boxes.edits if len([e for e in one if e[1] >= 0]) > 1]
    )
    if edits:
        words = (
            "an edit list plays several parts of a track: what lies between is in the file but is not shown"
        )
        reasons.append(Reason("edit-list", words))
    return tuple(reasons)


def _tail(reel: Reel) -> tuple[Reason, ...]:
    lost = reel.promised - reel.walked
    cut = reel.boxes is not None and not reel.boxes.whole
    if lost > 0 or reel.trouble or cut:
        how = (
            f"{lost:,} of {reel.promised:,} frames that its index names are not there"
            if lost > 0
            else "its last part ends early"
        )
        return (Reason("tail-missing", f"the file is cut or damaged: {how}; what could be read was assayed"),)
    if reel.damaged or reel.corrupt:
        count = max(reel.damaged, reel.corrupt)
        return (Reason("packets-damaged", f"{count:,} packets are damaged: their frames were passed over"),)
    return ()


def _words(reel: Reel, wrote: Sequence[str], reasons: Sequence[Reason]) -> str:
    rate = "" if reel.rhythm.rate is None else f", {reel.rhythm.rate:.4g} frames a second"
    told = (
        f"{reel.media.upper()} with {reel.codec.upper()}, {reel.width:,} x {reel.height:,} pixels, "
        f"{reel.rhythm.seconds:,.2f} s{rate}, {reel.keys:,} key frame{'s' * (reel.keys != 1)} among {reel.walked:,}, "
        f"{len(reel.shots) + 1} shot{'s' * bool(reel.shots)}"
    )
    told += "; no sound." if not reel.sound else f"; sound in {reel.sound[0].codec}, not assessed."
    for reason in reasons:
        told += f" {reason.words[0].upper()}{reason.words[1:]}."
    if not wrote and not camera(reel):
        told += " It names neither a camera nor a program; that proves nothing."
    return told


def _detail(exhibit: Clip, marks: Sequence[Mark], wrote: Sequence[str]) -> dict[str, Any]:
    reel = exhibit.reel
    plain = reel.model_dump(mode="json", exclude={"texts", "boxes", "chosen", "notes"})
    boxes = None if reel.boxes is None else reel.boxes.model_dump(mode="json", exclude={"xmp"})
    return {
        **plain,
        "file_bytes": exhibit.exhibit.size,
        "boxes": boxes,
        "camera": camera(reel),
        "writers": list(wrote),
        "marks": [{"meaning": m.meaning, "who": m.who, "where": m.where, "what": m.what} for m in marks],
        "metadata": shown_texts(reel),
        "location": location(reel),
        "done": list(reel.notes),
    }
