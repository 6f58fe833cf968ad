"""The names of one input, and where a text speaks of them.

A name is what stands in a field of users, hosts or addresses, and what such a value is put together from: the first
label and the domain of ``ws-03.office.example``, both parts of ``OFFICE\\chloe`` and ``chloe@office.example``, the
machine of ``WS-03$``. In a text a name is found as a whole word, whatever its case; one with letters beyond ASCII
also within words, since not all languages part them. Addresses and mail addresses in a text are found by their
form, known or not.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import polars as pl

from ..limits import DEFAULT

if TYPE_CHECKING:
    from .key import Key

COLUMNS: Final = {
    "host": "host",
    "user": "user",
    "target_user": "user",
    "source_ip": "ip",
    "destination_ip": "ip",
}
"""Columns that hold names, and of which kind."""

_EVERYWHERE: Final = """
- . ? * n/a na null none nil unknown undefined any default
system localsystem root nobody administrator guest everyone localhost local
127.0.0.1 ::1 0.0.0.0 :: 255.255.255.255 0:0:0:0:0:0:0:1 ::ffff:127.0.0.1 s-1-5-18 s-1-5-19 s-1-5-20
"""
_WINDOWS: Final = ("system", "local service", "network service", "anonymous logon")

PUBLIC: Final = frozenset(
    (*_EVERYWHERE.split(), "nt authority", "local system", *_WINDOWS, *(f"nt authority\\{name}" for name in _WINDOWS))
)
"""Values in lower case that every site has, and that name nobody: they stay as they are."""

SHORTEST: Final = 3
"""Characters of a name that is looked for in texts."""

MOST: Final = DEFAULT.names
"""Names that are looked for in texts; those beyond are replaced in their own fields only, and counted."""

_WORD: Final = re.compile(r"%[0-9A-Fa-f]{2}|\w+")
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IPV4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6: Final = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])")


class Names:
    """The names of one input.

    Parameters
    ----------
    key
        Makes the tokens.

    Attributes
    ----------
    dropped
        Names beyond `MOST`.
    """

    def __init__(self, key: "Key") -> None:
        self._key = key
        self._known: dict[str, str] = {}
        self._starts: dict[str, list[tuple[int, str]]] = {}
        self._foreign: set[str] = set()
        self._inside: re.Pattern[str] | None = None
        self._texts: dict[str, str] = {}
        self.dropped = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take in the names of some records.

        Parameters
        ----------
        frame
            With the columns of `COLUMNS`.
        """
        for column, kind in COLUMNS.items():
            for value in frame[column].drop_nulls().unique().to_list():
                for part, sort in _parts(value, kind):
                    self._add(part, sort)

    def _add(self, value: str, kind: str) -> None:
        name = value.casefold()
        if name in self._known or not _sought(name):
            return
        if len(self._known) >= MOST:
            self.dropped += 1
            return
        self._known[name] = kind
        self._texts.clear()
        if not name.isascii():
            self._foreign.add(name)
            self._inside = None
            return
        first = _WORD.search(name)
        assert first is not None
        starts = self._starts.setdefault(first[0], [])
        starts.append((first.start(), name))
        starts.sort(key=lambda pair: -len(pair[1]))

    def token(self, value: str, kind: str) -> str:
        """What stands in a field of names for a value.

        Parameters
        ----------
        value
            As the record has it.
        kind
            Of the field; what is no address in a field of addresses is a host.

        Returns
        -------
        str
        """
        if not value or value.casefold() in PUBLIC:
            return value
        return self._key.token("host" if kind == "ip" and not _is_address(value) else kind, value)

    def opened(self, text: str) -> str:
        """A text or a value as it was."""
        return self._key.reveal(text)

    def text(self, text: str) -> str:
        """A text with every name in it as its token."""
        if (known := self._texts.get(text)) is not None:
            return known
        pieces, at = [], 0
        for start, stop, kind in self._spans(text):
            if start >= at:
                pieces += [text[at:start], self._key.token(kind, text[start:stop])]
                at = stop
        done = "".join([*pieces, text[at:]]) if pieces else text
        if len(self._texts) >= 1 << 16:
            self._texts.clear()
        self._texts[text] = done
        return done

    def _spans(self, text: str) -> list[tuple[int, int, str]]:
        """Where names stand: from the left, the longest first."""
        low = text.lower()
        if len(low) != len(text):  # a letter that has no lower case of its own length
            low = "".join(mark.lower() if len(mark.lower()) == 1 else mark for mark in text)
        found = [*_forms(text)]
        for word in _WORD.finditer(low):
            for offset, name in self._starts.get(word[0], ()):
                start = word.start() - offset
                stop = start + len(name)
                if start >= 0 and low.startswith(name, start) and _whole(low, start, stop, word.start()):
                    found.append((start, stop, self._known[name]))
                    break
        if self._foreign and not text.isascii():
            if self._inside is None:
                longest = sorted(self._foreign, key=len, reverse=True)
                self._inside = re.compile("|".join(re.escape(name) for name in longest))
            found += [(m.start(), m.end(), self._known[m[0]]) for m in self._inside.finditer(low)]
        return sorted(found, key=lambda span: (span[0], -span[1]))


def _parts(value: str, kind: str) -> Iterator[tuple[str, str]]:
    """A value and the names it is put together from."""
    if kind == "ip" and _is_address(value):
        yield value, "ip"
        return
    kind = "host" if kind == "ip" else kind
    yield value, kind
    domain, slash, account = value.rpartition("\\")
    if slash:
        yield from ((account, kind), (domain, "host"))
        value = account
    name, at, place = value.partition("@")
    if at:
        yield from ((name, "user"), (place, "host"))
        value = name
    if value.endswith("$"):
        yield value[:-1], "host"
    if kind == "host" or at:
        label, dot, rest = (place or value).partition(".")
        if dot and not _is_address(value):
            yield label, "host"
            # The domain, and the first label of it, as which Windows knows it; but not the com of example.com.
            if "." in rest:
                yield from ((rest, "host"), (rest.partition(".")[0], "host"))


def _sought(name: str) -> bool:
    """Whether a name is looked for in texts: not what is short, a mere number, or public."""
    return len(name) >= SHORTEST and name not in PUBLIC and not name.isdigit() and _WORD.search(name) is not None


def _whole(text: str, start: int, stop: int, word: int) -> bool:
    """Whether a name that stands there is no part of a longer word."""
    edge = start == word  # the word before it ended there, be it by the %5c of a URL
    before = edge or start == 0 or not (_letter(text[start]) and _letter(text[start - 1]))
    after = stop == len(text) or not (_letter(text[stop - 1]) and _letter(text[stop]))
    return before and after


def _letter(mark: str) -> bool:
    return mark.isalnum() or mark == "_"


def _forms(text: str) -> Iterator[tuple[int, int, str]]:
    """Addresses and mail addresses by their form."""
    if "@" in text:
        for found in _MAIL.finditer(text):
            yield found.start(), found.end(), "user"
    if text.count(".") >= 3:
        for found in _IPV4.finditer(text):
            if _is_address(found[0]) and found[0] not in PUBLIC:
                yield found.start(), found.end(), "ip"
    if text.count(":") >= 2:
        for found in _IPV6.finditer(text):
            if found[0].count(":") >= 2 and _is_address(found[0]) and found[0].lower() not in PUBLIC:
                yield found.start(), found.end(), "ip"


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
