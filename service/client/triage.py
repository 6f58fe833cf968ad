"""Triage of logs: batches in, incidents out, and what analysts say of them."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from .analyses import named
from .answers import Baseline, Feedback, Fit, Incident, Triage
from .connection import Answer, Connection, Values, sha256_of, within
from .evidence import Content, opened, rows

__all__ = ["Baselines", "Triages"]

Verdict = Literal["true", "false", "benign"]


class Triages:
    """Logs in, incidents out.

    Parameters
    ----------
    connection
        To the service.
    case
        The one that is meant where none is named; None: the only one that the key sees.
    """

    def __init__(self, connection: Connection, case: str | None) -> None:
        self._connection, self._case = connection, case

    def send(
        self,
        batch: Content | None = None,
        *,
        evidence: Sequence[str] = (),
        name: str | None = None,
        case: str | None = None,
        format: str = "auto",
        baseline: str | None = None,
        budget: int = 20,
        report: bool = False,
        lang: Literal["en", "zh-Hant"] = "en",
        redact: bool = False,
        later: bool = False,
    ) -> Triage:
        """Have a batch triaged: a small one is answered at once, a large one is a job.

        Parameters
        ----------
        batch
            A path, or lines as bytes. It becomes evidence of the case.
        evidence
            Exhibits that are there already, by their SHA-256, instead.
        name
            What the batch is called; by default the last part of the path.
        baseline
            NAME or NAME@VERSION; empty: the batch is its own; None: what the case uses.
        budget
            Most incidents, 1..1000.
        report, later
            Either makes it a job, however small it is.

        Returns
        -------
        Triage
            With `incidents` when it was answered at once; else to be followed or waited for.
        """
        query: dict[str, Any] = {
            "case": case or self._case,
            "format": format,
            "baseline": baseline,
            "budget": budget,
            "report": report,
            "lang": lang,
            "redact": redact,
            "later": later,
        }
        if batch is None:
            query["evidence"] = list(evidence)
            with self._connection.asked(
                "POST", within("triage"), query=query, headers=named(), again=True
            ) as answer:
                return self._whole(answer)
        with opened(batch) as (file, size, own):
            query["name"] = (own if name is None else name).encode("utf-8", "replace").decode() or None
            headers = {
                **named(),
                "Content-Type": "application/octet-stream",
                "Content-Length": str(size),
                "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256_of(file))).decode()}:",
            }
            with self._connection.asked(
                "POST", within("triage"), query=query, body=file, headers=headers, again=True
            ) as answer:
                return self._whole(answer)

    def get(self, triage: str) -> Triage:
        """The triage of that id, without its incidents."""
        return Triage.of(self._connection.page("GET", within("triage", triage)))

    def all(self, *, case: str | None = None, state: str | None = None) -> Iterator[Triage]:
        """Triages that the key may see, newest first."""
        for each in rows(self._connection, within("triage"), "triages", {"case": case, "state": state}):
            yield Triage.of(each)

    def incidents(
        self,
        triage: Triage | None = None,
        *,
        case: str | None = None,
        value: str | None = None,
        id: str | None = None,
    ) -> Iterator[Incident]:
        """Incidents of a triage by rank, or of all triages that the key may see, the most urgent first.

        `value` is a host, user, address, program or ATT&CK technique that is involved, `id` an incident that is sought.
        """
        if triage is not None:
            found = rows(self._connection, within("triage", triage.id, "incidents"), "incidents", {})
        else:
            query = {"case": case, "value": value, "id": id}
            found = rows(self._connection, within("incidents"), "incidents", query)
        for each in found:
            yield Incident.of(each)

    def incident(self, triage: str, rank: int) -> Mapping[str, Any]:
        """An incident in full (docs/schema/incident.json)."""
        page = self._connection.page("GET", within("triage", triage, "incidents", str(rank)))
        full: Mapping[str, Any] = page["incident"]
        return full

    def records(self, triage: str, rank: int) -> Iterator[Mapping[str, Any]]:
        """Every record of an incident."""
        path = within("triage", triage, "incidents", str(rank), "records")
        return rows(self._connection, path, "records", {})

    def say(
        self, triage: str, rank: int, verdict: Verdict, *, reason: str = "", until: date | None = None
    ) -> Feedback:
        """Say what an incident was; later batches of the case raise, lower or suppress what is like it."""
        path = within("triage", triage, "incidents", str(rank), "feedback")
        body = {"verdict": verdict, "reason": reason, "until": None if until is None else until.isoformat()}
        return Feedback.of(self._connection.page("POST", path, body=body, headers=named(), again=True))

    def take_back(self, feedback: str) -> Feedback:
        """Undo it; that it was said stays.

        Raises
        ------
        StateRefused
            It was taken back before.
        """
        return Feedback.of(self._connection.page("DELETE", within("feedback", feedback)))

    def said(
        self, *, case: str | None = None, incident: str | None = None, counting: bool = False
    ) -> Iterator[Feedback]:
        """What was said of incidents, newest first; `counting` leaves out what was taken back or has expired."""
        query: Values = {"case": case, "incident": incident, "counting": counting}
        for each in rows(self._connection, within("feedback"), "feedback", query):
            yield Feedback.of(each)

    def suppressions(self, *, case: str | None = None) -> Iterator[Feedback]:
        """What is kept from the analyst now, or lowered."""
        for each in rows(self._connection, within("suppressions"), "feedback", {"case": case}):
            yield Feedback.of(each)

    @staticmethod
    def _whole(answer: Answer) -> Triage:
        page = answer.page()
        if answer.status == 202:
            return Triage.of(page, incidents=None)
        return Triage.of(page, incidents=tuple(page.get("incidents", ())))


class Baselines:
    """What a case calls normal.

    Parameters
    ----------
    connection
        To the service.
    case
        The one that is meant where none is named; None: the only one that the key sees.
    """

    def __init__(self, connection: Connection, case: str | None) -> None:
        self._connection, self._case = connection, case

    def fit(
        self, name: str, evidence: Sequence[str], *, case: str | None = None, format: str = "auto"
    ) -> Fit:
        """Fit a baseline on exhibits that the site calls normal; it is a job."""
        return self._made({"name": name, "evidence": list(evidence), "format": format}, case)

    def add_up(self, name: str, first: str, second: str, *, case: str | None = None) -> Fit:
        """Add two baselines up, each NAME or NAME@VERSION; it is a job."""
        return self._made({"name": name, "sum": [first, second]}, case)

    def all(self, *, case: str | None = None) -> list[Baseline]:
        """The baselines of a case, newest first."""
        page = self._connection.page("GET", within("baselines"), query={"case": case or self._case})
        return [Baseline.of(each) for each in page["baselines"]]

    def use(self, baseline: str | None, *, case: str | None = None) -> str | None:
        """Measure batches of the case against this one from now on; None: each batch is its own. Gives NAME@VERSION."""
        body = {"case": case or self._case, "baseline": baseline}
        used: str | None = self._connection.page("PUT", within("baselines", "use"), body=body)["used"]
        return used

    def _made(self, asked: dict[str, Any], case: str | None) -> Fit:
        body = {"case": case or self._case, **asked}
        return Fit.of(
            self._connection.page("POST", within("baselines"), body=body, headers=named(), again=True)
        )
