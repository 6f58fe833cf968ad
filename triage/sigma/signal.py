"""What rules that fire add to the ranking, and how it is told.

A group of records on which a rule fired moves up by the bits of the rule's level. They are about half of
what levels are worth on Windows events of attacks beside ordinary ones: log2 of how much more often a group
of the first kind holds a rule of that level (docs/decisions.md). Rules change the place of a group, never
its bits or its p: those stay comparable with a baseline, which was fitted without them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ..answer import Reason
from ..detectors import detector_of
from ..ranking.bursts import GROUP
from ..taggers import Tags
from .report import RuleReport

if TYPE_CHECKING:
    from . import Rules
    from .rules import Rule

LEVELS: Final = ("informational", "low", "medium", "high", "critical")
"""Levels of rules, least first."""

LEVEL_BITS: Final[Mapping[str, float]] = {
    "informational": 0.0,
    "low": 0.0,
    "medium": 2.0,
    "high": 4.0,
    "critical": 4.0,
}
"""Bits that a rule adds to the risk of a group on which it fires; the best rule counts."""

SEVERE: Final = frozenset({"high", "critical"})
"""Levels of rules that no mark made before they fired may hide."""

SHOWN: Final = 4
"""Most rules told as reasons of one group; the record names all that fired on it."""

REPEAT: Final = 0.85
"""Factor for every better group of the same rule: a rule that fires everywhere says little."""


def lifts(sums: pl.DataFrame, rules: "Sequence[Rule]") -> pl.DataFrame:
    """What rules add to groups.

    Parameters
    ----------
    sums
        The columns of `GROUP`, ``tag`` (number of the rule) and ``records`` (on how many it fired).
    rules
        By number.

    Returns
    -------
    pl.DataFrame
        `GROUP`, ``rule`` (the strongest that fired; of equals the one that fired on the fewest groups) and
        ``lift`` in bits, above 0.
    """
    bits = pl.DataFrame(
        {"tag": range(len(rules)), "lift": [LEVEL_BITS[rule.level] for rule in rules]},
        schema={"tag": pl.UInt32(), "lift": pl.Float64()},
    )
    return (
        sums.lazy()
        .join(bits.lazy(), on="tag", how="inner")
        .filter(pl.col("lift") > 0)
        .with_columns(common=pl.len().over("tag"))
        .sort("lift", "common", "tag", *GROUP, descending=[True, False, False, *[False] * len(GROUP)])
        .unique(GROUP, keep="first", maintain_order=True)
        .select(*GROUP, rule="tag", lift="lift")
        .collect()
    )


def lifted(ranking: pl.DataFrame, raised: pl.DataFrame) -> pl.DataFrame:
    """A ranking with the groups on which rules fired moved up.

    Parameters
    ----------
    ranking
        From `assay.triage.ranking.ranking.ranked`: most urgent first, with ``risk``.
    raised
        From `lifts`.

    Returns
    -------
    pl.DataFrame
        The same groups with other risks and a column ``lift`` (0 where no rule counts), most urgent first;
        groups that no rule raised keep their order.
    """
    repeat = pl.int_range(pl.len()).over("rule")
    return (
        ranking.lazy()
        .with_row_index("old_place")
        .join(raised.lazy(), on=list(GROUP), how="left", maintain_order="left")
        .with_columns(lift=pl.col("lift").fill_null(0.0) * pl.lit(REPEAT).pow(repeat))
        .with_columns(risk=pl.col("risk") + pl.col("lift"))
        .sort("risk", "old_place", descending=[True, False])
        .drop("old_place", "rule")
        .collect()
    )


class Signal:
    """What rules said of the records of one run.

    Parameters
    ----------
    rules
        Opened rules.
    tags
        What all taggers said.
    number
        Position of the rules among the taggers.
    """

    def __init__(self, rules: "Rules", tags: Tags, number: int) -> None:
        self._rules, self._tags, self._number = rules, tags, number
        self._sums = tags.groups().filter(pl.col("tagger") == number).drop("tagger")
        self._places: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
        for *place, tag, records in self._sums.select(*GROUP, "tag", "records").iter_rows():
            self._places.setdefault(tuple(place), []).append((tag, records))

    def raised(self, ranking: pl.DataFrame) -> pl.DataFrame:
        """A ranking with the groups on which rules fired moved up; see `lifted`."""
        return lifted(ranking, lifts(self._sums, self._rules.rules))

    def rows(self) -> pl.Series:
        """Numbers of the records on which a rule fired that adds to the risk, sorted."""
        counted = [number for number, rule in enumerate(self._rules.rules) if LEVEL_BITS[rule.level] > 0]
        return self._tags.marked(self._number, counted)

    def titles(self, rows: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """Titles of the rules that fired on records, most severe first.

        Parameters
        ----------
        rows
            Running numbers of records.

        Returns
        -------
        dict
            Only records on which any fired.
        """
        return {row: tuple(self._rules.rules[n].title for n in own) for row, own in self._fired(rows).items()}

    def calls(self, rows: Iterable[int]) -> dict[int, tuple[Reason, ...]]:
        """The same as reasons of the single record, whatever their level.

        Parameters
        ----------
        rows
            Running numbers of records.

        Returns
        -------
        dict
            Only records on which any rule fired.
        """
        return {row: tuple(self._reason(n, 1, 1) for n in own) for row, own in self._fired(rows).items()}

    def _fired(self, rows: Iterable[int]) -> dict[int, list[int]]:
        fired: dict[int, list[int]] = {}
        found = self._tags.rows(rows).filter(pl.col("tagger") == self._number)
        for row, tag in found.select("row", "tag").iter_rows():
            fired.setdefault(row, []).append(tag)
        return {row: sorted(own, key=self._severity) for row, own in fired.items()}

    def _severity(self, number: int) -> tuple[int, int]:
        return -LEVELS.index(self._rules.rules[number].level), number

    def _reason(self, number: int, records: int, of: int) -> Reason:
        rule = self._rules.rules[number]
        words = f'rule "{rule.title}" fired (level {rule.level})'
        if records > 1:
            words += f" on {records:,} records"
        where, bits = f"level {rule.level}", LEVEL_BITS[rule.level]
        return Reason("rule", rule.title, where, records, of, bits, words, detector_of("window:rule"))

    def reasons(self, place: tuple[Any, ...], of: int) -> tuple[Reason, ...]:
        """Reasons for rules that fired in a group.

        Parameters
        ----------
        place
            Values of `GROUP`.
        of
            Records of the group.

        Returns
        -------
        tuple of Reason
            At most `SHOWN`, most severe first, of the rules whose level adds to a risk. Only the best one
            adds to the group's; each says what its level would.
        """
        rules = self._rules.rules
        counted = [pair for pair in self._places.get(place, ()) if LEVEL_BITS[rules[pair[0]].level] > 0]
        counted.sort(key=lambda pair: self._severity(pair[0]))
        return tuple(self._reason(number, records, of) for number, records in counted[:SHOWN])

    def severe(self, places: Iterable[tuple[Any, ...]]) -> tuple[str, ...]:
        """Titles of the rules of the levels `SEVERE` that fired in any of some groups; sorted."""
        rules = (self._rules.rules[number] for place in places for number, _ in self._places.get(place, ()))
        return tuple(sorted({rule.title for rule in rules if rule.level in SEVERE}))

    def techniques(self, places: Iterable[tuple[Any, ...]]) -> tuple[str, ...]:
        """ATT&CK techniques of the rules that add to the risk of any of some groups; sorted."""
        rules = (self._rules.rules[number] for place in places for number, _ in self._places.get(place, ()))
        return tuple(sorted({name for rule in rules if LEVEL_BITS[rule.level] > 0 for name in rule.techniques}))

    def traces(self) -> pl.DataFrame:
        """Groups on which rules fired that add to the risk: `GROUP` and ``tactic``, the first that the rule names."""
        known = {
            number: rule.tactics[0]
            for number, rule in enumerate(self._rules.rules)
            if rule.tactics and LEVEL_BITS[rule.level] > 0
        }
        schema = {"tag": self._sums.schema["tag"], "tactic": pl.String()}
        table = pl.DataFrame({"tag": [*known], "tactic": [*known.values()]}, schema=schema)
        return self._sums.join(table, on="tag", how="inner").select(*GROUP, "tactic").unique()

    def report(self) -> RuleReport:
        """What became of the rules."""
        fired = self._sums.group_by("tag").agg(pl.col("records").sum())
        return self._rules.report(dict(fired.select("tag", "records").iter_rows()))
