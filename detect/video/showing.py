"""A decoded frame as a viewer shows it: upright, in sRGB, 8 bits a channel. Runs inside the bounded child."""

import struct
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

__all__ = ["HDR", "Stand", "show", "small", "stand"]

SMALL = (64, 36)
"""Width and height of the small grey copy that frames are compared by."""

HDR = {16: "pq", 18: "hlg"}
"""Transfer functions for bright screens, by their number in ITU-T H.273."""

_HIGH_DEFINITION = 720
_STRAIGHT = 50
_NITS = 203.0
"""Luminance of a white page by ITU-R BT.2408, in cd/m2: what tone mapping makes the white of a common screen."""

# BT.2020 to BT.709 primaries, both linear (ITU-R BT.2087).
_TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], dtype=np.float32
)


@dataclass(frozen=True, slots=True)
class Stand:
    """How a frame is turned and mirrored before it is shown, as its display matrix asks for.

    Attributes
    ----------
    transposed : bool
        Rows become columns, first of all.
    down, across : bool
        Then it is turned upside down, and left to right.
    """

    transposed: bool = False
    down: bool = False
    across: bool = False

    @property
    def mirrored(self) -> bool:
        """Whether what is shown is a mirror image of what is stored."""
        return self.transposed ^ self.down ^ self.across

    @property
    def quarters(self) -> int:
        """Quarter turns counter-clockwise; of a mirrored one, before it is mirrored left to right."""
        across = self.across ^ self.mirrored
        return (1 if self.down else 3) if self.transposed else (2 if across else 0)

    def upright(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame as it is shown."""
        turned = rgb.swapaxes(0, 1) if self.transposed else rgb
        turned = turned[::-1] if self.down else turned
        return np.ascontiguousarray(turned[:, ::-1] if self.across else turned)


def stand(frame: av.VideoFrame) -> Stand:
    """What the display matrix of a frame asks for; angles between quarter turns are left as stored."""
    sides: Any = frame.side_data
    for data in sides:
        if data.type == SideData.DISPLAYMATRIX and len(bytes(data)) >= 36:
            # x' = a x + c y, y' = b x + d y (ISO/IEC 14496-12, 8.3.2).
            a, b, _, c, d = struct.unpack("=9i", bytes(data)[:36])[:5]
            if a and d and max(abs(b), abs(c)) * _STRAIGHT < min(abs(a), abs(d)):
                return Stand(False, d < 0, a < 0)
            if b and c and max(abs(a), abs(d)) * _STRAIGHT < min(abs(b), abs(c)):
                return Stand(True, b < 0, c < 0)
    return Stand()


def show(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """A frame as uint8 (height, width, 3), sRGB, upright; tone-mapped when it was made for bright screens."""
    transfer = HDR.get(int(frame.color_trc))
    stated = ColorRange.JPEG if int(frame.color_range) == ColorRange.JPEG else ColorRange.MPEG
    converted = frame.reformat(
        format="rgb24" if transfer is None else "rgb48le",
        src_colorspace=_matrix(frame),
        src_color_range=stated,
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.BILINEAR | Interpolation.ACCURATE_RND,
        threads=1,
    )
    rgb: NDArray[np.uint8] = (
        np.asarray(converted.to_ndarray(), dtype=np.uint8)
        if transfer is None
        else _toned(np.asarray(converted.to_ndarray(), dtype=np.uint16), transfer)
    )
    return stand(frame).upright(rgb)


def small(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """A grey copy of 64 x 36 pixels, whatever the frame's form."""
    width, height = SMALL
    return np.asarray(
        frame.reformat(width=width, height=height, format="gray", threads=1).to_ndarray(), dtype=np.uint8
    )


def _matrix(frame: av.VideoFrame) -> Colorspace:
    """What the file says, or what players assume by the size when it says nothing."""
    stated = int(frame.colorspace)
    known = {1: Colorspace.ITU709, 5: Colorspace.ITU601, 6: Colorspace.ITU601, 9: Colorspace.BT2020}
    if stated in known:
        return known[stated]
    return Colorspace.ITU709 if min(frame.width, frame.height) >= _HIGH_DEFINITION else Colorspace.ITU601


def _toned(deep: NDArray[np.uint16], transfer: str) -> NDArray[np.uint8]:
    """Linear light in units of a white page, its highlights rolled off, in sRGB."""
    out = np.empty(deep.shape, np.uint8)
    for top in range(0, deep.shape[0], 256):
        signal = deep[top : top + 256].astype(np.float32) / 65535.0
        light = (_pq(signal) if transfer == "pq" else _hlg(signal)) @ _TO_709.T
        light = np.maximum(light, 0.0)
        peak = light.max(axis=-1, keepdims=True)
        # Reinhard's curve with the white at five pages: one gain a pixel, so that hues stay.
        light *= (1.0 + peak / 25.0) / (1.0 + peak)
        bent = np.where(
            light <= 0.0031308, 12.92 * light, 1.055 * np.power(np.maximum(light, 1e-9), 1 / 2.4) - 0.055
        )
        out[top : top + 256] = np.clip(np.rint(bent * 255.0), 0, 255).astype(np.uint8)
    return out


def _pq(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """SMPTE ST 2084: code value to light."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    bent = np.power(signal, 1 / m2)
    light = np.power(np.maximum(bent - c1, 0.0) / (c2 - c3 * bent), 1 / m1)
    return np.asarray(light * (10_000.0 / _NITS), dtype=np.float32)


def _hlg(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """ARIB STD-B67 to the light of a screen of 1,000 cd/m2, without the gamma of the whole system."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3.0, (np.exp((signal - c) / a) + b) / 12.0)
    return np.asarray(scene * (1000.0 / _NITS), dtype=np.float32)
