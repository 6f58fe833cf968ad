"""What is exported, how, and where to: ``cef:incidents.cef`` or ``events.timesketch:timeline.jsonl``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast, get_args

from ...errors import AssayError

What = Literal["incidents", "events"]
Format = Literal["jsonl", "csv", "parquet", "timesketch", "syslog", "cef"]

FORMATS: Final[tuple[str, ...]] = get_args(Format)


class ExportTargetInvalid(AssayError):
    """A target that names no format or no file."""

    code = "export-target"


@dataclass(frozen=True, slots=True)
class Target:
    """One file to write.

    Attributes
    ----------
    what
        ``incidents`` or ``events``.
    format
        One of `FORMATS`.
    path
        The file; replaced when it exists.
    """

    what: What
    format: Format
    path: Path


def target(text: str) -> Target:
    """Read a target.

    Parameters
    ----------
    text
        ``[incidents.|events.]FORMAT:FILE``; incidents when neither is named.

    Raises
    ------
    ExportTargetInvalid
        Another format, no file, or a Timesketch file that ends in neither .jsonl nor .csv.
    """
    name, colon, file = text.partition(":")
    what, dot, form = name.partition(".")
    if not dot:
        what, form = "incidents", name
    if not colon or not file or what not in get_args(What) or form not in FORMATS:
        raise ExportTargetInvalid(
            f"{text[:100]!r} is no target; write FORMAT:FILE or events.FORMAT:FILE with one of {', '.join(FORMATS)}"
        )
    path = Path(file)
    if form == "timesketch" and path.suffix not in (".jsonl", ".csv"):
        raise ExportTargetInvalid(f"{file[:100]}: the name of a Timesketch file must end in .jsonl or .csv")
    return Target(cast(What, what), cast(Format, form), path)
