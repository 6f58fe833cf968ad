"""The blocks of a GIF."""

from .structure import Structure, follow

__all__ = ["read_gif"]

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


def read_gif(data: bytes, frames: int) -> Structure:
    """Structure of a GIF: its frames up to `frames`, and what follows its trailer.

    Beyond `frames` the walk ends: whether there is an end mark then stays unknown.
    """
    found = Structure(ends=False, pictures=0)
    at = 13 + _colours(data[10:11])
    count = 0
    while at < len(data):
        kind = data[at]
        if kind == _TRAILER:
            found.ends = True
            follow(found, data, at + 1)
            break
        if kind == _EXTENSION:
            at = _past_blocks(data, at + 2)
        elif kind == _IMAGE:
            count += 1
            if count >= frames:
                found.ends = None
                break
            at = _past_blocks(data, at + 11 + _colours(data[at + 9 : at + 10]))
        else:
            break
    found.pictures = count
    return found


def _colours(flags: bytes) -> int:
    """Bytes of a colour table."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _past_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1
