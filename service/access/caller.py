"""Who asks."""

from dataclasses import dataclass
from enum import StrEnum

from ..refusals import NotHere, Refused

__all__ = ["Caller", "CaseNeeded", "Role"]


class Role(StrEnum):
    """What a key is for; a key may have several."""

    SUBMIT = "submit"
    ANALYSE = "analyse"
    TRIAGE = "triage"
    AUDITOR = "auditor"
    ADMIN = "admin"


class CaseNeeded(Refused):
    """There are several cases, and the request must say which one it means."""

    code = "case-needed"
    status = 409


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds a valid key.

    Attributes
    ----------
    key : str
        Id of the key; not secret.
    name : str
        What the key is called.
    roles : frozenset of Role
        At least one.
    cases : frozenset of str | None
        Ids of the cases it is bound to; None: all of them.
    """

    key: str
    name: str
    roles: frozenset[Role]
    cases: frozenset[str] | None

    @property
    def who(self) -> str:
        """As the custody log names it."""
        return f"key {self.key}: {self.name}"

    def sees(self, case: str) -> bool:
        """Whether a case is within its bounds."""
        return self.cases is None or case in self.cases

    def must_see(self, case: str) -> str:
        """Give the case back.

        Raises
        ------
        NotHere
            It is out of bounds, whether it is there or not.
        """
        if not self.sees(case):
            raise NotHere("there is no such case, or this key may not see it")
        return case
