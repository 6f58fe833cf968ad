"""What is wrong with a set of data, in words, with how much it matters."""

from dataclasses import dataclass, field
from typing import Any, Literal

from ...errors import AssayError

__all__ = ["DataFaulty", "Fault", "Severity"]

Severity = Literal["error", "warning", "note"]


class DataFaulty(AssayError):
    """The files give their labels away, or show the same picture on both sides: no figure on them would be true."""

    code = "data-faulty"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes
    ----------
    code
        Stable kebab-case name.
    severity
        ``error``: a figure on these data would be false, nothing is trained on them; ``warning``: it would mislead a
        reader who does not know; ``note``: worth knowing.
    words
        What was found and what to do.
    detail
        Plain values, ready for JSON.
    """

    code: str
    severity: Severity
    words: str
    detail: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"code": self.code, "severity": self.severity, "words": self.words, "detail": self.detail}
