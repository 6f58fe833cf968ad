"""Drawings over time: scores and faces of a video, records of incidents."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from ..model import Bin, Face, Incident, Moment, Table
from ..words import Words
from .calibration import Drawn
from .plot import WIDE, Plot

__all__ = ["activity", "bins", "timeline"]

_BINS = 48
_ROWS = 200


def timeline(moments: Sequence[Moment], faces: Sequence[Face], words: Words) -> Drawn:
    """Scores of a video over its seconds, and below them when each face is seen.

    Parameters
    ----------
    moments
        At least one.
    faces
        At most eight are drawn; the table has all.
    """
    end = max((each.t for each in moments), default=1.0)
    end = max([end, *(face.end for face in faces), 1e-3])
    shown = faces[:8]
    floor = -0.06 * len(shown) - 0.04 if shown else 0.0
    plot = Plot((0.0, end), (floor, 1.0), words("axis.seconds"), words("axis.score"), WIDE)
    plot.line([each.t for each in moments], [each.score for each in moments], "plot-a")
    for each in moments if len(moments) <= _ROWS else ():
        plot.point(each.t, each.score)
    for place, face in enumerate(shown):
        level = -0.06 * (place + 1)
        plot.line([face.start, face.end], [level, level], "plot-mark")
    step = next((each for each in (0.5, 1, 2, 5, 10, 30, 60, 300, 600, 3600) if end / each <= 10), 3600)
    ticks = [(number * step, f"{number * step:g}") for number in range(int(end / step) + 1)]
    every = -(-len(moments) // _ROWS)
    rows: list[list[float | int | str | None]] = [
        [round(each.t, 3), round(each.score, 4)] for each in moments[::every]
    ]
    return Drawn(
        plot.drawn(ticks, [(0, "0"), (0.5, "0.5"), (1, "1")]),
        Table(columns=["time_s", "score"], rows=rows[:_ROWS]),
        WIDE,
    )


def bins(incidents: Iterable[Incident]) -> list[Bin]:
    """Records that incidents show, in stretches of equal length; empty where no time is known."""
    times = [_time(record.time) for incident in incidents for record in incident.records if record.time]
    if not times:
        return []
    first, last = min(times), max(times)
    width = max((last - first) / _BINS, timedelta(seconds=1))
    counts = [0] * _BINS
    for time in times:
        counts[min(int((time - first) / width), _BINS - 1)] += 1
    return [
        Bin(start=(first + place * width).isoformat(timespec="seconds").replace("+00:00", "Z"), records=count)
        for place, count in enumerate(counts)
    ]


def activity(found: Sequence[Bin], words: Words) -> Drawn:
    """Bars of the records of incidents over time."""
    most = max(each.records for each in found)
    plot = Plot(
        (0.0, float(len(found))), (0.0, float(max(most, 1))), words("axis.time"), words("axis.records"), WIDE
    )
    plot.bars([float(place) for place in range(len(found) + 1)], [float(each.records) for each in found])
    few = range(0, len(found), max(len(found) // 4, 1))
    ticks = [(place + 0.5, found[place].start[5:16].replace("T", " ")) for place in few]
    step = max(1, -(-most // 4))
    upright = [(float(value), f"{value:,}") for value in range(0, most + 1, step)]
    rows: list[list[float | int | str | None]] = [
        [each.start, each.records] for each in found if each.records
    ]
    return Drawn(plot.drawn(ticks, upright), Table(columns=["start", "records"], rows=rows[:_ROWS]), WIDE)


def _time(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text).astimezone(UTC)
