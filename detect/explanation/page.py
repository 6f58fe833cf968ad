"""A white page to draw on: text that wraps, panels with a frame, and nothing that needs a display or a font file."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..forge.launder import Pixels

__all__ = ["FAINT", "INK", "PAPER", "Page", "font"]

INK, PAPER, FAINT = (24, 24, 28), (255, 255, 255), (96, 96, 104)

_BADGE = 22


@lru_cache(maxsize=8)
def font(size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    """The font of all drawings in a size."""
    return ImageFont.load_default(size=size)


class Page:
    """A page of fixed width whose height is found while drawing; what lies below the last mark is cut off.

    Parameters
    ----------
    width, height : int
        In pixels; the height is the most that there can be.
    """

    def __init__(self, width: int, height: int) -> None:
        self._image = Image.new("RGB", (width, height), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self.lowest = 0

    def text(self, x: int, y: int, text: str, *, size: int = 15, width: int, faint: bool = False) -> int:
        """Write text wrapped to `width` pixels; returns where the next line would begin."""
        for line in self._wrapped(text, size, width):
            self._draw.text(
                (x, y),
                line.replace("\N{NO-BREAK SPACE}", " "),
                fill=FAINT if faint else INK,
                font=font(size),
            )
            y += round(size * 1.35)
        self.lowest = max(self.lowest, y)
        return y

    def centred(self, x: int, y: int, text: str, *, size: int = 13, anchor: str = "ma") -> None:
        """One line at a point; `anchor` as in Pillow."""
        self._draw.text((x, y), text, fill=INK, font=font(size), anchor=anchor)
        self.lowest = max(self.lowest, y + round(size * 1.35))

    def panel(
        self, x: int, y: int, pixels: Pixels, frame: tuple[int, int, int] = FAINT, wide: int = 1
    ) -> int:
        """Lay a picture on the page with a frame around it; returns where what is below may begin."""
        height, width = int(pixels.shape[0]), int(pixels.shape[1])
        self._image.paste(Image.fromarray(pixels), (x, y))
        self._draw.rectangle(
            (x - wide, y - wide, x + width - 1 + wide, y + height - 1 + wide), outline=frame, width=wide
        )
        self.lowest = max(self.lowest, y + height)
        return y + height

    def outline(self, box: tuple[int, int, int, int], label: str) -> None:
        """A square that can be seen on any ground, and a badge in its upper left corner, outside of a small square."""
        left, top, right, bottom = box
        self._draw.rectangle((left, top, right, bottom), outline=INK, width=4)
        self._draw.rectangle((left + 1, top + 1, right - 1, bottom - 1), outline=PAPER, width=2)
        x = max(0, left - _BADGE) if right - left < 3 * _BADGE else left
        self._draw.rectangle((x, top, x + _BADGE, top + _BADGE), fill=PAPER, outline=INK)
        self._draw.text((x + _BADGE // 2, top + _BADGE // 2), label, fill=INK, font=font(16), anchor="mm")

    def finished(self, margin: int) -> Pixels:
        """The page down to its lowest mark and a margin, uint8 (height, width, 3)."""
        height = min(self._image.height, self.lowest + margin)
        return np.asarray(self._image.crop((0, 0, self._image.width, height)), dtype=np.uint8)

    def _wrapped(self, text: str, size: int, width: int) -> list[str]:
        lines: list[str] = []
        # A number and its per cent sign stay together.
        for word in text.replace(" %", "\N{NO-BREAK SPACE}%").split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self._draw.textlength(longer, font=font(size)) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines
