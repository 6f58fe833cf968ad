"""An artifact that judges files for a validation: what runs it, and what is known of its scores."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ...intake.exhibit import Exhibit
from ...intake.limits import Limits
from ...intake.manifest import Entry
from ...models.artifact import Artifact
from ...models.engine import Engine
from .answers import Answers, collected
from .conditions import Condition
from .scorers import Scorer, scorer_of
from .scoring import Job, Progress, score_all
from .store import Scored, Store

__all__ = ["Judge"]


@dataclass
class Judge:
    """One artifact with what runs it."""

    artifact: Artifact
    cache: Path | None
    workers: int | None
    device: str
    limits: Limits
    progress: Progress | None

    def __enter__(self) -> "Judge":
        self.scorer: Scorer = scorer_of(self.artifact)
        self._stack = ExitStack()
        try:
            self.store = self._stack.enter_context(Store(self.cache, self.scorer.identity))
            self.engine = self._stack.enter_context(
                Engine.open(self.artifact, device=self.device, outputs=self.scorer.outputs)
            )
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def answers(
        self,
        entries: Sequence[Entry],
        exhibits: Mapping[Path, Exhibit | str],
        conditions: Sequence[Condition],
        *,
        thorough: bool,
        stage: str,
    ) -> dict[str, Answers]:
        """Scores of the entries under each condition; what is known is not made again."""
        jobs = [
            Job(exhibit, tuple(conditions), thorough)
            for entry in entries
            if isinstance(exhibit := exhibits[entry.path], Exhibit)
        ]
        score_all(
            jobs, self.scorer, self.engine, self.store, workers=self.workers, limits=self.limits,
            progress=self.progress, stage=f"{stage} ({self.artifact.id})",
        )  # fmt: skip
        found = {}
        for condition in conditions:
            name = condition.name if thorough else f"{condition.name}~"
            scored = [self._known(exhibits[entry.path], name) for entry in entries]
            weigh = condition.axis in ("native", "tier")
            found[condition.name] = collected(entries, scored, self.scorer, weigh=weigh)
        return found

    def _known(self, exhibit: Exhibit | str, condition: str) -> Scored:
        if isinstance(exhibit, str):
            return Scored((), 0, "", exhibit)
        return self.store.get(exhibit.sha256, condition) or Scored((), 0, "", "not-scored")
