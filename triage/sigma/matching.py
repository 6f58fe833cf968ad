"""Running a plan on frames: which rules fire on which records."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .columns import Coded, FrameColumns, kinds_of
from .literals import Literals
from .plan import AnyOf, Every, Group, Never, Node, Plan, Some
from .predicates import Absent, Glob, Present, Same, Test, Text, passes
from .sources import Kind

Rows = NDArray[np.int64]

_REMEMBERED: Final = 100_000
"""Answers of slow tests that are remembered before all are forgotten."""

_KINDS: Final = 100_000
"""Kinds of record that are remembered before all are forgotten."""


class Matcher:
    """Runs a plan; what it remembers between frames changes its speed only.

    Parameters
    ----------
    plan
        From `assay.triage.sigma.plan.compile_rules`.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        own: list[list[tuple[int, Test]]] = [[] for _ in plan.places]
        for number, (place, test) in enumerate(plan.predicates):
            own[place].append((number, test))
        self._literals = [Literals(tests) for tests in own]
        self._quick = [
            isinstance(test, Text) or (isinstance(test, Glob) and bool(test.probe)) for _, test in plan.predicates
        ]
        self._extras = tuple(dict.fromkeys(name for place in plan.places for name in place.extras))
        self._slow: dict[tuple[int, str], bool] = {}
        self._groups_of: dict[Kind, tuple[int, ...]] = {}

    def hits(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rules that fire on the records of a frame.

        Parameters
        ----------
        frame
            Normalised, of any number of sources.

        Returns
        -------
        pl.DataFrame
            ``row`` as in the frame, ``rule`` (UInt32) its number; ordered by row, then by rule.
        """
        kinds, kind_codes = kinds_of(frame)
        members = self._members(kinds)
        found: list[tuple[Rows, int]] = []
        if members:
            run = _Run(self, frame, kinds, kind_codes, members)
            for group, inside in members.items():
                found += run.group(self._plan.groups[group], inside)
        if not found:
            return pl.DataFrame(schema={"row": pl.UInt64(), "rule": pl.UInt32()})
        at = np.concatenate([rows for rows, _ in found])
        rule = np.repeat([number for _, number in found], [len(rows) for rows, _ in found])
        order = np.lexsort((rule, at))
        numbers = frame["row"].gather(at[order])
        return pl.DataFrame([numbers.alias("row"), pl.Series("rule", rule[order], dtype=pl.UInt32)])

    def _members(self, kinds: list[Kind]) -> Mapping[int, NDArray[np.bool_]]:
        """Groups that any kind belongs to, with the kinds that do."""
        members: dict[int, NDArray[np.bool_]] = {}
        for at, kind in enumerate(kinds):
            groups = self._groups_of.get(kind)
            if groups is None:
                if len(self._groups_of) >= _KINDS:
                    self._groups_of.clear()
                groups = tuple(n for n, group in enumerate(self._plan.groups) if group.scope.holds(kind))
                self._groups_of[kind] = groups
            for group in groups:
                if group not in members:
                    members[group] = np.zeros(len(kinds), np.bool_)
                members[group][at] = True
        return members

    def slow(self, predicate: int, value: str) -> bool:
        """Answer of a test that no automaton has."""
        key = (predicate, value)
        answer = self._slow.get(key)
        if answer is None:
            answer = passes(self._plan.predicates[predicate][1], value)
            if len(self._slow) >= _REMEMBERED:
                self._slow.clear()
            self._slow[key] = answer
        return answer


class _Run:
    """One frame on its way through the plan."""

    def __init__(
        self,
        matcher: Matcher,
        frame: pl.DataFrame,
        kinds: list[Kind],
        kind_codes: NDArray[np.int64],
        members: Mapping[int, NDArray[np.bool_]],
    ) -> None:
        plan = matcher._plan
        self._matcher, self._plan = matcher, plan
        self._kind_codes = kind_codes
        needed: dict[int, NDArray[np.bool_]] = {}
        for number, inside in members.items():
            for place in plan.groups[number].places:
                needed[place] = needed[place] | inside if place in needed else inside
        columns = FrameColumns(frame, kinds, kind_codes)
        columns.take_extras(
            {name for place in needed for name in plan.places[place].extras},
            np.logical_or.reduce(list(members.values()))[kind_codes],
        )
        self._coded: dict[int, Coded] = {}
        self._owners: dict[int, NDArray[np.int64]] = {}
        self.found = np.zeros(len(plan.predicates), np.bool_)
        for place, wanted in needed.items():
            coded = self._coded[place] = columns.read(plan.places[place], wanted)
            literals = matcher._literals[place]
            if coded.values and literals:
                predicates, owners = literals.find(coded.values)
                starts = np.flatnonzero(np.diff(predicates, prepend=-1)).tolist()
                for start, end in zip(starts, (*starts[1:], len(predicates)), strict=False):
                    self._owners[int(predicates[start])] = owners[start:end]
                self.found[predicates] = True

    def group(self, group: Group, inside: NDArray[np.bool_]) -> list[tuple[Rows, int]]:
        """Records on which rules of a group fire."""
        candidates = group.candidates(self.found)
        if not len(candidates):
            return []
        rows = np.flatnonzero(inside[self._kind_codes])
        fired = []
        for at in candidates.tolist():
            matched = rows[self._holds(group.trees[at], rows)]
            if len(matched):
                fired.append((matched, group.rules[at]))
        return fired

    def _holds(self, node: Node, rows: Rows) -> NDArray[np.bool_]:
        """[rows] whether a tree holds for records; a part is only asked about records it matters for."""
        match node:
            case AnyOf(place, predicates):
                return self._any_of(place, predicates, rows)
            case Never(part):
                return ~self._holds(part, rows)
            case Every(parts):
                held = np.arange(len(rows))
                for part in parts:
                    held = held[self._holds(part, rows[held])]
                    if not len(held):
                        break
                answer = np.zeros(len(rows), np.bool_)
                answer[held] = True
                return answer
            case Some(parts):
                answer = np.zeros(len(rows), np.bool_)
                left = np.arange(len(rows))
                for part in parts:
                    answer[left] = self._holds(part, rows[left])
                    left = left[~answer[left]]
                    if not len(left):
                        break
                return answer

    def _any_of(self, place: int, predicates: tuple[int, ...], rows: Rows) -> NDArray[np.bool_]:
        coded = self._coded[place]
        codes = coded.codes[rows]
        satisfied = np.zeros(len(coded.values) + 1, np.bool_)  # the last stands for "no value"
        others: list[NDArray[np.bool_]] = []
        for predicate in predicates:
            if self._matcher._quick[predicate]:
                if self.found[predicate]:
                    satisfied[self._owners[predicate]] = True
                continue
            test = self._plan.predicates[predicate][1]
            match test:
                case Present():
                    satisfied[:-1] = True
                case Absent():
                    satisfied[-1] = True
                case Same():
                    others.append(self._same(test, coded, rows))
                case _:
                    for code in np.unique(codes[codes >= 0]).tolist():
                        if not satisfied[code] and self._matcher.slow(predicate, coded.values[code]):
                            satisfied[code] = True
        answer: NDArray[np.bool_] = satisfied[codes]
        for other in others:
            answer = answer | other
        return answer

    def _same(self, test: Same, coded: Coded, rows: Rows) -> NDArray[np.bool_]:
        other = self._coded[self._plan.places.index(test.other)]
        pairs = np.stack([coded.codes[rows], other.codes[rows]])
        answer = np.zeros(len(rows), np.bool_)
        known: dict[tuple[Any, Any], bool] = {}
        for at, (mine, theirs) in enumerate(pairs.T.tolist()):
            if mine < 0 or theirs < 0:
                continue
            if (mine, theirs) not in known:
                left, right = coded.values[mine].lower(), other.values[theirs].lower()
                known[mine, theirs] = (
                    left.startswith(right) if test.start else left.endswith(right) if test.end else left == right
                )
            answer[at] = known[mine, theirs]
        return answer
