"""The catalogue of one language: the sentences of the page, beside those of reports, so that both say the same."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from ....evidence.report.words import LANGUAGES, Words
from ....evidence.report.words import words_of as report_words_of

__all__ = ["LANGUAGES", "language_of", "own", "words_of"]

_HERE: Final = Path(__file__).parent


@cache
def words_of(language: str) -> Words:
    """The catalogue of a language; the file ``en/room.yaml`` holds the keys ``room.…``.

    Raises
    ------
    ValueError
        There is none.
    """
    return Words(language, {**report_words_of(language).entries, **own(language)})


@cache
def own(language: str) -> Mapping[str, str]:
    """The sentences of the page alone."""
    found: dict[str, str] = {}
    for file in sorted((_HERE / language).glob("*.yaml")):
        page = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        found |= _flat(page, f"page.{file.stem}.")
    return found


def language_of(kept: str | None, accepted: str) -> str:
    """The language of a page.

    Parameters
    ----------
    kept
        What the reader chose.
    accepted
        What the browser accepts, as ``Accept-Language`` has it.
    """
    if kept in LANGUAGES:
        return str(kept)
    best, weight = "en", 0.0
    for each in accepted[:500].split(","):
        name, _, quality = each.strip().partition(";q=")
        try:
            given = float(quality) if quality else 1.0
        except ValueError:
            continue
        meant = (
            "zh-Hant" if name.lower().startswith("zh") else "en" if name.lower().startswith("en") else None
        )
        if meant is not None and given > weight:
            best, weight = meant, given
    return best


def _flat(node: Mapping[str, Any], above: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in node.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{above}{name}.")
        elif isinstance(value, str):
            found[f"{above}{name}"] = value
        else:
            raise TypeError(f"{above}{name} is no sentence")
    return found
