"""What is wrong with a sealed folder, one value for each wrong thing, naming it exactly."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Fault"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was sealed.

    Attributes
    ----------
    code : str
        Stable kebab-case name of the kind of fault; docs/evidence.md lists them.
    file : str
        Path within the folder. Undecodable bytes are lone surrogates: show it with care.
    message : str
        What is wrong, in one sentence that names no file.
    entry : int | None
        Number of the log entry, from 0.
    first, last : int | None
        Bytes of the file from `first` to before `last`.
    """

    code: str
    file: str
    message: str
    entry: int | None = None
    first: int | None = None
    last: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "code": self.code,
            "file": self.file,
            "entry": self.entry,
            "first": self.first,
            "last": self.last,
            "message": self.message,
        }
