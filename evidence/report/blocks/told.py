"""What a method said, in the language of the report where the catalogue knows it, else as it was written."""

from ..model import Coded
from ..words import Words
from .span import Line, faint, join, original, say

__all__ = ["analyzer_title", "coded", "written"]


def coded(reason: Coded, words: Words) -> Line:
    """A coded reason.

    In English its own words. In another language the sentence of its code, if the catalogue has one, and the words of
    the method behind it, marked as the original.
    """
    if words.language == "en":
        return join(say(_sentence(shown_words(reason))), faint(f"[{reason.code}]"))
    translated = words.get(f"reason.{reason.code}")
    if translated is None:
        return join(original(reason.words), faint(words("value.original")), faint(f"[{reason.code}]"))
    if not _tells_more(reason.code):
        return join(say(translated), faint(f"[{reason.code}]"))
    return join(
        say(translated), faint(words("value.original_is")), original(reason.words), faint(f"[{reason.code}]")
    )


def written(text: str, words: Words) -> Line:
    """A sentence that comes in English only: translated where the catalogue holds it word for word."""
    if words.language == "en":
        return say(text)
    return join(original(text), faint(words("value.original")))


def analyzer_title(name: str, words: Words) -> str:
    """An analyzer for people: as the catalogue, else its card, else its name has it."""
    known = words.get(f"analyzer.{name}.title")
    if known is not None and words.language != "en":
        return known
    from ....detect.analyzers.cards import cards

    card = cards().get(name)
    return name if card is None else card.title


# Codes whose words hold no more than the code says: the original would only repeat it.
_COMPLETE = frozenset(
    {
        "weak-evidence", "recording-supported", "synthetic-supported", "face-swap-supported", "edited-supported",
        "synthetic-not-assessed", "face-swap-not-assessed", "edited-not-assessed", "nothing-applies",
        "mark-not-weighed", "no-credentials", "no-camera-metadata", "location-inside", "no-end-mark", "metadata-cut",
    }
)  # fmt: skip


def _tells_more(name: str) -> bool:
    return name not in _COMPLETE


def shown_words(reason: Coded) -> str:
    """Its words, harmless for eyes."""
    from ..shown import shown

    return shown(reason.words, 600)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
