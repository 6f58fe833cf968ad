"""What became of the rules: read or not, run or not, and how often they fired."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RuleError:
    """Why a rule was not loaded, or cannot be run.

    Attributes
    ----------
    rule
        Its title, or the name of its file.
    code
        Of `assay.triage.limits.RULE_ERRORS` or `RULE_GAPS`.
    detail
        What exactly: the field, the value, the parser's words.
    """

    rule: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What became of the rules.

    Attributes
    ----------
    path
        As the user named it.
    loaded
        Rules read.
    run
        Those that were run; the rest are among `gaps`.
    errors
        Files and rules that were not read.
    gaps
        Rules that cannot be run on what the readers keep.
    fired
        Title of each rule that fired, to the number of records; most first.
    """

    path: str
    loaded: int
    run: int
    errors: tuple[RuleError, ...]
    gaps: tuple[RuleError, ...]
    fired: Mapping[str, int]

    def counts(self) -> dict[str, int]:
        """How many errors and gaps there are of each code, most first."""
        return dict(Counter(problem.code for problem in (*self.errors, *self.gaps)).most_common())

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; errors and gaps one by one."""
        return {
            "path": self.path,
            "loaded": self.loaded,
            "run": self.run,
            "problems": [
                {"rule": problem.rule, "code": problem.code, "detail": problem.detail}
                for problem in (*self.errors, *self.gaps)
            ],
            "fired": dict(self.fired),
        }
