"""Every literal that rules look for in one place, found in one pass over a value.

Whole values are looked up in a dictionary; starts, ends and parts of values, and the longest literal of a
pattern with wildcards, are found by one Aho-Corasick automaton. Values repeat within and between frames, so
what was found is remembered, within a bound.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from .predicates import Glob, Test, Text, passes

REMEMBERED: Final = 32 << 20
"""Characters of values of one place that are remembered before all are forgotten."""

_COST: Final = 100
"""Characters that remembering a value costs beside its own."""


class Literals:
    """Answers which predicates of a place a value satisfies.

    Parameters
    ----------
    tests
        (number of the predicate, test); those that are neither `Text` nor `Glob` with a probe are left out.
    """

    def __init__(self, tests: Iterable[tuple[int, Test]]) -> None:
        self._equal: dict[str, tuple[int, ...]] = {}
        self._checks: list[list[tuple[int, int, Test | None]]] = []
        patterns: dict[str, int] = {}
        for number, test in tests:
            if isinstance(test, Text) and test.start and test.end:
                self._equal[test.literal] = (*self._equal.get(test.literal, ()), number)
                continue
            check: tuple[int, int, Test | None]
            if isinstance(test, Text):
                probe, check = test.literal, (number, test.start - test.end, None)
            elif isinstance(test, Glob) and test.probe:
                probe, check = test.probe, (number, 0, test)
            else:
                continue
            at = patterns.setdefault(probe, len(patterns))
            if at == len(self._checks):
                self._checks.append([])
            self._checks[at].append(check)
        self._automaton = ahocorasick_rs.AhoCorasick(list(patterns)) if patterns else None
        self._known: dict[str, tuple[int, ...]] = {}
        self._held = 0

    def __bool__(self) -> bool:
        return bool(self._equal) or self._automaton is not None

    def find(self, values: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Predicates that values satisfy.

        Parameters
        ----------
        values
            Distinct values.

        Returns
        -------
        predicates, owners
            Pairs of a predicate and the position of a value that satisfies it, ordered by predicate.
        """
        known = self._known
        predicates: list[int] = []
        owners: list[int] = []
        for at, value in enumerate(values):
            found = known.get(value)
            if found is None:
                found = self._remember(value)
            if found:
                predicates += found
                owners += [at] * len(found)
        numbers = np.array(predicates, np.int64)
        order = np.argsort(numbers, kind="stable")
        return numbers[order], np.array(owners, np.int64)[order]

    def _remember(self, value: str) -> tuple[int, ...]:
        found = self._search(value)
        self._held += len(value) + _COST
        if self._held > REMEMBERED:
            self._known.clear()
            self._held = len(value) + _COST
        self._known[value] = found
        return found

    def _search(self, value: str) -> tuple[int, ...]:
        lower = value.lower()
        equal = self._equal.get(lower, ())
        if self._automaton is None:
            return equal
        hits = self._automaton.find_matches_as_indexes(lower, overlapping=True)
        if not hits:
            return equal
        found = set(equal)
        tried: set[int] = set()  # a probe may be there many times, its pattern is tried once
        size = len(lower)
        for at, start, end in hits:
            for number, anchor, test in self._checks[at]:
                if number in found or number in tried:
                    continue
                if anchor > 0:
                    fits = start == 0
                elif anchor < 0:
                    fits = end == size
                elif test is None:
                    fits = True
                else:
                    fits = passes(test, value)
                    tried.add(number)
                if fits:
                    found.add(number)
        return tuple(found)
