"""Names that are two here and one elsewhere: other systems fold case and Unicode forms."""

import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from ..canonical import sound

__all__ = ["folded", "twins"]

_MOST: Final = 20
"""Groups that are told; nobody reads more."""


def twins(paths: Callable[[], Iterable[bytes]]) -> Iterator[str]:
    """A sentence for each group of paths of which a copy on another system keeps one.

    Parameters
    ----------
    paths
        Gives all paths, each time it is called: memory holds a number for each, and the names of the few.
    """
    once: set[int] = set()
    twice: set[int] = set()
    for path in paths():
        key = hash(folded(os.fsdecode(path)))
        (twice if key in once else once).add(key)
    if not twice:
        return
    groups: dict[str, list[str]] = {}
    for path in paths():
        key_text = folded(os.fsdecode(path))
        if hash(key_text) in twice:
            groups.setdefault(key_text, []).append(sound(os.fsdecode(path)))
    found = [names for names in groups.values() if len(names) > 1]
    for names in found[:_MOST]:
        yield (
            f"{', '.join(names)}: these names differ in case or Unicode form only, and a copy on Windows or macOS "
            "keeps one of them"
        )
    if len(found) > _MOST:
        yield f"and {len(found) - _MOST:,} more groups of such names"


def folded(text: str) -> str:
    """A name as systems see it that fold case and Unicode forms."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
