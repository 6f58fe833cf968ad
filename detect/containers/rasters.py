"""WebP and BMP: files that state their own length."""

from .structure import Structure, follow

__all__ = ["read_bmp", "read_webp"]


def read_webp(data: bytes, frames: int) -> Structure:
    """Structure of a WebP: the RIFF chunks, of which ``ANMF`` is one frame of an animation."""
    end = 8 + int.from_bytes(data[4:8], "little")
    found = Structure(ends=end <= len(data), pictures=1)
    follow(found, data, end + end % 2)
    count, at = 0, 12
    while at + 8 <= min(end, len(data)) and count < frames:
        count += data[at : at + 4] == b"ANMF"
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    found.pictures = max(1, count)
    return found


def read_bmp(data: bytes) -> Structure:
    """Structure of a BMP: where its rows end, told by their size where it is uncompressed, else by the header."""
    found = Structure(pictures=1)
    header = int.from_bytes(data[14:18], "little")
    if header == 12:
        width, height = (int.from_bytes(data[at : at + 2], "little") for at in (18, 20))
        depth, packing = int.from_bytes(data[24:26], "little"), 0
    else:
        width, height = (int.from_bytes(data[at : at + 4], "little", signed=True) for at in (18, 22))
        depth, packing = int.from_bytes(data[28:30], "little"), int.from_bytes(data[30:34], "little")
    stated = int.from_bytes(data[2:6], "little")
    if packing in (0, 3, 6):
        end = int.from_bytes(data[10:14], "little") + (abs(width) * depth + 31) // 32 * 4 * abs(height)
    else:
        end = stated
    # A colour profile may follow the rows; the length in the header covers it.
    if end <= stated <= len(data):
        end = stated
    follow(found, data, max(end, 14))
    return found
