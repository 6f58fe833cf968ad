"""One validation from the list of files to everything that was found."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from ...intake.exhibit import Exhibit
from ...intake.limits import DEFAULT, Limits
from ...intake.manifest import Entry, Manifest
from ...intake.refusals import ExhibitRefused
from ...models.artifact import Artifact
from ..dataset import Check, check_dataset
from ..dataset.fault import DataFaulty
from .answers import Answers
from .audit import audits
from .cardlines import card_lines
from .comparison import compared
from .conditions import NATIVE, delivered, severities
from .figures import curves, figures
from .held import Held, held_of
from .judge import Judge
from .plan import PARTS, Part, Plan, Work, work_of
from .pressing import attacked, timed
from .result import Comparison, Figure, Severity, Subject, Validation
from .scorers import scorer_of
from .scoring import Progress
from .severity import MILD, flips, severity

__all__ = ["checked", "completed", "held_back", "spread", "validate"]


def checked(
    plan: Plan,
    *,
    cache: Path | None = None,
    workers: int | None = None,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> Check:
    """The files of a plan, checked; nothing is refused here."""
    told = None if progress is None else lambda done, of: progress("checked", done, of)
    return check_dataset(plan.listed(), cache=cache, workers=workers, limits=limits, progress=told)


def completed(plan: Plan, held: Held | None) -> Plan:
    """The plan with a manifest: where it names none, of what is held back.

    Raises
    ------
    SettingsError, ManifestError
        Nothing can be made of the recipe.
    """
    if plan.manifest is not None or held is None:
        return plan
    return plan.model_copy(update={"manifest": held.manifest()})


def held_back(artifact: Artifact, plan: Plan, progress: Progress | None = None) -> Held | None:
    """What the recipe of a plan holds back, None where it names none; nothing is made yet.

    Raises
    ------
    ArtifactUnfit, PlanError, SettingsError
        See `held.held_of`.
    """
    return None if plan.recipe is None else held_of(artifact, plan.recipe, _said(progress))


def _said(progress: Progress | None) -> Callable[[str], None]:
    """Tells a line of which nobody knows how many there are."""
    return lambda line: None if progress is None else progress(line, 0, 0)


def validate(
    artifact: Artifact,
    plan: Plan,
    *,
    against: Artifact | None = None,
    profile: str = "standard",
    only: Sequence[Part] = (),
    most: int | None = None,
    cache: Path | None = None,
    workers: int | None = None,
    device: str = "auto",
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> Validation:
    """Measure an artifact.

    Parameters
    ----------
    artifact
        What is measured.
    plan
        On which files.
    against
        Another artifact of the same task, to be compared on the same files.
    profile
        ``fast``, ``standard`` or ``full``, see `plan.work_of`.
    only
        Parts of `PARTS`; all where empty.
    most
        Files at most, spread evenly over sources and classes; what the profile says when not given.
    cache
        Folder that remembers scores and facts by content: a killed run goes on, a second one takes seconds.
    workers, device
        See `Detector`.
    progress
        Called as work goes on; of no pictures where nobody knows how many there are.

    Raises
    ------
    DataFaulty
        The files give their labels away, and nobody accepted it.
    PlanError, ManifestError, ArtifactUnfit
        See each class.
    """
    begun = time.process_time()
    work = work_of(profile)
    parts = tuple(only) or PARTS
    if "card" in parts and plan.recipe is None and "tables" not in parts:
        parts = ("tables", *parts)  # what the card states of test sources stands there
    # The forge needs torch: it is asked only where it is needed.
    needed = "card" in parts or plan.manifest is None
    material = held_back(artifact, plan, progress) if needed else None
    plan = completed(plan, material)
    check = checked(plan, cache=cache, workers=workers, limits=limits, progress=progress)
    refuse_faulty(check, plan.accept)
    entries = spread(check.manifest, work.tables if most is None else most)
    with ExitStack() as stack:
        judges = [
            stack.enter_context(Judge(one, cache, workers, device, limits, progress))
            for one in (artifact, *(() if against is None else (against,)))
        ]
        run = _Run(plan, check, entries, work, parts, judges, material)
        made = run.made()
    return Validation(
        artifact=_subject(artifact),
        against=None if against is None else _subject(against),
        data={**check.to_json(), "accepted": list(plan.accept)},
        title=plan.named,
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        profile=profile,
        parts=parts,
        seconds=round(time.process_time() - begun, 1),
        run=judges[0].engine.record.to_json(),
        **made,
    )


def refuse_faulty(check: Check, accepted: Sequence[str]) -> None:
    """Refuse files on which a figure would be false.

    Raises
    ------
    DataFaulty
        With what is wrong.
    """
    wrong = check.errors(accepted)
    if wrong:
        codes = ", ".join(fault.code for fault in wrong)
        raise DataFaulty(
            f"{wrong[0].words} [{codes}]. Repair the data, or accept what is known and harmless by its code "
            "(`accept` in a plan or recipe, --accept on the command line): the report will say so"
        )


def spread(manifest: Manifest, most: int | None) -> tuple[Entry, ...]:
    """At most so many entries, in turn over labels and sources, in the order of the manifest."""
    if most is None or most >= len(manifest.entries):
        return manifest.entries
    places = range(len(manifest.entries))
    kept: list[tuple[float, int]] = []
    entries = manifest.entries

    def part(at: int) -> tuple[str, str]:
        return entries[at].label, entries[at].source

    for label, of_label in groupby(sorted(places, key=part), key=lambda at: entries[at].label):
        sources = [list(held) for _, held in groupby(list(of_label), key=lambda at: entries[at].source)]
        turns = [
            (number, source, at) for source, held in enumerate(sources) for number, at in enumerate(held)
        ]
        kept += [(turn + 0.5 * (label == "real"), at) for turn, (_, _, at) in enumerate(sorted(turns))]
    chosen = sorted(at for _, at in sorted(kept)[:most])
    return tuple(entries[at] for at in chosen)


class _Run:
    def __init__(
        self,
        plan: Plan,
        check: Check,
        entries: Sequence[Entry],
        work: Work,
        parts: Sequence[Part],
        judges: Sequence[Judge],
        material: Held | None,
    ) -> None:
        self.plan, self.check, self.entries, self.work, self.parts = plan, check, entries, work, parts
        self.judges, self.first, self.material = judges, judges[0], material
        self.exhibits = {entry.path: _opened(entry.path, judges[0].limits) for entry in entries}
        self.some = spread(Manifest(plan.place, tuple(entries)), work.robustness)

    def made(self) -> dict[str, Any]:
        """Every part that was asked for."""
        found: dict[str, Any] = {"files": {}}
        base: dict[str, Answers] = {}
        if "tables" in self.parts or "audit" in self.parts:
            conditions = (NATIVE, *delivered())
            base = self.first.answers(self.entries, self.exhibits, conditions, thorough=True, stage="scored")
            found["files"] = {name: _counted(answers) for name, answers in base.items()}
            found["unjudged"] = {name: dict(answers.unjudged) for name, answers in base.items()}
        if "tables" in self.parts:
            found |= self._tables(base)
            if len(self.judges) > 1:
                found["comparisons"] = self._compared(base)
        if "audit" in self.parts:
            found["audits"] = tuple(one for name, answers in base.items() for one in audits(answers, name))
        if "robustness" in self.parts and self.work.robustness != 0:
            rows, changed = self._robustness()
            found["robustness"] = rows
            found["figures"] = (*found.get("figures", ()), *changed)
        if "adversarial" in self.parts and self.work.adversarial:
            chosen = spread(Manifest(self.plan.place, tuple(self.entries)), self.work.adversarial)
            found["attack"], found["attack_words"] = attacked(
                self.first.artifact, self.first.scorer, self.first.engine, self._exhibits(chosen), self.work.steps,
                self.first.limits, self.first.progress,
            )  # fmt: skip
        if "speed" in self.parts:
            chosen = spread(Manifest(self.plan.place, tuple(self.entries)), self.work.speed)
            found["speed"] = timed(
                self.first.artifact, self.first.scorer, self._exhibits(chosen), self.first.limits
            )
        return found | self._card(found.get("figures", ()))

    def _tables(self, base: Mapping[str, Answers]) -> dict[str, Any]:
        made: list[Figure] = []
        drawn = []
        for name, answers in base.items():
            made += figures(answers, name, self.plan.groups, weighed=self.first.scorer.calibrated)
            drawn += curves(answers, name, weighed=self.first.scorer.calibrated)
        return {"figures": tuple(made), "curves": tuple(drawn)}

    def _card(self, measured: Sequence[Figure]) -> dict[str, Any]:
        asked = "card" in self.parts
        held = self.material.figures(self.first.device) if asked and self.material is not None else []
        lines, left = card_lines(self.first.artifact.card, measured, held)
        return {"card": lines, "card_left": left if asked else {}}

    def _compared(self, base: Mapping[str, Answers]) -> tuple[Comparison, ...]:
        other = self.judges[1]
        conditions = (NATIVE, *delivered())
        answers = other.answers(self.entries, self.exhibits, conditions, thorough=True, stage="scored")
        names = (self.first.artifact.id, other.artifact.id)
        weighed = self.first.scorer.calibrated and other.scorer.calibrated
        found: list[Comparison] = []
        for name in base:
            found += compared(base[name], answers[name], names, name, weighed=weighed)
        return tuple(found)

    def _robustness(self) -> tuple[tuple[Severity, ...], list[Figure]]:
        conditions = (NATIVE, *severities())
        answers = self.first.answers(self.some, self.exhibits, conditions, thorough=False, stage="changed")
        rows = [severity(condition, answers[condition.name]) for condition in conditions]
        before = answers[NATIVE.name]
        changed = [flips(before, answers[name], name) for name in MILD if name in answers]
        return tuple(rows), [one for one in changed if one is not None]

    def _exhibits(self, entries: Sequence[Entry]) -> list[tuple[Entry, Exhibit]]:
        return [
            (entry, exhibit)
            for entry in entries
            if isinstance(exhibit := self.exhibits[entry.path], Exhibit) and exhibit.kind == "image"
        ]


def _counted(answers: Answers) -> dict[str, int]:
    refused = sum(answers.refused.values())
    scored = int(answers.scored.sum())
    asked = len(answers.entries)
    return {"asked": asked, "scored": scored, "not_applicable": asked - scored - refused, "refused": refused}


def _opened(path: Path, limits: Limits) -> Exhibit | str:
    try:
        exhibit = Exhibit.open(path, limits)
        exhibit.require_media()
    except ExhibitRefused as error:
        return error.code
    return exhibit


def _subject(artifact: Artifact) -> Subject:
    card, scorer = artifact.card, scorer_of(artifact)
    return Subject(card.name, card.version, artifact.sha256, card.task, card.title, scorer.h1, scorer.h2)
