"""From a picture to the pixels that a published detector takes, as its makers do it: resize, then cut out the middle.

Resizing is Pillow's, which is what torchvision calls for pictures: the same pixels come out, not nearly the same.
"""

from typing import Annotated, Literal, Self

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..media import Pixels

__all__ = ["POLICY", "Crop", "Preprocessing", "Resize", "fits", "taken"]

POLICY = "resize-then-crop"

Side = Annotated[int, Field(ge=1, le=4096)]
Byte = Annotated[int, Field(ge=0, le=255)]

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Resize(_Data):
    """To which size a picture is resized first.

    Attributes
    ----------
    side : int or (int, int)
        Of `edge`, in pixels; height and width where `edge` is ``both``.
    edge : "shorter" | "longer" | "both"
        The other side follows the shape of the picture, rounded down; ``both`` does not keep the shape.
    interpolation : str
        Pillow's filter; it looks at all pixels when it shrinks.
    """

    side: Side | tuple[Side, Side]
    edge: Literal["shorter", "longer", "both"] = "shorter"
    interpolation: Interpolation = "bilinear"

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if isinstance(self.side, tuple) != (self.edge == "both"):
            raise ValueError("side is a pair [height, width] exactly when edge is both")
        return self

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width afterwards."""
        if isinstance(self.side, tuple):
            return self.side
        short, long = sorted((height, width))
        given = short if self.edge == "shorter" else long
        if given == self.side:
            return height, width
        scaled = [
            max(1, self.side if one == given else int(self.side * one / given)) for one in (height, width)
        ]
        return scaled[0], scaled[1]


class Crop(_Data):
    """What is cut out of the middle; where the picture is smaller, it is laid on `fill`, or refused."""

    height: Side
    width: Side
    small: Literal["pad", "refuse"] = "refuse"
    fill: tuple[Byte, Byte, Byte] = (0, 0, 0)


class Preprocessing(_Data):
    """The card's preprocessing of a published detector; anything else is refused rather than ignored.

    Attributes
    ----------
    policy : str
        What tells these cards from others.
    colour : "RGB"
        Of the pixels that the artifact takes; what its network makes of them is in the parameters of its architecture.
    resize : Resize | None
        First, where the makers do so.
    crop : Crop
        Then.
    reencode : None
        No JPEG is made of it, unlike for the artifacts that ship.
    """

    policy: Literal["resize-then-crop"] = "resize-then-crop"
    colour: Literal["RGB"] = "RGB"
    resize: Resize | None = None
    crop: Crop
    reencode: None = None


def fits(asked: Preprocessing, height: int, width: int) -> bool:
    """Whether a picture of this size has pixels enough for the cut."""
    if asked.crop.small == "pad":
        return True
    if asked.resize is not None:
        height, width = asked.resize.size(height, width)
    return height >= asked.crop.height and width >= asked.crop.width


def taken(asked: Preprocessing, rgb: Pixels) -> Pixels:
    """The cut, uint8 (height, width, 3), of a picture for which `fits` holds.

    Parameters
    ----------
    rgb : numpy.ndarray
        uint8 (height, width, 3), upright.
    """
    shown = rgb
    if asked.resize is not None:
        height, width = asked.resize.size(*rgb.shape[:2])
        if (height, width) != rgb.shape[:2]:
            small = Image.fromarray(rgb).resize((width, height), _FILTERS[asked.resize.interpolation])
            shown = np.asarray(small)
    return _middle(shown, asked.crop)


def _middle(rgb: Pixels, crop: Crop) -> Pixels:
    height, width = rgb.shape[:2]
    if height < crop.height or width < crop.width:
        canvas = np.empty((max(height, crop.height), max(width, crop.width), 3), np.uint8)
        canvas[:] = crop.fill
        # Where the rest is odd, the smaller part lies above and to the left.
        top, left = max(0, crop.height - height) // 2, max(0, crop.width - width) // 2
        canvas[top : top + height, left : left + width] = rgb
        rgb, (height, width) = canvas, canvas.shape[:2]
    # Python's rounding to even, as torchvision's.
    top, left = round((height - crop.height) / 2.0), round((width - crop.width) / 2.0)
    return np.ascontiguousarray(rgb[top : top + crop.height, left : left + crop.width])
