"""The catalogue of one language: a key becomes a sentence, and a sentence without its values is an error."""

import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

__all__ = ["LANGUAGES", "Words", "placeholders", "read", "words_of"]

LANGUAGES: Final = ("en", "zh-Hant")


class Words:
    """The sentences of one language.

    Parameters
    ----------
    language : str
        ``en`` or ``zh-Hant``.
    entries : mapping
        Key with dots to sentence.
    """

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self.entries = entries

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of a key.

        Raises
        ------
        KeyError
            There is no such key, or a placeholder without a value.
        """
        sentence = self.entries[key]
        if values:
            sentence = sentence.format_map({name: self.number(value) for name, value in values.items()})
        # A number and its per cent sign stay on one line.
        return sentence.replace(" %", "\N{NO-BREAK SPACE}%")

    def get(self, key: str) -> str | None:
        """The sentence of a key that may not be there, such as that of a code which came later."""
        return self.entries.get(key)

    @staticmethod
    def number(value: object) -> str:
        """A value as it stands in a sentence: whole numbers with commas, texts as they are."""
        return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@cache
def words_of(language: str) -> Words:
    """The catalogue of a language.

    Raises
    ------
    ValueError
        There is none.
    """
    if language not in LANGUAGES:
        raise ValueError(f"a report is in {' or '.join(LANGUAGES)}, not in {language!r}")
    entries = dict(read(language))
    if language != "en":
        # Sentences that stand in English in the code itself, such as those of the cards of methods.
        entries |= read(f"{language}.translated")
    return Words(language, entries)


def read(name: str) -> dict[str, str]:
    """The sentences of one file of this folder by their keys."""
    text = Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8")
    return dict(_flat(yaml.load(text, Loader=yaml.CSafeLoader), ""))


def placeholders(sentence: str) -> frozenset[str]:
    """Names in braces."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def _flat(node: Mapping[str, Any], above: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in node.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping):
            found += _flat(value, f"{key}.")
        elif isinstance(value, str):
            found.append((key, value))
        else:
            raise TypeError(f"{key} is no sentence")
    return found
