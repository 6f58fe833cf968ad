"""Server-sent events, as far as the service uses them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Event", "events"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes
    ----------
    name : str
        ``message`` unless it says otherwise.
    data : str
        Its lines.
    id : str | None
        To begin after, the next time.
    """

    name: str
    data: str
    id: str | None


def events(lines: Iterable[bytes]) -> Iterator[Event]:
    """Read events out of the lines of a stream; what the stream ends within is dropped, as the standard says."""
    name, last = "message", None
    data: list[str] = []
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            if data:
                yield Event(name, "\n".join(data), last)
            name, data = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
        elif field == "id" and "\0" not in value:
            last = value
