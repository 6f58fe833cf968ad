"""The certificates of a time stamp in the order that DER wants.

OpenSSL, which many stamp servers run on, sends them in the order of its chain. They lie in a set outside of what is
signed, so that sorting changes nothing that is checked; a strict reader refuses them otherwise.
"""

from collections.abc import Iterator

__all__ = ["sort_certificates"]

_SEQUENCE = 0x30
_FIRST = 0xA0
"""``[0]``: the content of a ContentInfo, and the certificates of a SignedData."""


def sort_certificates(reply: bytes) -> bytes:
    """A TimeStampResp with the set of its certificates sorted; as it was where that is not found.

    Parameters
    ----------
    reply
        DER. Nothing of it is believed but where things begin and end.
    """
    try:
        (whole,) = list(_children(reply, 0, len(reply)))
        token = list(_children(reply, *whole[1:]))[1]
        content = list(_children(reply, *token[1:]))[1]
        (signed,) = list(_children(reply, *content[1:]))
        kinds = [whole[0], token[0], content[0], signed[0]]
        (held,) = [part for part in _children(reply, *signed[1:]) if part[0] == _FIRST]
        if kinds != [_SEQUENCE, _SEQUENCE, _FIRST, _SEQUENCE]:
            return reply
        _, start, stop = held
        pieces, at = [], start
        for _, _, end in _children(reply, start, stop):
            pieces.append(reply[at:end])
            at = end
    except (ValueError, IndexError):
        return reply
    return reply[:start] + b"".join(sorted(pieces)) + reply[stop:]


def _children(data: bytes, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Tag of each element within a stretch, and where its content begins and ends."""
    while start < stop:
        tag, length, at = data[start], data[start + 1], start + 2
        if length & 0x80:
            count = length & 0x7F
            if not 0 < count <= 4:
                raise ValueError("no definite length")
            length = int.from_bytes(data[at : at + count])
            at += count
        if at + length > stop:
            raise ValueError("longer than what holds it")
        yield tag, at, at + length
        start = at + length
