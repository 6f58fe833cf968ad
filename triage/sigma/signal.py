"""What rules that fire add to the ranking, and how it is told.

A group of records on which a rule fired moves up by the bits of the rule's level. They are about half of
what levels are worth on Windows events of attacks beside ordinary ones: log2 of how much more often a group
of the first kind holds a rule of that level (docs/decisions.md). Rules change the place of a group, never
its bits or its p: those stay comparable with a baseline, which was fitted without them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from ..answer import Reason
from ..bursts import GROUP
from .rules import Rule

LEVEL_BITS: Final[Mapping[str, float]] = {
    "informational": 0.0,
    "low": 0.0,
    "medium": 2.0,
    "high": 4.0,
    "critical": 4.0,
}
"""Bits that a rule adds to the risk of a group on which it fires; the best rule counts."""

REPEAT: Final = 0.85
"""Factor for every better group of the same rule: a rule that fires everywhere says little."""


def lifts(sums: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
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
        From `assay.triage.ranking.ranked`: most urgent first, with ``risk``.
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


def rule_reasons(fired: Sequence[tuple[int, int]], of: int, rules: Sequence[Rule]) -> tuple[Reason, ...]:
    """Reasons for rules that fired in a group.

    Parameters
    ----------
    fired
        Number of a rule and of records of the group on which it fired.
    of
        Records of the group.
    rules
        By number.

    Returns
    -------
    tuple of Reason
        Strongest first. Only the strongest adds to the risk of the group, and each says what it would add.
    """
    reasons = []
    for number, records in fired:
        rule = rules[number]
        words = f'rule "{rule.title}" fired (level {rule.level})'
        if records > 1:
            words += f" on {records:,} records"
        bits = LEVEL_BITS[rule.level]
        reasons.append(Reason("rule", rule.title, f"level {rule.level}", records, of, bits, words))
    return tuple(sorted(reasons, key=lambda reason: (-reason.bits, reason.value)))


def techniques(numbers: Sequence[int], rules: Sequence[Rule]) -> tuple[str, ...]:
    """ATT&CK techniques of rules.

    Parameters
    ----------
    numbers
        Rules.
    rules
        By number.

    Returns
    -------
    tuple of str
        Sorted, without repeats.
    """
    return tuple(sorted({technique for number in numbers for technique in rules[number].techniques}))


def tactics(numbers: Sequence[int], rules: Sequence[Rule]) -> tuple[str, ...]:
    """ATT&CK tactics of rules, e.g. ``credential-access``.

    Parameters
    ----------
    numbers
        Rules.
    rules
        By number.

    Returns
    -------
    tuple of str
        Sorted, without repeats.
    """
    return tuple(sorted({tactic for number in numbers for tactic in rules[number].tactics}))
