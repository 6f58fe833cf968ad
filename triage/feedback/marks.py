"""One mark: what somebody said of one incident, and what follows from it.

+-----------+------------------------------+---------------------------------------+
| verdict   | the incident itself          | its kind at other times               |
+===========+==============================+=======================================+
| `true`    | risk times `RAISED`          | the same on any host times `RAISED`;  |
|           |                              | anything on its host times `NEAR`     |
+-----------+------------------------------+---------------------------------------+
| `false`   | suppressed                   | risk times `LOWERED`                  |
+-----------+------------------------------+---------------------------------------+
| `benign`  | suppressed                   | suppressed                            |
+-----------+------------------------------+---------------------------------------+

What is like a benign or false incident is neither suppressed nor lowered where a severe detection rule fires that had
not fired in the incident: a mark speaks of what somebody looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Literal, get_args

from ..ranking.identity import Kind, Place

Verdict = Literal["true", "false", "benign"]

VERDICTS: Final[tuple[str, ...]] = get_args(Verdict)

RAISED: Final = 1.5
"""Factor on the risk of what is like a true incident."""

NEAR: Final = 1.15
"""Factor on the risk of whatever else happens on the host of a true incident."""

LOWERED: Final = 0.5
"""Factor on the risk of what is like a false alarm."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody said of one incident.

    Attributes
    ----------
    incident
        Its id.
    verdict
        ``true``: an incident indeed. ``false``: the alarm was wrong. ``benign``: it happened, and is known and wanted.
    reason
        Why, in the analyst's words; may be empty.
    until
        Last day, UTC, on which the mark counts; None for always.
    by, at
        Who, and when.
    artifact, baseline
        Id and hash of the artifact that had scored the incident; id of the baseline, if there was one.
    summary
        The incident's sentence as it was shown.
    places
        Windows it held: what is the same incident.
    kind
        What makes others like it.
    severe
        Titles of the severe detection rules that had fired in it.
    """

    incident: str
    verdict: Verdict
    reason: str
    until: date | None
    by: str
    at: datetime
    artifact: str | None
    baseline: str | None
    summary: str
    places: tuple[Place, ...]
    kind: Kind
    severe: tuple[str, ...] = ()

    def active(self, now: datetime) -> bool:
        """Whether it counts at that time."""
        return self.until is None or now.astimezone(UTC).date() <= self.until

    def rule(self) -> str:
        """What follows from it, in words."""
        lead = f" because of {self.kind.field}" if self.kind.field else " for no reason of its own"
        like = f"opens with {self.kind.type or 'records without a type'}{lead} {self.kind.value}".rstrip()
        host = f"on host {self.kind.host}" if self.kind.host else "without a host"
        until = "until it is removed" if self.until is None else f"until the end of {self.until.isoformat()} UTC"
        if self.verdict == "true":
            near = f"; times {NEAR:g} for whatever else happens {host}" if self.kind.host else ""
            return f"risk times {RAISED:g} for this incident and for what {like}, on any host{near}; {until}"
        done = "is not shown" if self.verdict == "benign" else f"has its risk times {LOWERED:g}"
        return f"this incident is not shown, and what {host} {like} {done}, unless a severe rule fires anew; {until}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "incident": self.incident,
            "verdict": self.verdict,
            "reason": self.reason,
            "until": None if self.until is None else self.until.isoformat(),
            "by": self.by,
            "at": self.at.astimezone(UTC).isoformat(timespec="seconds"),
            "artifact": self.artifact,
            "baseline": self.baseline,
            "summary": self.summary,
            "places": [[place.host, place.type, place.window] for place in self.places],
            "kind": [self.kind.host, self.kind.type, self.kind.field, self.kind.value],
            "severe": [*self.severe],
        }

    @classmethod
    def from_json(cls, page: Mapping[str, Any]) -> "Mark":
        """Read one back.

        Raises
        ------
        ValueError
            It is no mark.
        """
        try:
            verdict = page["verdict"]
            if verdict not in VERDICTS:
                raise ValueError(f"{verdict!r} is no verdict")
            at = datetime.fromisoformat(page["at"])
            return cls(
                incident=_text(page["incident"]),
                verdict=verdict,
                reason=_text(page["reason"]),
                until=None if page["until"] is None else date.fromisoformat(page["until"]),
                by=_text(page["by"]),
                at=at if at.tzinfo else at.replace(tzinfo=UTC),
                artifact=None if page["artifact"] is None else _text(page["artifact"]),
                baseline=None if page["baseline"] is None else _text(page["baseline"]),
                summary=_text(page["summary"]),
                places=places_from(page["places"]),
                kind=kind_from(page["kind"]),
                severe=titles_from(page.get("severe", [])),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a mark: {error}") from error


def titles_from(titles: Any) -> tuple[str, ...]:
    """Titles of rules out of JSON; raises ValueError."""
    if not isinstance(titles, list):
        raise ValueError("titles of rules are a list")
    return tuple(_text(title) for title in titles)


def places_from(rows: Any) -> tuple[Place, ...]:
    """Places out of JSON; raises ValueError or TypeError."""
    return tuple(Place(_text(host), _text(kind), _whole(window)) for host, kind, window in rows)


def kind_from(row: Any) -> Kind:
    """A kind out of JSON; raises ValueError or TypeError."""
    host, kind, field, value = (_text(part) for part in row)
    return Kind(host, kind, field, value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{value!r} is no whole number")
    return value
