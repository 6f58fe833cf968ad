"""What a viewer shows of a decoded picture: 8 bits a channel, on white where it is transparent, in sRGB.

Runs inside the bounded child. Everything is done strip by strip, so that a picture of a hundred megapixels is in memory
once; what was done is said in notes.
"""

from collections.abc import Callable, Iterator
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

__all__ = ["Shown", "profile_name", "show"]

_STRIP_ROWS = 256
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_CLEAR = ("RGBA", "LA", "La", "RGBa", "PA")
Step = Callable[[Image.Image], Image.Image]


class Shown:
    """A picture on its way to sRGB.

    Parameters
    ----------
    picture : Image.Image
        Decoded, in any mode.
    steps : list of callables
        What is done to each strip in turn; the last gives RGB.
    """

    def __init__(self, picture: Image.Image, steps: list[Step]) -> None:
        self._picture = picture
        self._steps = steps

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, in pixels."""
        return self._picture.size

    def turn(self, method: Image.Transpose) -> None:
        """Turn or mirror it."""
        self._picture = self._picture.transpose(method)

    def strips(self) -> Iterator[bytes]:
        """The bytes of the rows from top to bottom, uint8 RGB."""
        for strip in _strips(self._picture):
            for step in self._steps:
                strip = step(strip)
            yield strip.tobytes()


def show(picture: Image.Image, profile: object, notes: list[str]) -> Shown:
    """How a picture is shown.

    Parameters
    ----------
    picture : Image.Image
        Decoded, in any mode.
    profile : object
        Its ICC profile as bytes; anything else counts as none.
    notes : list of str
        Gets the codes of what is done.
    """
    steps: list[Step] = []
    mode = picture.mode
    if mode in _DEEP:
        steps.append(_to_eight_bits(picture, notes))
        mode = "L"
    elif mode in ("P", "1", "PA") or ("transparency" in picture.info and mode in ("L", "RGB")):
        mode = "RGBA" if "transparency" in picture.info or mode == "PA" else "RGB"
        steps.append(_converted(mode))
    elif mode in _CLEAR and mode != "RGBA":
        mode = "RGBA"
        steps.append(_converted(mode))
    if mode == "RGBA":
        if _is_clear(picture, steps):
            notes.append("transparency-on-white")
            steps.append(_on_white)
        else:
            steps.append(_converted("RGB"))
        mode = "RGB"
    if mode == "LAB":
        lab = ImageCms.buildTransform(
            ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
        )
        notes.append("from-lab")
        return Shown(picture, [_transformed(lab)])
    if mode not in ("RGB", "L", "CMYK"):
        steps.append(_converted("RGB"))
        mode = "RGB"
    transform = _transform(mode, profile, notes)
    if mode == "CMYK":
        notes.append("from-cmyk")
    steps.append(_converted("RGB") if transform is None else _transformed(transform))
    return Shown(picture, steps)


def _strips(picture: Image.Image) -> Iterator[Image.Image]:
    for top in range(0, picture.height, _STRIP_ROWS):
        yield picture.crop((0, top, picture.width, min(top + _STRIP_ROWS, picture.height)))


def _converted(mode: str) -> Step:
    return lambda strip: strip if strip.mode == mode else strip.convert(mode)


def _transformed(transform: ImageCms.ImageCmsTransform) -> Step:
    def step(strip: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(strip, transform)
        return strip.convert("RGB") if converted is None else converted

    return step


def _is_clear(picture: Image.Image, steps: list[Step]) -> bool:
    """Whether any pixel is not opaque."""
    for strip in _strips(picture):
        for step in steps:
            strip = step(strip)
        low, _ = strip.getchannel("A").getextrema()
        if isinstance(low, int | float) and low < 255:
            return True
    return False


def _on_white(strip: Image.Image) -> Image.Image:
    white = Image.new("RGBA", strip.size, "white")
    white.alpha_composite(strip)
    return white.convert("RGB")


def _to_eight_bits(picture: Image.Image, notes: list[str]) -> Step:
    if picture.mode.startswith("I;16"):
        notes.append("from-16-bit")
        return lambda strip: Image.fromarray((np.asarray(strip) >> 8).astype(np.uint8))
    notes.append("from-32-bit")
    ends = [(float(values.min()), float(values.max())) for values in map(_finite, _strips(picture))]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    if low >= 0 and high > 0 and picture.mode == "I" and high <= 65535:
        low, high = 0.0, 65535.0 if high > 255 else 255.0
    factor = 255.0 / (high - low) if high > low else 0.0

    def step(strip: Image.Image) -> Image.Image:
        return Image.fromarray(np.clip((_finite(strip) - low) * factor + 0.5, 0, 255).astype(np.uint8))

    return step


def _finite(strip: Image.Image) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.nan_to_num(np.asarray(strip).astype(np.float32), posinf=0.0, neginf=0.0)


def _profile(profile: object) -> ImageCms.ImageCmsProfile | None:
    if not isinstance(profile, bytes) or not profile:
        return None
    try:
        return ImageCms.ImageCmsProfile(BytesIO(profile))
    except Exception:
        return None


def profile_name(profile: object) -> str | None:
    """Name that an ICC profile gives itself; None when there is none that can be read."""
    opened = _profile(profile)
    if opened is None:
        return None
    try:
        return ImageCms.getProfileDescription(opened).strip()[:200]
    except Exception:
        return "unnamed"


def _transform(mode: str, profile: object, notes: list[str]) -> ImageCms.ImageCmsTransform | None:
    source = _profile(profile)
    if source is None or "srgb" in (profile_name(profile) or "").lower():
        if profile and source is None:
            notes.append("profile-unreadable")
        return None
    try:
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except Exception:
        # A profile of another colour space than the pixels: viewers ignore it too.
        notes.append("profile-ignored")
        return None
    notes.append("colours-to-srgb")
    return transform
