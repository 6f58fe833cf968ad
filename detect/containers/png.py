"""The chunks of a PNG."""

from .structure import Structure, follow

__all__ = ["MOST_MANIFEST", "read_png"]

MOST_MANIFEST = 4 * 1024 * 1024
"""Most bytes of Content Credentials that are kept for the words in them."""


def read_png(data: bytes, frames: int) -> Structure:
    """Structure of a PNG; `frames` bounds the number of frames that it may claim to have."""
    found = Structure(ends=False, pictures=1)
    manifests: list[bytes] = []
    held = 0
    at = 8
    animated = shown_apart = False
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        if name == b"IHDR" and at == 8:
            found.bits = data[at + 16] if len(data) > at + 16 and data[at + 16] in (1, 2, 4, 8, 16) else 8
        elif name == b"acTL":
            animated = True
            found.pictures = max(1, min(int.from_bytes(data[at + 8 : at + 12], "big"), frames))
        elif name == b"fcTL":
            shown_apart = True
        elif name == b"IDAT" and animated and not shown_apart:
            # The picture that is shown is none of the animation.
            found.pictures, shown_apart = min((found.pictures or 0) + 1, frames), True
        elif name == b"cICP" and length == 4:
            found.primaries, found.transfer = data[at + 8], data[at + 9]
        elif name == b"caBX" and held < MOST_MANIFEST:
            manifests.append(data[at + 8 : at + 8 + min(length, MOST_MANIFEST)])
            held += len(manifests[-1])
        at += 12 + length
        if name == b"IEND":
            found.ends = at <= len(data)
            follow(found, data, at)
            break
    found.manifest = b"".join(manifests)[:MOST_MANIFEST]
    return found
