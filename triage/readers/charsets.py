"""Encodings of text that is not UTF-8: told from a sample, line by line where a file holds several.

Most logs are ASCII or UTF-8, and a line that is valid UTF-8 is read as that whatever its neighbours are. The lines
that are not show, taken together, in which of the usual encodings they were written.
"""

import codecs
from typing import Final

FALLBACK: Final = "cp1252"
"""Read as this when the sample is too small or shows nothing: every byte of it is a letter or a sign."""

MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_CANDIDATES: Final = [
    "gb18030", "big5", "cp950", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1252",
]  # fmt: skip
# What vendors have added to the standards is in these supersets.
_CODECS: Final = {"big5": "big5hkscs", "cp950": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949"}
_NAMES: Final = {"cp950": "big5", "cp932": "shift_jis"}
_SAMPLE_BYTES: Final = 32 << 10
_EVIDENCE: Final = 12


def of_head(head: bytes) -> tuple[str | None, int]:
    """Encoding that the start of a source shows.

    Parameters
    ----------
    head
        Its first bytes.

    Returns
    -------
    encoding, skip
        Python's name of the encoding, None for UTF-8 as far as the head goes, and the length of a byte-order mark.
    """
    for mark, name in MARKS:
        if head.startswith(mark):
            return (of_head(head[len(mark) :])[0] if name == "utf-8" else name), len(mark)
    shown = head[:4096]
    if len(shown) >= 16 and shown.count(0) * 3 > len(shown):
        # Latin text in UTF-16 without a mark: every other byte is 0.
        odd, even = shown[1::2].count(0), shown[::2].count(0)
        if max(odd, even) > 0.6 * (len(shown) // 2) and min(odd, even) * 20 < len(shown):
            return ("utf-16-le" if odd > even else "utf-16-be"), 0
    if head.isascii():
        return None, 0
    return of_lines([line for line in head.split(b"\n")[:-1] or [head] if not is_utf8(line)]), 0


def of_lines(lines: list[bytes]) -> str | None:
    """Encoding that lines which are not UTF-8 show together; None when they do not show any."""
    sample: list[bytes] = []
    size = evidence = 0
    for line in lines:
        piece = line[: _SAMPLE_BYTES - size]
        sample.append(piece)
        size += len(piece)
        evidence += len(piece) - len(piece.translate(None, _HIGH))
        if size >= _SAMPLE_BYTES:
            break
    if evidence < _EVIDENCE:
        return None
    from charset_normalizer import from_bytes  # takes a while to load, and few sources need it

    best = from_bytes(b"\n".join(sample), cp_isolation=_CANDIDATES).best()
    return _NAMES.get(best.encoding, best.encoding) if best is not None else None


_HIGH: Final = bytes(range(128, 256))


def is_utf8(line: bytes) -> bool:
    """Whether a line is UTF-8."""
    if line.isascii():
        return True
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def decoded(line: bytes, name: str) -> bytes:
    """A line of an encoding as UTF-8."""
    return line.decode(_CODECS.get(name, name), "replace").encode("utf-8")


def as_utf8(data: bytes, name: str | None) -> bytes:
    """The start of a source, or all of it, as UTF-8, for recognising it.

    Parameters
    ----------
    data
        Bytes from the very start.
    name
        From `of_head`.
    """
    for mark, _ in MARKS:
        data = data.removeprefix(mark)
    if name is not None and name.startswith("utf-16"):
        return data.decode(name, "replace").encode("utf-8", "replace")
    if data.isascii():
        return data
    if name is None:
        return data
    return b"\n".join([line if is_utf8(line) else decoded(line, name) for line in data.split(b"\n")])
