"""Detection rules as pySigma reads them, with what went wrong rule by rule."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from ..limits import RULES, RuleLimits
from .files import rule_texts
from .report import RuleError
from .signal import LEVELS
from .yaml import YamlRefused, documents

_WORD: Final = re.compile(r"[^\s()]+")
_DASH: Final = re.compile(r"\B[-/]\b")
_NOTS: Final = re.compile(r"(?:\bnot\s*\(?\s*){9}", re.IGNORECASE)
_TECHNIQUE: Final = re.compile(r"t\d{4}(?:\.\d{3})?\Z")
_OPERATORS: Final = frozenset(("and", "or", "not", "of", "1", "all", "any"))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes
    ----------
    title, id, level
        As it says itself; `id` is empty when it has none.
    techniques, tactics
        Of its ATT&CK tags: ``T1003.001``, ``credential-access``.
    source
        Log source: product, category, service; empty strings where it says nothing.
    conditions
        Parsed conditions, as pySigma has them; the rule fires when any holds.
    """

    title: str
    id: str
    level: str
    techniques: tuple[str, ...]
    tactics: tuple[str, ...]
    source: tuple[str, str, str]
    conditions: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found.

    Attributes
    ----------
    rules
        In the order of their files.
    errors
        Files and rules that were not loaded.
    """

    rules: tuple[Rule, ...]
    errors: tuple[RuleError, ...]


def load_rules(path: Path, limits: RuleLimits = RULES) -> Loaded:
    """Load rules from a file, a folder or an archive.

    Parameters
    ----------
    path
        See `assay.triage.sigma.files.rule_texts`.
    limits
        Bounds.

    Returns
    -------
    Loaded

    Raises
    ------
    RulesUnreadable
        There is nothing that can be opened. A rule that is broken is an error of its own.
    """
    rules: list[Rule] = []
    errors: list[RuleError] = []
    for text in rule_texts(path, limits):
        if text.refused is not None:
            errors.append(RuleError(text.name, text.refused, text.name))
            continue
        try:
            found = documents(text.text, limits)
            if sum(isinstance(document, dict) and "action" in document for document in found):
                _parse(found, text.name, limits, rules, errors)  # documents that complete each other
            else:
                for document in found:
                    _parse([document], text.name, limits, rules, errors)
        except YamlRefused as error:
            errors.append(RuleError(text.name, error.code, str(error)))
    return Loaded(tuple(rules), tuple(errors))


def _parse(
    found: list[Any], name: str, limits: RuleLimits, rules: list[Rule], errors: list[RuleError]
) -> None:
    if all(document is None for document in found):
        return
    title = name
    try:
        for document in found:
            if not isinstance(document, dict):
                raise YamlRefused("broken-rule", "the document is no mapping")
            title = str(document.get("title", title))[:200]
            _check_size(document, limits)
        collection = SigmaCollection.from_dicts(found, collect_errors=True, resolve_references=False)
        for problem in collection.errors[:1]:
            raise YamlRefused("broken-rule", _short(problem))
        made = []
        for rule in collection.rules:
            if isinstance(rule, SigmaCorrelationRule) or not isinstance(rule, SigmaRule):
                errors.append(RuleError(title, "correlation", type(rule).__name__))
            else:
                made.append(_rule(rule))
        if not collection.rules:
            errors.append(RuleError(title, "correlation", "a filter on other rules"))
        rules.extend(made)
    except YamlRefused as error:
        errors.append(RuleError(title, error.code, str(error)))
    except Exception as error:
        # pySigma has an error class for each case, but hostile values reach others in it as well.
        errors.append(RuleError(title, "broken-rule", f"{type(error).__name__}: {_short(error)}"))


def _rule(rule: SigmaRule) -> Rule:
    techniques, tactics = [], []
    for tag in rule.tags:
        if tag.namespace == "attack":
            name = tag.name.lower()
            if _TECHNIQUE.match(name):
                techniques.append(name.upper())
            elif name[:1].isalpha() and not any(character.isdigit() for character in name):
                tactics.append(name.replace("_", "-"))
    source = rule.logsource
    level = str(rule.level) if rule.level is not None else "medium"
    return Rule(
        title=str(rule.title)[:200],
        id=str(rule.id or ""),
        level=level if level in LEVELS else "medium",
        techniques=tuple(techniques),
        tactics=tuple(tactics),
        source=((source.product or "").lower(), (source.category or "").lower(), (source.service or "").lower()),
        conditions=tuple(condition.parsed for condition in rule.detection.parsed_condition),
    )


def _check_size(document: Mapping[Any, Any], limits: RuleLimits) -> None:
    """Refuse what would take too long to parse or mean too many tests, before pySigma writes it all out."""
    detection = document.get("detection")
    if not isinstance(detection, dict):
        return
    conditions = detection.get("condition")
    sizes = {
        str(name): _tests(value, 1, limits) for name, value in detection.items() if name != "condition"
    }
    nodes = 0
    for condition in conditions if isinstance(conditions, list) else [conditions]:
        text = str(condition)
        if len(text) > limits.rule_condition_chars:
            raise YamlRefused("condition-too-big", f"a condition of {len(text):,} characters")
        depth = 0
        for character in text:
            depth += (character == "(") - (character == ")")
            if depth > limits.rule_condition_nesting:
                raise YamlRefused("condition-too-big", f"brackets nested deeper than {limits.rule_condition_nesting}")
        if _NOTS.search(text):
            raise YamlRefused("condition-too-big", "too many negations in a row")
        for word in _WORD.findall(text):
            if word.lower() in _OPERATORS:
                continue
            if word in sizes:
                nodes += sizes[word]
            else:  # a pattern, or "them"
                prefix = "" if word == "them" else word.split("*", 1)[0]
                nodes += sum(size for name, size in sizes.items() if name.startswith(prefix))
    if nodes > limits.rule_nodes:
        raise YamlRefused("condition-too-big", f"it means {nodes:,} tests")


def _tests(value: Any, factor: int, limits: RuleLimits, depth: int = 0) -> int:
    """About how many tests a part of a rule means; aliases count as often as they are used."""
    if depth > limits.rule_nesting:
        raise YamlRefused("nested-too-deep", "a part of it holds itself")
    total = 0
    if isinstance(value, dict):
        for key, inner in value.items():
            name = str(key)
            wider = 125 if "windash" in name else 3 if "base64offset" in name else 1
            total += _tests(inner, factor * wider, limits, depth + 1)
            if total > limits.rule_nodes:
                break
    elif isinstance(value, list):
        for inner in value:
            total += _tests(inner, factor, limits, depth + 1)
            if total > limits.rule_nodes:
                break
    else:
        if isinstance(value, str) and len(value) > limits.rule_value_chars:
            raise YamlRefused("value-too-long", f"a value of {len(value):,} characters")
        if factor >= 125:
            factor = factor // 125 * 5 ** min(len(_DASH.findall(str(value))), 3)
        total = factor
    return total


def _short(error: object) -> str:
    return " ".join(str(error).split())[:200]
