"""The whole report, and the parts that it is split into when it is long."""

from typing import Annotated, Final, Literal

from pydantic import Field

from .artifact import Artifact
from .exhibit import Exhibit
from .incident import Incident
from .logs import Logs
from .media import Media
from .sheet import Count, Sha256, Sheet

__all__ = ["FORMAT", "Command", "Document", "Kind", "Part", "Redaction", "Run", "Step", "Tool"]

FORMAT: Final = 1
"""Version of the schema: it rises when a field changes its meaning or goes; new fields may come without."""

Kind = Literal["image", "video", "batch", "logs"]


class Tool(Sheet):
    """What made the report."""

    name: Literal["assay"]
    version: str
    python: str
    system: str


class Run(Sheet):
    """What scored; a repetition on other libraries may differ in the last digits."""

    backend: str
    device: str
    precision: str
    threads: Count
    deterministic: bool
    cpu: str
    libraries: dict[str, str]
    golden_within: bool | None


class Command(Sheet):
    """How to do it again.

    Attributes
    ----------
    line : str
        The command, for a POSIX shell, from the folder that the report names.
    compare : str
        Compares what it writes with what is here; it prints nothing when they are equal.
    answers : str
        File in the folder that must come out byte for byte.
    sha256 : str
        Of that file.
    needs : list of str
        Artifacts as ``name@version sha256:HASH``.
    notes : list of str
        Codes of what else must be at hand.
    """

    line: str
    compare: str
    answers: str
    sha256: Sha256
    needs: list[str]
    notes: list[str]


class Step(Sheet):
    """One step of the custody chain up to this report; the log in ``assay-seal/`` has one entry for each exhibit."""

    when: str
    what: Literal["received", "assayed", "reported"]
    who: str


class Redaction(Sheet):
    """What was taken out on request.

    Attributes
    ----------
    what : list of str
        Codes.
    values : int
        How many values were replaced.
    """

    applied: bool
    what: list[str]
    values: Count


class Document(Sheet):
    """``report.json``.

    Attributes
    ----------
    parts : list of str
        Files that hold the exhibits or incidents where there are too many for this one.
    """

    format: Literal[1] = FORMAT
    kind: Kind
    language: str
    created: str
    tool: Tool
    run: Run | None
    command: Command
    redaction: Redaction
    custody: list[Step]
    artifacts: list[Artifact]
    media: Media | None = None
    logs: Logs | None = None
    parts: list[str] = Field(default_factory=list)
    limits: list[str]


class Part(Sheet):
    """One file of the details of a long report.

    Attributes
    ----------
    number : int
        From 1.
    """

    format: Literal[1] = FORMAT
    number: Annotated[int, Field(ge=1)]
    exhibits: list[Exhibit] = Field(default_factory=list)
    incidents: list[Incident] = Field(default_factory=list)
