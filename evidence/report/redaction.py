"""What is taken out of a report on request: file names, places, serial numbers, people; and the count of it."""

import os
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final

__all__ = ["MARK", "Redactor"]

MARK: Final = "[redacted]"
"""What stands for a value that was taken out."""

# Names of metadata fields, lower case without signs, of what tells where, by whom or with which very device.
_PLACES: Final = (
    "gps",
    "location",
    "latitude",
    "longitude",
    "altitude",
    "city",
    "province",
    "country",
    "sublocation",
)
_PEOPLE: Final = (
    "artist",
    "author",
    "byline",
    "creator",
    "copyright",
    "credit",
    "owner",
    "contact",
    "person",
    "caption",
)
_DEVICES: Final = (
    "serial",
    "uniqueid",
    "documentid",
    "instanceid",
    "hostcomputer",
    "imageid",
    "macaddress",
    "deviceid",
)
_PRIVATE: Final = (*_PLACES, *_PEOPLE, *_DEVICES)

_SHORTEST: Final = 4
"""Characters of a file name that is looked for in texts."""


class Redactor:
    """Takes out what is not to be told; the same value is taken out everywhere.

    Parameters
    ----------
    applied : bool
        False: everything stays as it is.

    Attributes
    ----------
    count : int
        Values that were replaced.
    """

    def __init__(self, applied: bool) -> None:
        self.applied = applied
        self.count = 0

    def name(self, kind: str, number: int, path: str) -> str:
        """What a file is called: its own name, or ``KIND-000N`` and its ending."""
        if not self.applied or path == "-":
            return path
        self.count += 1
        ending = PurePath(path).suffix
        return f"{kind}-{number:04d}{ending if re.fullmatch(r'[.][A-Za-z0-9]{1,8}', ending) else ''}"

    def verdict(self, number: int, verdict: Mapping[str, Any]) -> dict[str, Any]:
        """A verdict without its names, places, people and numbers of devices; as it is when nothing is redacted."""
        if not self.applied:
            return dict(verdict)
        path = verdict["path"]
        name = self.name("exhibit", number, path)
        names = sorted(
            {part for part in (path, os.path.basename(path)) if len(part) >= _SHORTEST}, key=len, reverse=True
        )
        told = {key: self._value(value, names, name) for key, value in verdict.items() if key != "path"}
        return {"path": name} | told

    def text(self, text: str, names: Mapping[str, str]) -> str:
        """A text with every one of some names replaced, the longest first."""
        if not self.applied:
            return text
        for name in sorted(names, key=len, reverse=True):
            if len(name) >= _SHORTEST and name in text:
                self.count += text.count(name)
                text = text.replace(name, names[name])
        return text

    def _value(self, value: Any, names: list[str], name: str) -> Any:
        if isinstance(value, str):
            return self.text(value, dict.fromkeys(names, name))
        if isinstance(value, Mapping):
            return {key: self._field(key, item, names, name) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(item, names, name) for item in value]
        return value

    def _field(self, key: str, value: Any, names: list[str], name: str) -> Any:
        plain = re.sub(r"[^a-z]", "", key.lower())
        told = (
            isinstance(value, str | int | float | list)
            and not isinstance(value, bool)
            and value not in ("", [])
        )
        if told and any(word in plain for word in _PRIVATE):
            self.count += 1
            return MARK
        return self._value(value, names, name)
