"""Scores that are known already, by the picture's bytes and by what was done to it: a killed run goes on."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

__all__ = ["Scored", "Store"]


@dataclass(frozen=True, slots=True)
class Scored:
    """What an artifact said of one picture under one condition.

    Attributes
    ----------
    scores
        Of the weighed parts; empty where the artifact does not apply, or gives all parts no weight.
    parts
        All parts that were looked at; 0 where it does not apply.
    tier
        Of the condition, or told from the picture.
    refused
        Code of why the file could not be read.
    eyes
        Of scores that are of faces, see `scorers.Seen`.
    why_not
        Code of why there is no score of a file that could be read; empty where nobody told.
    """

    scores: tuple[float, ...]
    parts: int
    tier: str
    refused: str = ""
    eyes: tuple[float, ...] = ()
    why_not: str = ""

    @property
    def applies(self) -> bool:
        """Whether there is a score."""
        return bool(self.scores)


class Store:
    """The scores of one artifact, one JSON line each; a half line of a killed run is passed over.

    Parameters
    ----------
    folder
        Where they are kept; None keeps them in memory.
    identity
        Of the scorer: another one has a file of its own.
    """

    def __init__(self, folder: Path | None, identity: str) -> None:
        self._known: dict[tuple[str, str], Scored] = {}
        digest = hashlib.sha256(identity.encode()).hexdigest()[:24]
        self._path = None if folder is None else folder / f"scores-{digest}.jsonl"

    def __enter__(self) -> Self:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            held_bytes = self._path.read_bytes() if self._path.exists() else b""
            for line in held_bytes.splitlines():
                try:
                    held = json.loads(line)
                    key = (held.pop("picture"), held.pop("condition"))
                    self._known[key] = Scored(
                        **(held | {name: tuple(held.get(name, ())) for name in ("scores", "eyes")})
                    )
                except (ValueError, TypeError, KeyError, AttributeError):
                    continue
            self._stream = self._path.open("a", encoding="ascii")
            if held_bytes and not held_bytes.endswith(b"\n"):
                self._stream.write("\n")
        return self

    def __exit__(self, *_: object) -> None:
        if self._path is not None:
            self._stream.close()

    def get(self, picture: str, condition: str) -> Scored | None:
        """What is known, by the SHA-256 of the picture's bytes and the name of the condition."""
        return self._known.get((picture, condition))

    def keep(self, picture: str, condition: str, scored: Scored) -> None:
        """Remember a score."""
        if (picture, condition) in self._known:
            return
        self._known[picture, condition] = scored
        if self._path is not None:
            line = {"picture": picture, "condition": condition, **asdict(scored)}
            self._stream.write(json.dumps(line) + "\n")
            self._stream.flush()
