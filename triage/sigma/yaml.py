"""YAML of rules, read safely: no tags, no merge keys, bounded nesting; as fast as the C parser."""

import re
from collections.abc import Hashable
from typing import Any, Final

import yaml

from ..limits import RuleLimits

_LEAD: Final = re.compile(rb"^(?:[ \t]|[-?:] )*", re.MULTILINE)


class YamlRefused(ValueError):
    """A document is no YAML that a rule may be written in."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Loader(yaml.CSafeLoader):
    """Safe types only; a key given twice and a merge key are errors."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        keys: set[Hashable] = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                # Merges of merges grow without bound, and no rule needs them.
                raise YamlRefused("broken-yaml", "merge keys (<<) are not read")
            name = self.construct_object(key, deep=True)
            if not isinstance(name, Hashable) or name in keys:
                raise YamlRefused("broken-yaml", f"the key {str(name)[:80]!r} occurs twice or is no key")
            keys.add(name)
        made: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return made


def documents(text: bytes, limits: RuleLimits) -> list[Any]:
    """The documents of a file.

    Parameters
    ----------
    text
        UTF-8.
    limits
        `rule_nesting`.

    Returns
    -------
    list
        Plain values: dictionaries, lists, strings, numbers, dates.

    Raises
    ------
    YamlRefused
        With a code of `assay.triage.limits.RULE_ERRORS`.
    """
    if _may_be_deep(text, limits.rule_nesting):
        _check_depth(text, limits.rule_nesting)
    try:
        return list(yaml.load_all(text, _Loader))
    except YamlRefused:
        raise
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError) as error:
        raise YamlRefused("broken-yaml", " ".join(str(error).split())[:200]) from error


def _may_be_deep(text: bytes, nesting: int) -> bool:
    """Whether a file could nest deeper than allowed: cheap, and never wrong when it says no.

    Depth comes from brackets, and from blocks that each begin further right than the one around them (a list
    may begin where its mapping does, hence half).
    """
    widest = max(len(lead) for lead in _LEAD.findall(text))
    return text.count(b"[") + text.count(b"{") + 2 * widest > nesting


def _check_depth(text: bytes, nesting: int) -> None:
    depth = 0
    try:
        for event in yaml.parse(text, yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > nesting:
                    raise YamlRefused("nested-too-deep", f"nested deeper than {nesting}")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, YamlRefused):
            raise
        raise YamlRefused("broken-yaml", " ".join(str(error).split())[:200]) from error
