"""Analyses: lists of them, one with its exhibits, one verdict in full, two side by side."""

from dataclasses import dataclass
from typing import Any

from ...work.job import JobExhibit

__all__ = [
    "AnalysesView",
    "AnalysisRow",
    "AnalysisView",
    "CompareView",
    "Face",
    "Moment",
    "Picture",
    "PointRow",
    "RateRow",
    "VerdictView",
]


@dataclass(frozen=True, slots=True)
class AnalysisRow:
    """An analysis in short.

    Attributes
    ----------
    id, case : str
        Which, and of which case.
    first : str
        What its first exhibit is called; empty where nobody asked.
    state, stage : str
        Where it is.
    done, total : int
        Exhibits.
    profile, created, created_by : str
        How, when and by whom it was asked for.
    started, ended, code, detail : str | None
        Of the work; why it failed.
    report : bool
        Whether a report was asked for.
    outcomes : dict
        How many exhibits have which outcome; empty before it is done.
    troubles : tuple of str
        What could not be written of the report.
    """

    id: str
    case: str
    first: str
    state: str
    stage: str
    done: int
    total: int
    profile: str
    created: str
    created_by: str
    started: str | None
    ended: str | None
    code: str | None
    detail: str | None
    report: bool
    outcomes: dict[str, int]
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnalysesView:
    """Some analyses, newest first; `names` are those of cases."""

    analyses: tuple[AnalysisRow, ...]
    names: dict[str, str]
    next: str | None


@dataclass(frozen=True, slots=True)
class AnalysisView:
    """An analysis and some of its exhibits in their order; `next` is the place after which the others stand."""

    analysis: AnalysisRow
    case_name: str
    exhibits: tuple[JobExhibit, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a report.

    Attributes
    ----------
    kind, analyzer : str, str | None
        What it is, and whose finding it belongs to.
    file : str
        Its address.
    width, height : int
        Pixels.
    figure : dict
        Its caption, legend and numbers, as a block of a report.
    """

    kind: str
    analyzer: str | None
    file: str
    width: int
    height: int
    figure: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """A score at a time of a video; `at` is where it stands on the line of time, 0 to 1."""

    t: float
    score: float
    at: float


@dataclass(frozen=True, slots=True)
class Face:
    """A face that was followed, in seconds, and where its lane begins and how long it is, 0 to 1."""

    track: str
    start: float
    end: float
    score: float | None
    at: float
    span: float


@dataclass(frozen=True, slots=True)
class PointRow:
    """How often an artifact was wrong at a fixed threshold, for the tier of the exhibit; see `RateRow`."""

    name: str
    threshold: float
    rows: int | None
    false_alarms: str
    found: str


@dataclass(frozen=True, slots=True)
class RateRow:
    """How often an artifact was wrong on one source, for the tier of the exhibit.

    Attributes
    ----------
    artifact, source, kept_out : str
        Which, on what, and from which choices that was kept out.
    rows : int | None
        How many pictures.
    false_alarms, found : str
        In per cent, with their intervals.
    """

    artifact: str
    source: str
    kept_out: str
    rows: int | None
    false_alarms: str
    found: str


@dataclass(frozen=True, slots=True)
class VerdictView:
    """One verdict in full.

    Attributes
    ----------
    analysis : AnalysisRow
        That gave it.
    case_name : str
        Of its case.
    place : int
        Of the exhibit in the analysis, from 1.
    sha256, name, kind : str, str, str | None
        The exhibit.
    outcome, tier : str, str | None
        Codes.
    verdict : dict
        Word, support, reading and scale, as a block of a report in the language of the reader.
    bound : tuple of float | None
        The most that the artifact can support to either side, as log10 LR.
    sections : dict
        The rest by name, as blocks.
    pictures : tuple of Picture
        In the order of the report.
    duration : float
        Seconds of a video, as far as it was looked at.
    moments : tuple of Moment
        Of a video.
    worst : tuple of Moment
        The highest scores among them, highest first.
    faces : tuple of Face
        Of a video.
    film : str | None
        Address of the overlay: the frames that were looked at, coded anew.
    points : tuple of PointRow
        Of the artifacts that answered.
    rates : tuple of RateRow
        The same by source; those first that no choice was made on.
    """

    analysis: AnalysisRow
    case_name: str
    place: int
    sha256: str
    name: str
    kind: str | None
    outcome: str
    tier: str | None
    verdict: dict[str, Any]
    bound: tuple[float, float] | None
    sections: dict[str, Any]
    pictures: tuple[Picture, ...]
    duration: float
    moments: tuple[Moment, ...]
    worst: tuple[Moment, ...]
    faces: tuple[Face, ...]
    film: str | None
    points: tuple[PointRow, ...]
    rates: tuple[RateRow, ...]


@dataclass(frozen=True, slots=True)
class CompareView:
    """Two verdicts side by side.

    Attributes
    ----------
    a, b : VerdictView | None
        None until it is chosen.
    choices : tuple of pairs
        What can be chosen, newest first: its value and its name.
    rows : tuple
        Each method that either used, with what it found in both, as pieces of text; None where it was not used.
    """

    a: VerdictView | None
    b: VerdictView | None
    choices: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, list[Any] | None, list[Any] | None], ...]
