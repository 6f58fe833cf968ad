"""One exhibit: the file, what was answered, what each method said, and the pictures of it."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from .incident import Reason
from .sheet import Count, Sha256, Sheet

__all__ = [
    "Answer",
    "Coded",
    "Exhibit",
    "Face",
    "File",
    "Finding",
    "Moment",
    "Picture",
    "Ratio",
    "Row",
    "Shaken",
    "Table",
]

Outcome = Literal["consistent", "inconsistent", "inconclusive", "not_applicable", "failed"]
Strength = Literal[
    "none", "weak", "moderate", "moderately_strong", "strong", "very_strong", "extremely_strong"
]


class Coded(Sheet):
    """Why: a stable code, and the words of the method that gave it, in English."""

    code: str
    words: str


class Ratio(Sheet):
    """A decimal logarithm of a likelihood ratio and its 95 % interval."""

    log10: float
    low: float
    high: float


class Answer(Sheet):
    """The answer to one proposition.

    Attributes
    ----------
    proposition : str
        ``synthetic``, ``face_swap`` or ``edited``.
    ratio : Ratio | None
        None: not assessed.
    strength : str | None
        Word of the scale of support; None where there is no ratio.
    side : "h1" | "h2" | None
        Which of the two propositions is supported; None below a ratio of 2.
    answered : bool
        Whether the ratio is far enough from 1, and stable enough, to be relied on.
    """

    proposition: str
    ratio: Ratio | None
    strength: Strength | None
    side: Literal["h1", "h2"] | None
    answered: bool


class Shaken(Sheet):
    """The score of one analyzer after the exhibit was delivered once more."""

    analyzer: str
    laundering: str
    tier: str
    score: float
    log10_lr: float


class Table(Sheet):
    """The numbers of a picture, for who cannot see it or wants to check it.

    Attributes
    ----------
    columns : list of str
        Codes of their heads.
    rows : list of lists
        Cells; at most 200 rows.
    """

    columns: list[str]
    rows: Annotated[list[list[float | int | str | None]], Field(max_length=200)]


class Picture(Sheet):
    """A picture in the folder of the report.

    Attributes
    ----------
    kind : str
        Names its caption: ``exhibit``, ``heat``, ``reliability``, ``finding``, ``jpeg``, ``noise``, ``timeline``,
        ``tippett``, ``calibration``, ``activity``.
    analyzer : str | None
        Whose finding it belongs to.
    file : str
        Path within the folder.
    sha256 : str
        Of the file.
    width, height : int
        Pixels.
    low, high : float | None
        Values at both ends of its colours; None where it has none.
    table : Table | None
        The numbers behind it.
    """

    kind: str
    analyzer: str | None = None
    file: str
    sha256: Sha256
    width: Count
    height: Count
    low: float | None = None
    high: float | None = None
    table: Table | None = None


class Finding(Sheet):
    """What one analyzer says; see its card (``assay detect analyzers NAME``)."""

    analyzer: str
    proposition: str
    applies: bool
    why_not: Coded | None
    score: float | None
    log10_lr: float | None
    words: str
    reasons: list[Coded]
    detail: dict[str, JsonValue]


class File(Sheet):
    """The submitted file.

    Attributes
    ----------
    name : str
        As submitted; another one when names are redacted.
    received : "path" | "stream"
        Read from a path that was given, or from standard input.
    size : int | None
        Bytes; None when it could not be read.
    sha256, sha512 : str | None
        Of all its bytes. The first is what the verdict is about; the second comes from reading the file once more for
        the report, None when that could not be done.
    media_type : str | None
        By content, never by name.
    modified : str | None
        When the file system says that it was last written; a claim of that system.
    read_again : "same" | "different" | "not-possible"
        Whether the bytes read for the report are the bytes that were assayed.
    """

    name: str
    received: Literal["path", "stream"]
    size: Count | None
    sha256: Sha256 | None
    sha512: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")] | None
    media_type: str | None
    modified: str | None
    read_again: Literal["same", "different", "not-possible"]


class Moment(Sheet):
    """A score at a time of a video, in seconds from its start."""

    t: float
    score: float


class Face(Sheet):
    """A face that was followed through a video, from and to in seconds, and the moments of its highest scores."""

    track: int | str
    start: float
    end: float
    score: float | None
    highest: list[Moment] = Field(default_factory=list)


class Overlay(Sheet):
    """A short video in the folder of the report: the frames that were looked at, with what was seen on them.

    Attributes
    ----------
    file : str
        Path within the folder.
    sha256 : str
        Of the file.
    """

    file: str
    sha256: Sha256


class Exhibit(Sheet):
    """Everything that is told of one exhibit."""

    number: Annotated[int, Field(ge=1)]
    file: File
    kind: Literal["image", "video"] | None
    outcome: Outcome
    proposition: str | None
    score: float | None
    ratio: Ratio | None
    tier: str | None
    answers: list[Answer]
    reasons: list[Coded]
    findings: list[Finding]
    stability: list[Shaken]
    pictures: list[Picture]
    timeline: list[Moment] = Field(default_factory=list)
    faces: list[Face] = Field(default_factory=list)
    overlay: Overlay | None = None
    artifacts: list[str]
    seconds: float


class Row(Sheet):
    """One exhibit or incident in the index; `why` is the code of its first reason, or its summary."""

    number: Annotated[int, Field(ge=1)]
    name: str
    sha256: Sha256 | None = None
    outcome: Outcome | None = None
    proposition: str | None = None
    ratio: Ratio | None = None
    risk: float | None = None
    p: float | None = None
    first_seen: str | None = None
    records: Count | None = None
    why: str | None = None
    reason: Reason | None = None
    part: Annotated[int, Field(ge=1)] | None = None
