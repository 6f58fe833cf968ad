"""What the page says, in English and Traditional Chinese: one file for each subject and language."""

from .catalogue import LANGUAGES, language_of, words_of

__all__ = ["LANGUAGES", "language_of", "words_of"]
