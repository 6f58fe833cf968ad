"""The times that a file tells, from every place that has one, and whether they can all be true."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from .media import Facts
from .values import Reason

__all__ = ["Moment", "time_reasons", "timeline"]

_SLACK = timedelta(minutes=1)
_ZONES = timedelta(hours=26)
"""Most that two clocks may differ by their zones alone."""
_FIRST_YEAR = 1995
"""EXIF is of 1995: a picture taken before was dated by a clock that nobody had set, or by hand."""
_EXIF = (
    ("DateTimeOriginal", "taken (EXIF)"),
    ("DateTimeDigitized", "digitised (EXIF)"),
    ("DateTime", "written (EXIF)"),
)
_XMP = (
    ("exif:DateTimeOriginal", "taken (XMP)"),
    ("xmp:CreateDate", "made (XMP)"),
    ("photoshop:DateCreated", "made (XMP, Photoshop)"),
    ("xmp:ModifyDate", "changed (XMP)"),
    ("xmp:MetadataDate", "metadata changed (XMP)"),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One time that the file tells.

    Attributes
    ----------
    what : str
        Of what, and where it stands.
    when : datetime
        Without a zone, as the clock showed it.
    """

    what: str
    when: datetime


def timeline(facts: Facts) -> list[Moment]:
    """Every time that can be read, the earliest first."""
    moments = [
        Moment(what, when) for name, what in _EXIF if (when := _parsed(_text(facts, name))) is not None
    ]
    satellites = _satellites(facts)
    if satellites is not None:
        moments.append(Moment("satellites (GPS, UTC)", satellites))
    for name, what in _XMP:
        found = re.search(rf"\b{name}(?:=\"|>)\s{{0,8}}([0-9T:.+\-Z ]{{10,40}})", facts.xmp)
        when = _parsed(found[1].replace("T", " ").replace("-", ":", 2)) if found else None
        if when is not None:
            moments.append(Moment(what, when))
    return sorted(moments, key=lambda moment: moment.when)


def time_reasons(facts: Facts) -> Iterator[Reason]:
    """What about the times is worth telling."""
    for name, _ in _EXIF:
        value = _text(facts, name)
        if value and value[:1] in "12" and _parsed(value) is None:
            yield Reason(
                "time-impossible",
                f"{name} says {value[:19]!r}, which is no date: a camera without a set clock, or written by hand",
            )
            break
    told = {moment.what: moment.when for moment in timeline(facts)}
    taken, written = told.get("taken (EXIF)"), told.get("written (EXIF)")
    if taken and taken.year < _FIRST_YEAR:
        yield Reason(
            "clock-not-set",
            f"taken {taken}, before there were such files: the clock was not set, or it is that of a scanned print",
        )
    if taken and written and written < taken - _SLACK:
        yield Reason(
            "times-disagree",
            f"saved {written} before it was taken {taken}: a clock was changed, or times were written by hand",
        )
    elif taken and written and written > taken + _SLACK:
        yield Reason(
            "saved-later", f"saved {written}, taken {taken}: something wrote the file again after the camera"
        )
    satellites = told.get("satellites (GPS, UTC)")
    if taken and satellites and abs(satellites - taken) > _ZONES:
        yield Reason(
            "gps-time-disagrees",
            f"satellites say {satellites}, the camera {taken}: the clock was wrong, or times were written by hand",
        )
    other = told.get("taken (XMP)")
    if taken and other and abs(other - taken) > _ZONES:
        yield Reason(
            "xmp-time-disagrees",
            f"EXIF says that it was taken {taken}, XMP {other}: a program or a person set one of them",
        )


def _satellites(facts: Facts) -> datetime | None:
    stamp, clock = facts.exif.get("GPS.GPSDateStamp"), facts.exif.get("GPS.GPSTimeStamp")
    if not isinstance(stamp, str):
        return None
    hours = "12:00:00"
    if isinstance(clock, list) and len(clock) == 3 and all(isinstance(part, int | float) for part in clock):
        hours = ":".join(f"{int(part):02d}" for part in clock if isinstance(part, int | float))
    return _parsed(f"{stamp[:10].replace('-', ':')} {hours}")


def _text(facts: Facts, name: str) -> str:
    value = facts.exif.get(name)
    return value.strip("\x00 ") if isinstance(value, str) else ""


def _parsed(value: str) -> datetime | None:
    for form, length in (("%Y:%m:%d %H:%M:%S", 19), ("%Y:%m:%d %H:%M", 16), ("%Y:%m:%d", 10)):
        try:
            return datetime.strptime(value[:length], form)
        except ValueError:
            continue
    return None
