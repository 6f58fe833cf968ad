"""One file per analyzer, one contract.

An analyzer looks at one decoded picture and says what it found, or why it cannot say anything. What it cannot say is
never evidence for the other side.
"""

from typing import Protocol

from ..media import Picture
from ..values import Applicability, Finding, Proposition

__all__ = ["Analyzer"]


class Analyzer(Protocol):
    """What every analyzer offers.

    Attributes
    ----------
    name : str
        Kebab-case name used in findings and documentation.
    proposition : Proposition
        What its findings speak to.
    """

    @property
    def name(self) -> str: ...

    @property
    def proposition(self) -> Proposition: ...

    def applies(self, exhibit: Picture) -> Applicability:
        """Whether it can say anything about this picture."""
        ...

    def analyze(self, exhibit: Picture) -> Finding:
        """What it finds; a finding that does not apply when `applies` said no."""
        ...
