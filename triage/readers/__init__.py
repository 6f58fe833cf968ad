"""Log files in, normalised batches out.

`open_sources` takes paths and gives a `Reading`: iterate over its batches, then ask it for its
reports. A source that cannot be read never stops the others.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...intake.sources import Refused, expand
from ..limits import DEFAULT, LogLimits
from .archives import Archives, unpacked
from .crew import MOST
from .formats import FORMATS, READERS, LogFormatUnknown, reader_named, sniff
from .reading import Reading

__all__ = ["FORMATS", "READERS", "LogFormatUnknown", "Reading", "open_sources", "reader_named", "sniff"]


def open_sources(
    paths: Sequence[Path | str],
    *,
    format: str = "auto",
    limits: LogLimits = DEFAULT,
    readers: int = 1,
) -> Reading:
    """Prepare to read some files.

    Parameters
    ----------
    paths
        Files, folders (all files below them, in order of name), ZIP or tar archives of such, or ``-`` for standard
        input.
    format
        ``auto`` or one of `FORMATS`.
    limits
        Bounds that hold for each source.
    readers
        Processes that read side by side where there is much to read; the records do not depend on it.

    Raises
    ------
    LogFormatUnknown
        *format* is not known.
    """
    reader = None if format == "auto" else reader_named(format)
    archives = Archives(limits)
    found = unpacked(_expand(paths), archives)
    return Reading(found, reader, limits, min(readers, MOST), {str(path) for path in paths}, archives)


def _expand(paths: Sequence[Path | str]) -> Iterator[Path | Refused | None]:
    for given in paths:
        if str(given) == "-":
            yield None
            continue
        for found in expand([given]):
            yield found if isinstance(found, Refused) else found.path
