"""What became of detection rules, in a few lines."""

from typing import TYPE_CHECKING

from .terminal import visible

if TYPE_CHECKING:
    from ..triage.sigma.report import RuleReport

SHOWN_FIRED = 10
SHOWN_PROBLEMS = 5


def told(report: "RuleReport | None") -> list[str]:
    """How many rules were loaded and run, why not the others, and which fired on how many records."""
    if report is None:
        return []
    fired = sum(report.fired.values())
    lines = [
        f"rules: {report.loaded:,} loaded from {visible(report.path)}, {report.run:,} run, "
        f"{len(report.fired):,} fired {fired:,} times"
    ]
    codes = report.counts()
    if codes:
        from ..triage.limits import RULE_ERRORS, RULE_GAPS

        meaning = {**RULE_ERRORS, **RULE_GAPS}
        lines += [f"rules: {count:,} not run [{code}]: {meaning[code]}" for code, count in codes.items()]
        lines += [
            f"rules:   {visible(problem.rule, 80)} [{problem.code}]: {visible(problem.detail, 120)}"
            for problem in (*report.errors, *(gap for gap in report.gaps if gap.code != "logsource"))[
                :SHOWN_PROBLEMS
            ]
        ]
    for title, count in list(report.fired.items())[:SHOWN_FIRED]:
        lines.append(f"rules: {count:,} record{'s' * (count != 1)}: {visible(title, 100)}")
    if len(report.fired) > SHOWN_FIRED:
        lines.append(f"rules: and {len(report.fired) - SHOWN_FIRED:,} more; --record FILE has them all")
    return lines
