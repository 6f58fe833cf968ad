"""All rules as one plan: predicates that rules share, trees over them, and what a rule cannot fire without.

A predicate is a place and a test. Rules with the same log source form a group. For every rule the plan
knows *clauses*: sets of predicates of which one must hold. A rule with a clause that no value of a frame
satisfies is not looked at, which leaves few rules to run on a frame.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import SigmaExpansion, SigmaFieldReference, SigmaString, SpecialChars

from ..limits import RULES, RuleLimits
from .fields import WHOLE, Place, empty_values, place_of
from .predicates import Glob, Network, Number, Pattern, Present, Same, Test, Text, Unsupported, tests_of
from .report import RuleError
from .rules import Rule
from .sources import Scope, scope


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of some predicates on one place holds."""

    place: int
    predicates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Never:
    """The part does not hold."""

    part: "Node"


Node = AnyOf | Every | Some | Never

_FOUND: Final = (Text, Glob)
"""Tests that the automaton of a place finds, or whose probe it finds."""


@dataclass(slots=True)
class Group:
    """Rules with one log source.

    Attributes
    ----------
    scope
        The records that it means.
    rules
        Numbers of the rules.
    trees
        As many.
    places
        Places that any of them reads.
    """

    scope: Scope
    rules: list[int] = field(default_factory=list)
    trees: list[Node] = field(default_factory=list)
    places: set[int] = field(default_factory=set)
    _clauses: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    _starts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    _owners: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def close(self, clauses: Sequence[Sequence[frozenset[int]]]) -> None:
        """Take in the clauses of each rule, once all rules are there."""
        flat = [(owner, clause) for owner, own in enumerate(clauses) for clause in own]
        self._owners = np.array([owner for owner, _ in flat], np.int64)
        sizes = np.array([len(clause) for _, clause in flat], np.int64)
        self._starts = np.cumsum(sizes) - sizes
        self._clauses = np.array([p for _, clause in flat for p in sorted(clause)], np.int64)

    def candidates(self, found: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Places in `rules` of those whose every clause has a predicate that was found.

        Parameters
        ----------
        found
            For each predicate whether any value of the frame satisfies it.
        """
        open_ = np.ones(len(self.rules), np.bool_)
        if len(self._starts):
            satisfied = np.logical_or.reduceat(found[self._clauses], self._starts)
            open_[self._owners[~satisfied]] = False
        return np.flatnonzero(open_)


@dataclass(frozen=True, slots=True)
class Plan:
    """What `assay.triage.sigma.matching.Matcher` runs.

    Attributes
    ----------
    places
        Where values are.
    predicates
        (number of the place, test), each once.
    groups
        Rules by log source.
    gaps
        Rules that cannot be run, and why.
    """

    places: tuple[Place, ...]
    predicates: tuple[tuple[int, Test], ...]
    groups: tuple[Group, ...]
    gaps: tuple[RuleError, ...]


class _Compiler:
    def __init__(self, limits: RuleLimits) -> None:
        self.limits = limits
        self.places: dict[Place, int] = {}
        self.predicates: dict[tuple[int, Test], int] = {}
        self.tests: list[Test] = []

    def tree(self, condition: Any, scope: Scope) -> Node:
        """The tree of a condition."""
        if isinstance(condition, ConditionAND):
            parts = sorted((self.tree(a, scope) for a in condition.args), key=self._cost)
            return Every(tuple(parts))
        if isinstance(condition, ConditionOR):
            return self._some(self.tree(a, scope) for a in condition.args)
        if isinstance(condition, ConditionNOT):
            return Never(self.tree(condition.args[0], scope))
        if isinstance(condition, ConditionFieldEqualsValueExpression):
            return self._field(condition, scope)
        if isinstance(condition, ConditionValueExpression):
            return self._keyword(condition.value, scope)
        raise Unsupported("value", type(condition).__name__)

    def _field(self, condition: ConditionFieldEqualsValueExpression, scope: Scope) -> Node:
        place = place_of(condition.field, scope)
        if place is None:
            raise Unsupported("field", condition.field)
        value = condition.value
        if isinstance(value, SigmaFieldReference):
            other = place_of(value.field, scope)
            if other is None:
                raise Unsupported("field", value.field)
            self._place(other)
            return self._leaf(place, (Same(other, value.starts_with, value.ends_with),))
        return self._leaf(place, tests_of(value, empty_values(scope.family), self.limits))

    def _keyword(self, value: Any, scope: Scope) -> Node:
        if scope.family == "windows":
            # Of a Windows event the normalised record keeps only the first line of its message.
            raise Unsupported("keywords", str(value)[:200])
        return self._leaf(WHOLE, tests_of(_anywhere(value), frozenset(), self.limits))

    def _place(self, place: Place) -> int:
        return self.places.setdefault(place, len(self.places))

    def _leaf(self, place: Place, tests: Iterable[Test]) -> AnyOf:
        at = self._place(place)
        numbers = []
        for test in tests:
            number = self.predicates.setdefault((at, test), len(self.predicates))
            if number == len(self.tests):
                self.tests.append(test)
            numbers.append(number)
        return AnyOf(at, tuple(dict.fromkeys(numbers)))

    def _some(self, parts: Iterable[Node]) -> Node:
        """Alternatives, those on one place taken together."""
        merged: dict[int, list[int]] = defaultdict(list)
        rest: list[Node] = []
        for part in parts:
            if isinstance(part, AnyOf):
                merged[part.place] += part.predicates
            else:
                rest.append(part)
        nodes: list[Node] = [AnyOf(place, tuple(dict.fromkeys(own))) for place, own in merged.items()]
        nodes = sorted((*nodes, *rest), key=self._cost)
        return nodes[0] if len(nodes) == 1 else Some(tuple(nodes))

    def _cost(self, node: Node) -> tuple[int, int]:
        """Cheap parts first; of those that the automaton answers, the more specific ones."""
        match node:
            case AnyOf(_, predicates):
                slow = any(isinstance(self.tests[p], Pattern | Network | Number | Same) for p in predicates)
                broad = any(isinstance(self.tests[p], Present) for p in predicates)
                return (2 if slow else int(broad), len(predicates))
            case Never(part):
                return (max(1, self._cost(part)[0]), 1000)
            case Every(parts) | Some(parts):
                return (max(self._cost(part)[0] for part in parts), sum(self._cost(part)[1] for part in parts))

    def clauses(self, node: Node) -> list[frozenset[int]]:
        """Sets of predicates, of each of which one must hold for the node to hold."""
        match node:
            case AnyOf(_, predicates):
                return [frozenset(predicates)] if all(self._found(p) for p in predicates) else []
            case Every(parts):
                return list(dict.fromkeys(clause for part in parts for clause in self.clauses(part)))
            case Some(parts):
                union: frozenset[int] = frozenset()
                for part in parts:
                    own = self.clauses(part)
                    if not own:
                        return []
                    union |= min(own, key=self._breadth)
                return [union]
            case Never():
                return []

    def _found(self, predicate: int) -> bool:
        test = self.tests[predicate]
        return isinstance(test, Text) or (isinstance(test, Glob) and bool(test.probe))

    def _breadth(self, clause: Set[int]) -> tuple[int, int]:
        """Small for clauses that are seldom satisfied: long literals, and few of them."""
        lengths = []
        for predicate in clause:
            test = self.tests[predicate]
            assert isinstance(test, _FOUND)
            lengths.append(len(test.literal if isinstance(test, Text) else test.probe))
        return (-min(lengths), len(lengths))


def _anywhere(value: Any) -> Any:
    """A keyword as a value that is found anywhere."""
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_anywhere(inner) for inner in value.values])
    if isinstance(value, SigmaString):
        return SpecialChars.WILDCARD_MULTI + value + SpecialChars.WILDCARD_MULTI
    return SigmaString(f"*{value}*")


def compile_rules(rules: Sequence[Rule], limits: RuleLimits = RULES) -> Plan:
    """Make the plan of some rules.

    Parameters
    ----------
    rules
        Loaded rules; their positions are their numbers.
    limits
        Bounds.

    Returns
    -------
    Plan
        Rules that cannot be run are among its gaps.
    """
    compiler = _Compiler(limits)
    groups: dict[Scope, Group] = {}
    clauses: dict[Scope, list[list[frozenset[int]]]] = defaultdict(list)
    gaps: list[RuleError] = []
    for number, rule in enumerate(rules):
        meant = scope(*rule.source)
        if meant is None:
            gaps.append(RuleError(rule.title, "logsource", "/".join(part or "*" for part in rule.source)))
            continue
        try:
            parts = [compiler.tree(condition, meant) for condition in rule.conditions]
        except Unsupported as gap:
            gaps.append(RuleError(rule.title, gap.code, gap.detail))
            continue
        tree = parts[0] if len(parts) == 1 else Some(tuple(parts))
        group = groups.setdefault(meant, Group(meant))
        group.rules.append(number)
        group.trees.append(tree)
        group.places |= places_of(tree)
        clauses[meant].append(compiler.clauses(tree))
    places = tuple(compiler.places)
    for meant, group in groups.items():
        group.close(clauses[meant])
        for at, test in compiler.predicates:
            if at in group.places and isinstance(test, Same):
                group.places.add(compiler.places[test.other])
    return Plan(places, tuple(compiler.predicates), tuple(groups.values()), tuple(gaps))


def places_of(node: Node) -> set[int]:
    """Numbers of the places that a tree reads, other sides of comparisons left out."""
    match node:
        case AnyOf(place):
            return {place}
        case Never(part):
            return places_of(part)
        case Every(parts) | Some(parts):
            return set().union(*(places_of(part) for part in parts))
