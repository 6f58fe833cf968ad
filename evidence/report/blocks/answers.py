"""The answer at the top, and the three propositions beneath it: which two were compared, and how strongly for which."""

import math

from ..model import Answer, Exhibit, Ratio
from ..words import Words
from .block import Scale, Table, Verdict
from .numbers import factor, interval, log10, times
from .span import BREAK, Line, faint, join, say, strong
from .told import coded

__all__ = ["propositions", "ratio_line", "scale", "support", "verdict"]


def verdict(exhibit: Exhibit, words: Words) -> Verdict:
    """Word, support, range and the sentence that keeps it from being misread."""
    answer = next((each for each in exhibit.answers if each.proposition == exhibit.proposition), None)
    missing = [each.proposition for each in exhibit.answers if each.ratio is None]
    rest = words(f"outcome.{exhibit.outcome}.rest")
    if exhibit.outcome == "consistent" and missing:
        rest = words("outcome.consistent.partly")
    if answer is None or answer.ratio is None:
        lines = [coded(exhibit.reasons[0], words)] if exhibit.reasons else []
        told = join(*lines)
        return Verdict(
            exhibit.outcome,
            words(f"outcome.{exhibit.outcome}.word"),
            rest,
            told,
            say(words("verdict.no_ratio")),
            None,
        )
    return Verdict(
        exhibit.outcome,
        words(f"outcome.{exhibit.outcome}.word"),
        rest,
        _supported(answer, words),
        say(reading(answer, words)),
        scale(answer, words),
    )


def _supported(answer: Answer, words: Words) -> Line:
    """The support word; where it is not relied on, that stands beside it."""
    told = strong(support(answer, words))
    if answer.answered or answer.side is None:
        return told
    return join(told, say(f"({words('support.not_relied')})"))


def support(answer: Answer, words: Words) -> str:
    """The support word with both sides named."""
    if answer.ratio is None:
        return words("support.not_assessed")
    mine, other = (
        f"side.{answer.proposition}.{side}"
        for side in (("h1", "h2") if answer.side == "h1" else ("h2", "h1"))
    )
    if answer.side is None:
        return words(
            "support.neither",
            first=words(f"side.{answer.proposition}.h1"),
            second=words(f"side.{answer.proposition}.h2"),
        )
    return words(
        "support.sentence",
        strength=words(f"strength.{answer.strength}"),
        side=words(mine),
        other=words(other),
    )


def reading(answer: Answer, words: Words) -> str:
    """How to read the number, with its range, as a sentence about the observation and never about the picture."""
    ratio = answer.ratio
    assert ratio is not None
    near, far = sorted((abs(ratio.low), abs(ratio.high)))
    mine, other = ("h1", "h2") if ratio.log10 >= 0 else ("h2", "h1")
    if ratio.low < 0 < ratio.high:
        return words("verdict.reading_both", low=factor(ratio.low), high=factor(ratio.high))
    return words(
        "verdict.reading",
        times=times(ratio.log10),
        low=factor(near),
        high=factor(far),
        side=words(f"side.{answer.proposition}.{mine}"),
        other=words(f"side.{answer.proposition}.{other}"),
    )


def scale(answer: Answer, words: Words) -> Scale:
    """The ratio on a line."""
    ratio = answer.ratio
    assert ratio is not None
    reach = float(max(2, math.ceil(max(abs(ratio.low), abs(ratio.high)))))
    return Scale(
        ratio.log10,
        ratio.low,
        ratio.high,
        reach,
        left=words(f"side.{answer.proposition}.h2"),
        right=words(f"side.{answer.proposition}.h1"),
        middle=words("scale.middle"),
        name=words(f"proposition.{answer.proposition}.name"),
        told=words("scale.told", value=log10(ratio.log10), interval=interval(ratio)),
    )


def ratio_line(ratio: Ratio | None, words: Words) -> Line:
    """LR, log10 LR and interval."""
    if ratio is None:
        return faint(words("support.not_assessed"))
    return say(f"{factor(ratio.log10)} (log10 {log10(ratio.log10)} {interval(ratio)})")


def propositions(exhibit: Exhibit, words: Words) -> Table:
    """All three, assessed or not, each with both propositions in words."""
    rows = []
    for answer in exhibit.answers:
        first, second = (
            join(strong(side.upper()), say(words(f"proposition.{answer.proposition}.{side}")))
            for side in ("h1", "h2")
        )
        both = join(first, BREAK, second, by="")
        relied = (
            words("value.yes" if answer.answered else "value.no") if answer.ratio else words("value.none")
        )
        rows.append(
            (
                strong(words(f"proposition.{answer.proposition}.name")),
                both,
                ratio_line(answer.ratio, words),
                say(support(answer, words)),
                say(relied),
            )
        )
    return Table(
        (
            (words("column.proposition"), "left"),
            (words("column.compared"), "left"),
            (words("column.lr"), "left"),
            (words("column.support"), "left"),
            (words("column.relied_on"), "left"),
        ),
        tuple(rows),
        words("propositions.caption"),
        (14, 38, 18, 20, 10),
    )
