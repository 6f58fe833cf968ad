"""The incidents that the last runs showed, so that an id is enough to speak of one.

What is kept of each is what a mark needs: where its windows are, what kind it is, which artifact scored it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...errors import AssayError
from ...models.artifact.writing import replace_bytes
from ..limits import DEFAULT
from ..ranking.identity import Kind, Place
from .marks import kind_from, places_from, titles_from

FILE: Final = "shown.jsonl"
SUMMARY: Final = 300
"""Characters of a summary that are kept."""


class IncidentUnknown(AssayError):
    """No incident of this id was shown lately."""

    code = "incident-unknown"


@dataclass(frozen=True, slots=True)
class Remembered:
    """One incident as a run showed it.

    Attributes
    ----------
    id
        Its id.
    artifact, baseline
        Id and hash of what scored it, and id of the baseline; that is None when the batch was its own.
    summary
        Its sentence.
    places
        All its windows, the opening one first.
    kind
        What makes others like it.
    severe
        Titles of the severe detection rules that fired in it, sorted.
    """

    id: str
    artifact: str | None
    baseline: str | None
    summary: str
    places: tuple[Place, ...]
    kind: Kind
    severe: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "id": self.id,
            "artifact": self.artifact,
            "baseline": self.baseline,
            "summary": self.summary[:SUMMARY],
            "places": [[place.host, place.type, place.window] for place in self.places],
            "kind": [self.kind.host, self.kind.type, self.kind.field, self.kind.value],
            "severe": [*self.severe],
        }

    @classmethod
    def from_json(cls, page: Mapping[str, Any]) -> "Remembered":
        """Read one back; raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            str(page["id"]),
            page["artifact"],
            page["baseline"],
            str(page["summary"]),
            places_from(page["places"]),
            kind_from(page["kind"]),
            titles_from(page.get("severe", [])),
        )


class Memory:
    """The file of incidents shown lately, the newest last; the oldest go when it is full.

    Parameters
    ----------
    folder
        Of the feedback; the file lies beside the marks.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def add(self, shown: Iterable[Remembered]) -> None:
        """Remember what a run showed."""
        new = list(shown)
        if not new:
            return
        ids = {incident.id for incident in new}
        kept = [old for old in self._read() if old.id not in ids] + new
        lines = [json.dumps(each.to_json(), allow_nan=False) + "\n" for each in kept[-DEFAULT.remembered :]]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        replace_bytes(self.path, "".join(lines).encode("ascii"))

    def find(self, incident: str) -> Remembered:
        """The incident of that id.

        Parameters
        ----------
        incident
            The id, or the beginning of it where that is clear.

        Raises
        ------
        IncidentUnknown
            None, or more than one, fits.
        """
        found = [each for each in self._read() if each.id.startswith(incident)] if incident else []
        if len(found) == 1:
            return found[0]
        what = "no incident" if not found else f"{len(found)} incidents"
        raise IncidentUnknown(
            f"{what} of id {incident!r} among those shown lately; `assay triage` prints ids after id, "
            f"and the last {DEFAULT.remembered:,} are remembered"
        )

    def _read(self) -> list[Remembered]:
        # What cannot be read is forgotten: running triage again brings it back.
        try:
            if self.path.stat().st_size > DEFAULT.feedback_bytes:
                return []
            lines = self.path.read_bytes().splitlines()
        except OSError:
            return []
        known = []
        for line in lines:
            try:
                known.append(Remembered.from_json(json.loads(line)))
            except (KeyError, TypeError, ValueError, RecursionError):
                continue
        return known
