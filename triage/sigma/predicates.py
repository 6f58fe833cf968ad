"""Tests of one field: what a value of a rule becomes.

Comparison of text ignores case unless the rule says otherwise; both sides are then in lower case. A field
that is absent passes no test but "is null" and "does not exist".
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, Final

import re2
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from ..limits import RULES, RuleLimits
from .fields import Place


class Unsupported(Exception):
    """A rule cannot be run; the code is one of `assay.triage.limits.RULE_GAPS`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Text:
    """A literal at one place of the value: all of it, its start, its end, or anywhere."""

    literal: str
    start: bool
    end: bool


@dataclass(frozen=True, slots=True)
class Glob:
    """Literals with wildcards between them, or anything that minds case.

    Attributes
    ----------
    parts
        Literals (as they are compared), `None` for ``*``, an int for that many ``?``.
    cased
        Whether case counts.
    """

    parts: tuple[str | int | None, ...]
    cased: bool

    @property
    def probe(self) -> str:
        """Longest literal, in lower case; a value without it cannot match. Empty when there is none."""
        return max((p.lower() for p in self.parts if isinstance(p, str)), key=len, default="")

    def pattern(self) -> str:
        """As a regular expression for the whole value."""
        made = []
        for part in self.parts:
            made.append(
                re2.escape(part) if isinstance(part, str) else ".*" if part is None else "." * part
            )
        return "(?s)" + "".join(made)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, found anywhere in the value."""

    expression: str


@dataclass(frozen=True, slots=True)
class Network:
    """An address within a network."""

    cidr: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number compared with a bound."""

    relation: str
    bound: float


@dataclass(frozen=True, slots=True)
class Absent:
    """The field is not there, or empty."""


@dataclass(frozen=True, slots=True)
class Present:
    """The field is there."""


@dataclass(frozen=True, slots=True)
class Same:
    """The value is that of another field, or starts or ends with it; case does not count.

    Attributes
    ----------
    other
        `assay.triage.sigma.fields.Place` of the other field.
    start, end
        Whether the value only has to start, or to end, with it.
    """

    other: Place
    start: bool
    end: bool


Test = Text | Glob | Pattern | Network | Number | Absent | Present | Same

_RELATIONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "LT": operator.lt,
    "LTE": operator.le,
    "GT": operator.gt,
    "GTE": operator.ge,
    "NEQ": operator.ne,
}


def tests_of(value: Any, empty: frozenset[str], limits: RuleLimits = RULES) -> tuple[Test, ...]:
    """Tests, any of which a value of a rule stands for; field references are left to the plan.

    Parameters
    ----------
    value
        Of pySigma's types.
    empty
        Values, in lower case, that records do not keep.
    limits
        Bounds.

    Returns
    -------
    tuple of Test

    Raises
    ------
    Unsupported
        Code ``value`` or ``regex``.
    """
    if isinstance(value, SigmaExpansion):
        return tuple(test for inner in value.values for test in tests_of(inner, empty, limits))
    if isinstance(value, SigmaString):
        test = _string(value, empty)
        # "Contains -" is true of the "-" that says "nothing", which records do not keep.
        nothing = isinstance(test, Text) and test.literal in empty
        return (test, Absent()) if nothing else (test,)
    if isinstance(value, SigmaTimestampPart):
        raise Unsupported("value", "part of a time")
    if isinstance(value, SigmaNumber):
        return (Text(str(value.number).lower(), True, True),)
    if isinstance(value, SigmaBool):
        return (Text(str(value.boolean).lower(), True, True),)
    if isinstance(value, SigmaRegularExpression):
        return (_regex(value, limits),)
    if isinstance(value, SigmaCIDRExpression):
        return (Network(value.cidr),)
    if isinstance(value, SigmaCompareExpression):
        return (Number(value.op.name, float(value.number.number)),)
    if isinstance(value, SigmaNull):
        return (Absent(),)
    if isinstance(value, SigmaExists):
        return (Present() if value.exists else Absent(),)
    raise Unsupported("value", type(value).__name__)


def _string(value: SigmaString, empty: frozenset[str]) -> Test:
    cased = isinstance(value, SigmaCasedString)
    parts: list[str | int | None] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise Unsupported("value", f"placeholder %{part.name}%")
        if part is SpecialChars.WILDCARD_MULTI:
            if not parts or parts[-1] is not None:
                parts.append(None)
        elif part is SpecialChars.WILDCARD_SINGLE:
            if parts and isinstance(parts[-1], int):
                parts[-1] += 1
            else:
                parts.append(1)
        else:
            text = str(part) if cased else str(part).lower()
            if parts and isinstance(parts[-1], str):
                parts[-1] += text
            else:
                parts.append(text)
    if parts == [None]:
        return Present()
    texts = [part for part in parts if isinstance(part, str)]
    if not texts and not parts:
        return Absent()
    # One literal with nothing but * beside it is found by the automaton alone.
    if not cased and len(texts) == 1 and all(part is None or isinstance(part, str) for part in parts):
        start, end = parts[0] is not None, parts[-1] is not None
        if start and end and texts[0] in empty:
            return Absent()
        return Text(texts[0], start, end)
    return Glob(tuple(parts), cased)


def _regex(value: SigmaRegularExpression, limits: RuleLimits) -> Pattern:
    text = str(value.regexp.to_plain(regex=True))
    flags = "".join(
        sorted({"IGNORECASE": "i", "MULTILINE": "m", "DOTALL": "s"}[flag.name] for flag in value.flags)
    )
    expression = f"(?{flags}){text}" if flags else text
    if compiled(expression, limits.rule_regex_bytes) is None:
        raise Unsupported("regex", text[:200])
    return Pattern(expression)


@lru_cache(20_000)
def compiled(expression: str, memory: int = RULES.rule_regex_bytes) -> Any:
    """A regular expression in an engine of linear time; None when that engine cannot have it."""
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    options.never_capture = True
    try:
        return re2.compile(expression, options)
    except re2.error:
        return None


def passes(test: Test, value: str) -> bool:
    """Whether a value passes a test that no automaton can answer.

    Parameters
    ----------
    test
        Not `Absent`, `Present` or `Same`, which are questions about more than a value.
    value
        As the record has it.

    Returns
    -------
    bool
    """
    match test:
        case Text(literal, start, end):
            lower = value.lower()
            if start and end:
                return lower == literal
            return lower.startswith(literal) if start else lower.endswith(literal) if end else literal in lower
        case Glob():
            engine = compiled(test.pattern())
            return engine is not None and engine.fullmatch(value if test.cased else value.lower()) is not None
        case Pattern(expression):
            return compiled(expression).search(value) is not None
        case Network(cidr):
            try:
                return ip_address(value.strip()) in _network(cidr)
            except ValueError:
                return False
        case Number(relation, bound):
            try:
                return _RELATIONS[relation](float(value), bound)
            except ValueError:
                return False
        case _:
            raise TypeError(f"{type(test).__name__} is no test of a value")


@lru_cache(4096)
def _network(cidr: str) -> Any:
    return ip_network(cidr, strict=False)
