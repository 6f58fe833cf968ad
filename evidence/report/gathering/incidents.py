"""A line of ``assay triage --json`` becomes an incident of the report."""

from collections.abc import Mapping
from typing import Any

from ..model import Incident, Neighbour, Reason, Record, Row

__all__ = ["incident", "row", "strongest"]


def incident(line: Mapping[str, Any]) -> Incident:
    """One incident, from the fields of the public contract."""
    continues = line["continues"]
    return Incident(
        rank=line["rank"],
        id=line["id"],
        risk=line["risk"],
        p=line["p"],
        percentile=line["percentile"],
        entities={name: list(values) for name, values in line["entities"].items()},
        first_seen=line["first_seen"],
        last_seen=line["last_seen"],
        count=line["count"],
        records=[_record(record) for record in line["records"]],
        attack=list(line["attack"]),
        summary=line["summary"],
        before=[_neighbour(each) for each in line["around"]["before"]],
        after=[_neighbour(each) for each in line["around"]["after"]],
        tree=list(line.get("tree", ())),
        feedback=[f"{note['verdict']} {note['scope']}" for note in line["feedback"]],
        continues=None if continues is None else continues["id"],
    )


def row(made: Incident, part: int | None) -> Row:
    """The incident in one line of the index."""
    who = [name for names in made.entities.values() for name in names[:1]]
    return Row(
        number=made.rank,
        name=", ".join(who),
        risk=made.risk,
        p=made.p,
        first_seen=made.first_seen,
        records=made.count,
        why=made.summary,
        reason=strongest(made),
        part=part,
    )


def strongest(made: Incident) -> Reason | None:
    """The reason with the most bits."""
    reasons = (reason for record in made.records for reason in record.reasons)
    return max(reasons, key=lambda each: each.bits, default=None)


def _record(record: Mapping[str, Any]) -> Record:
    return Record(
        **_place(record),
        score=record["score"],
        reasons=[_reason(reason) for reason in record["reasons"]],
        rules=list(record["rules"]),
    )


def _reason(reason: Mapping[str, Any]) -> Reason:
    return Reason(
        field=reason["field"],
        value=reason["value"],
        context=reason["context"],
        seen=reason["seen"],
        of=reason["of"],
        bits=reason["bits"],
        words=reason["words"],
        detector=reason["detector"],
        typical=[each["value"] for each in reason.get("typical", ())],
    )


def _neighbour(record: Mapping[str, Any]) -> Neighbour:
    return Neighbour(**_place(record))


def _place(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: record[key] for key in ("source", "line", "time", "type", "text")}
