"""Line drawings as SVG: axes, lines, bands and bars by class, so that a page gives them its own colours.

A drawing holds numbers, the ticks of its axes and the names of its axes, escaped; no script, no link, no font.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

__all__ = ["HEIGHT", "PRINTED", "WIDE", "WIDTH", "Plot"]

WIDTH: Final = 480
HEIGHT: Final = 300
WIDE: Final = (960, 270)
"""Width and height of a drawing that takes the whole width of a page."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 20, 16, 58

PRINTED: Final = """
text{font-family:"Assay Sans TC","Assay Sans";fill:#1b1c1e}
.plot-axis{stroke:#595c62;stroke-width:1;fill:none}.plot-grid{stroke:#d9d9d4;stroke-width:1;fill:none}
.plot-a{stroke:#1c5ca8;stroke-width:2.5;fill:none}
.plot-b{stroke:#a4480a;stroke-width:2.5;fill:none;stroke-dasharray:8 5}
.plot-band{fill:#1c5ca8;fill-opacity:.2;stroke:none}.plot-bar{fill:#1c5ca8;stroke:none}
.plot-mark{stroke:#1b1c1e;stroke-width:2;fill:none}.plot-dot{fill:#1b1c1e;stroke:#fff;stroke-width:2}
"""
"""The colours of paper; pages of HTML bring their own."""


@dataclass
class Plot:
    """A drawing in the making.

    Parameters
    ----------
    x, y : (float, float)
        Ends of the axes.
    across, up : str
        What they stand for.
    size : (int, int)
        Width and height of the drawing.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    across: str
    up: str
    size: tuple[int, int] = (WIDTH, HEIGHT)
    _marks: list[str] = field(default_factory=list)

    def line(self, xs: Sequence[float], ys: Sequence[float], kind: str) -> None:
        """A line through points; `kind` is a class."""
        points = " ".join(f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in zip(xs, ys, strict=True))
        self._marks.append(f'<polyline class="{kind}" points="{points}"/>')

    def band(self, xs: Sequence[float], low: Sequence[float], high: Sequence[float]) -> None:
        """The area between two lines."""
        there = [f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in zip(xs, high, strict=True)]
        back = [f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in zip(xs, low, strict=True)]
        self._marks.append(f'<polygon class="plot-band" points="{" ".join((*there, *reversed(back)))}"/>')

    def upright(self, x: float) -> None:
        """A line across the whole height."""
        at = self._x(x)
        self._marks.append(f'<path class="plot-mark" d="M{at:.1f} {_TOP}V{self.size[1] - _BOTTOM}"/>')

    def dot(self, x: float, y: float) -> None:
        """A point."""
        self._marks.append(f'<circle class="plot-dot" cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" r="6"/>')

    def point(self, x: float, y: float) -> None:
        """A small point on a line: here it was looked at."""
        self._marks.append(f'<circle class="plot-bar" cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" r="3"/>')

    def bars(self, edges: Sequence[float], values: Sequence[float]) -> None:
        """Bars from zero, one between each two edges."""
        floor = self._y(max(0.0, self.y[0]))
        for left, right, value in zip(edges[:-1], edges[1:], values, strict=True):
            top, begin, end = self._y(value), self._x(left), self._x(right)
            width, height = max(end - begin - 1, 1.0), max(floor - top, 0.0)
            self._marks.append(
                f'<rect class="plot-bar" x="{begin:.1f}" y="{top:.1f}" '
                f'width="{width:.1f}" height="{height:.1f}"/>'
            )

    def drawn(self, x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]]) -> str:
        """The SVG document.

        Parameters
        ----------
        x_ticks, y_ticks
            Places and their labels.
        """
        bottom, right = self.size[1] - _BOTTOM, self.size[0] - _RIGHT
        grid, labels = [], []
        for value, label in x_ticks:
            at = self._x(value)
            grid.append(f'<path class="plot-grid" d="M{at:.1f} {_TOP}V{bottom}"/>')
            labels.append(
                f'<text x="{at:.1f}" y="{bottom + 20}" text-anchor="middle" font-size="14">{escape(label)}</text>'
            )
        for value, label in y_ticks:
            at = self._y(value)
            grid.append(f'<path class="plot-grid" d="M{_LEFT} {at:.1f}H{right}"/>')
            labels.append(
                f'<text x="{_LEFT - 10}" y="{at + 5:.1f}" text-anchor="end" font-size="14">{escape(label)}</text>'
            )
        middle = (_TOP + bottom) / 2
        across = (
            f'<text x="{(_LEFT + right) / 2}" y="{self.size[1] - 12}" text-anchor="middle" font-size="15">'
        )
        turned = f'<text transform="translate(16 {middle}) rotate(-90)" text-anchor="middle" font-size="15">'
        names = f"{across}{escape(self.across)}</text>{turned}{escape(self.up)}</text>"
        axes = f'<path class="plot-axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
        size = f'viewBox="0 0 {self.size[0]} {self.size[1]}" width="{self.size[0]}" height="{self.size[1]}"'
        body = f"{''.join(grid)}{''.join(self._marks)}{axes}{''.join(labels)}{names}"
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>'

    def _x(self, value: float) -> float:
        share = (value - self.x[0]) / (self.x[1] - self.x[0] or 1.0)
        return _LEFT + min(max(share, 0.0), 1.0) * (self.size[0] - _LEFT - _RIGHT)

    def _y(self, value: float) -> float:
        share = (value - self.y[0]) / (self.y[1] - self.y[0] or 1.0)
        return self.size[1] - _BOTTOM - min(max(share, 0.0), 1.0) * (self.size[1] - _TOP - _BOTTOM)
