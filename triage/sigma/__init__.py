"""Sigma rules as an extra signal: which rules fire on which records (extra ``sigma``).

`Rules.open` loads a folder of rules and compiles all of them to one plan; `Rules.hits` runs the plan on a
frame of normalised records. Everything that needs pySigma or its companions is imported when rules are
opened, so that triage without rules does not need them.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from ...errors import AssayError
from .report import RuleError, RuleReport

if TYPE_CHECKING:
    from .matching import Matcher
    from .rules import Rule

__all__ = ["EXTRA", "Rules", "RulesUnavailable"]

EXTRA: Final = "sigma"
"""The extra that brings what rules need."""


class RulesUnavailable(AssayError):
    """Detection rules were asked for, and what reads them is not installed."""

    code = "rules-unavailable"


class Rules:
    """Compiled rules.

    Attributes
    ----------
    path
        Where they came from.
    rules
        All that were loaded; a rule's number is its position.
    errors
        What was not loaded, and why.
    gaps
        Rules that are loaded but cannot be run, and why.
    """

    def __init__(
        self,
        path: Path,
        rules: tuple["Rule", ...],
        errors: tuple[RuleError, ...],
        gaps: tuple[RuleError, ...],
        matcher: "Matcher",
    ) -> None:
        self.path = path
        self.rules, self.errors, self.gaps = rules, errors, gaps
        self._matcher = matcher

    @classmethod
    def open(cls, path: str | Path) -> "Rules":
        """Load and compile rules.

        Parameters
        ----------
        path
            A ``.yml`` file, a folder, or a ``.zip``, ``.tar``, ``.tar.gz`` or ``.tar.zst`` of them.

        Returns
        -------
        Rules

        Raises
        ------
        RulesUnavailable
            The extra ``sigma`` is not installed.
        RulesUnreadable
            There is nothing there that can be opened. Single rules that are broken are among `errors`.
        """
        try:
            from .matching import Matcher
            from .plan import compile_rules
            from .rules import load_rules
        except ModuleNotFoundError as error:
            raise RulesUnavailable(
                f"detection rules need {error.name}: pip install 'assay[{EXTRA}]'"
            ) from error
        place = Path(path)
        loaded = load_rules(place)
        plan = compile_rules(loaded.rules)
        return cls(place, loaded.rules, loaded.errors, plan.gaps, Matcher(plan))

    def __len__(self) -> int:
        return len(self.rules)

    def hits(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rules that fire on records.

        Parameters
        ----------
        frame
            Normalised records (`assay.triage.records.fields.SCHEMA`).

        Returns
        -------
        pl.DataFrame
            ``row`` (UInt64, as in *frame*) and ``rule`` (UInt32, its number), ordered by both.
        """
        return self._matcher.hits(frame)

    def report(self, fired: Mapping[int, int]) -> RuleReport:
        """What became of the rules.

        Parameters
        ----------
        fired
            Number of a rule to the number of records it fired on.

        Returns
        -------
        RuleReport
        """
        titles: Counter[str] = Counter()
        for number, records in fired.items():
            titles[self.rules[number].title] += records
        return RuleReport(
            path=str(self.path),
            loaded=len(self.rules),
            run=len(self.rules) - len(self.gaps),
            errors=self.errors,
            gaps=self.gaps,
            fired=dict(sorted(titles.items(), key=lambda item: (-item[1], item[0]))),
        )
