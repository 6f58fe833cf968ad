"""Analyses of media."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from .answers import Analysed, Analysis
from .connection import Connection, within
from .evidence import rows

__all__ = ["Analyses"]


class Analyses:
    """Media in, verdicts out.

    Parameters
    ----------
    connection
        To the service.
    case
        The one that is meant where none is named; None: the only one that the key sees.
    """

    def __init__(self, connection: Connection, case: str | None) -> None:
        self._connection, self._case = connection, case

    def start(
        self,
        evidence: Sequence[str] | None = None,
        *,
        case: str | None = None,
        profile: Literal["fast", "standard", "full"] = "standard",
        lang: Literal["en", "zh-Hant"] = "en",
        pictures: bool = True,
        report: bool = True,
        redact: bool = False,
    ) -> Analysis:
        """Have exhibits analysed, by their SHA-256; None: all that the case holds.

        It is asked for under a name of its own (``Idempotency-Key``): sent again after a broken connection, it
        makes one job.
        """
        body = {
            "case": case or self._case,
            "evidence": None if evidence is None else list(evidence),
            "profile": profile,
            "lang": lang,
            "pictures": pictures,
            "report": report,
            "redact": redact,
        }
        return Analysis.of(
            self._connection.page("POST", within("analyses"), body=body, headers=named(), again=True)
        )

    def get(self, analysis: str) -> Analysis:
        """The analysis of that id."""
        return Analysis.of(self._connection.page("GET", within("analyses", analysis)))

    def all(
        self, *, case: str | None = None, state: str | None = None, sha256: str | None = None
    ) -> Iterator[Analysis]:
        """Analyses that the key may see, newest first."""
        query = {"case": case, "state": state, "sha256": sha256}
        for each in rows(self._connection, within("analyses"), "analyses", query):
            yield Analysis.of(each)

    def exhibits(self, analysis: Analysis) -> Iterator[Analysed]:
        """What came of each exhibit in short, in their order."""
        for each in rows(self._connection, within("analyses", analysis.id), "exhibits", {}):
            yield Analysed.of(each)

    def verdicts(self, analysis: Analysis) -> Iterator[Mapping[str, Any]]:
        """Verdicts in full (docs/schema/verdict.json), in the order of the exhibits; none before it is done."""
        return rows(self._connection, within("analyses", analysis.id, "verdicts"), "verdicts", {})


def named() -> dict[str, str]:
    """The header that makes one thing of a request that comes twice."""
    return {"Idempotency-Key": uuid.uuid4().hex}
