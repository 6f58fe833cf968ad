"""How many incidents somebody is willing to read: a number, or a number a day of the logs."""

import math
import re
from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from ...errors import AssayError
from .bursts import WINDOW

MOST: Final = 1_000_000
"""Largest number of incidents of one answer."""

_DAY: Final = 86_400_000_000 // WINDOW


class BudgetInvalid(AssayError):
    """A budget that is neither a number nor a number a day."""

    code = "budget"


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget.

    Attributes
    ----------
    number
        Most incidents, 1 to `MOST`.
    daily
        Whether that is for each day that the logs span.
    """

    number: int
    daily: bool = False

    @classmethod
    def of(cls, given: "int | str | Budget") -> Self:
        """Read a budget: ``20``, ``"20"`` or ``"50/day"``.

        Parameters
        ----------
        given
            What a person wrote.

        Returns
        -------
        Budget

        Raises
        ------
        BudgetInvalid
            Anything else.
        """
        if isinstance(given, Budget):
            return cls(given.number, given.daily)
        written = re.fullmatch(r"([0-9]{1,7})(/day)?", str(given).strip())
        if written is None or not 1 <= int(written[1]) <= MOST:
            raise BudgetInvalid(f"{str(given)[:40]!r} is no budget; give a number like 20, or one a day like 50/day")
        return cls(int(written[1]), written[2] is not None)

    def places(self, groups: pl.DataFrame) -> int:
        """Most incidents for some input.

        Parameters
        ----------
        groups
            Its groups; their `window` is negative where the time is unknown.

        Returns
        -------
        int
            For a daily budget the number times the days between the first window and the last, parts of a
            day counted in part and rounded up; a day where no time is known.
        """
        if not self.daily:
            return self.number
        timed = groups.filter(pl.col("window") >= 0)["window"]
        windows = _DAY if timed.is_empty() else int(timed.max()) - int(timed.min()) + 1  # type: ignore[arg-type]
        return min(math.ceil(self.number * windows / _DAY), MOST)

    def __str__(self) -> str:
        return f"{self.number}/day" if self.daily else str(self.number)
