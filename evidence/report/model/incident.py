"""One incident of a log triage; see ``docs/schema/incident.json`` for what each field means."""

from pydantic import Field

from .sheet import Count, Sheet

__all__ = ["Incident", "Neighbour", "Reason", "Record"]


class Reason(Sheet):
    """One named contribution to a score."""

    field: str
    value: str
    context: str
    seen: Count
    of: Count
    bits: float
    words: str
    detector: str
    typical: list[str]


class Neighbour(Sheet):
    """A record beside the first one on its host: context, not a finding."""

    source: str
    line: Count
    time: str | None
    type: str
    text: str


class Record(Neighbour):
    """A record of an incident."""

    score: float
    reasons: list[Reason]
    rules: list[str]


class Incident(Sheet):
    """Records that belong together."""

    rank: int = Field(ge=1)
    id: str
    risk: float
    p: float | None
    percentile: float
    entities: dict[str, list[str]]
    first_seen: str | None
    last_seen: str | None
    count: Count
    records: list[Record]
    attack: list[str]
    summary: str
    before: list[Neighbour]
    after: list[Neighbour]
    tree: list[str]
    feedback: list[str]
    continues: str | None
