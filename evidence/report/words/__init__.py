"""Every fixed sentence of a report, in English and Traditional Chinese, in one catalogue for each."""

from .catalogue import LANGUAGES, Words, words_of

__all__ = ["LANGUAGES", "Words", "words_of"]
