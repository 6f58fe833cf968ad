"""Hard negatives: what real photos go through and stay real, from retouching and denoising to other formats.

A detector that has seen only untouched photos takes every polished one for generated. Each change here is one that
people, phones and programs do to photos every day, with classical means only: no network draws a single pixel. A change
leaves traces of its own, so the twin of a photo is given the same change: else the change would come to mean "real".

Changes that keep every pixel (PNG, lossless WebP) are absent: the pipeline forgets formats, so nothing would change.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from .launder import Pixels, resaved

Floats = NDArray[np.float32]
Change = Callable[[Pixels, np.random.Generator], Pixels]

SMALLEST = 224
"""No change makes the shorter side smaller than this, in pixels; a photo that was smaller keeps its size or grows."""

CHAINED = 0.35
"""Share of the draws that chain two changes of different families."""


@dataclass(frozen=True, slots=True)
class Negative:
    """One named change that a real photo survives as real.

    Attributes
    ----------
    name
        What tables call it.
    family
        `retouch`, `enlarge`, `denoise`, `sharpen`, `capture` or `format`; a chain never has two of one family.
    change
        Maps a picture and a generator, which draws the strength, to a picture.
    """

    name: str
    family: str
    change: Change

    def apply(self, rgb: Pixels, rng: np.random.Generator) -> Pixels:
        """Change one photo, (height, width, 3), 0..255; the size may differ, see `SMALLEST`.

        The same pixels and the same state of `rng` give the same result.
        """
        return np.ascontiguousarray(self.change(np.ascontiguousarray(rgb), rng))


def hard_negative(rgb: Pixels, rng: np.random.Generator) -> tuple[str, Pixels]:
    """Draw a change, or a chain of two, and apply it.

    Parameters
    ----------
    rgb
        A real photo, (height, width, 3), 0..255.
    rng
        Decides which and how strong.

    Returns
    -------
    The name, ``one`` or ``one+two`` in the order of application, and the changed photo.
    """
    everyone = list(NEGATIVES.values())
    # The same draws whatever comes of them, so that the state of `rng` afterwards does not depend on the chain.
    first, second = (everyone[int(number)] for number in rng.integers(len(everyone), size=2))
    chain = [first]
    if rng.random() < CHAINED and first.family != second.family:
        # Saving in a format comes last, as it does in life.
        chain = sorted((first, second), key=lambda one: one.family == "format")
    for one in chain:
        rgb = one.apply(rgb, rng)
    return "+".join(one.name for one in chain), rgb


def _unit(rgb: Pixels) -> Floats:
    return np.divide(rgb, 255, dtype=np.float32)


def _bytes(values: NDArray[np.floating]) -> Pixels:
    return np.asarray(np.rint(np.clip(values, 0, 1) * 255), dtype=np.uint8)


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _blurred(values: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), dtype=np.float32)


def _luma(values: Floats) -> Floats:
    return np.asarray(values @ np.array([0.299, 0.587, 0.114], dtype=np.float32))


def _scaled(rgb: Pixels, low: float, high: float, rng: np.random.Generator) -> Pixels:
    """Resample both sides by a factor between the two, with a classical kernel."""
    height, width = rgb.shape[:2]
    factor = max(_between(rng, low, high), min(1.0, SMALLEST / min(height, width)))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    kernels = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
    return np.asarray(Image.fromarray(rgb).resize(size, kernels[int(rng.integers(len(kernels)))]))


def _tone(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Contrast around a middle, gamma, lifted blacks: one curve for all channels."""
    x = np.linspace(0, 1, 256, dtype=np.float64) ** _between(rng, 0.75, 1.3)
    slope = _between(rng, 2.0, 7.0)
    bent = 1 / (1 + np.exp(-slope * (x - _between(rng, 0.4, 0.6))))
    bent = (bent - bent[0]) / (bent[-1] - bent[0])
    share, black, white = _between(rng, 0.3, 0.9), _between(rng, 0.0, 0.08), _between(rng, 0.94, 1.0)
    curve = black + (white - black) * ((1 - share) * x + share * bent)
    return np.asarray(cv2.LUT(rgb, _bytes(curve.astype(np.float32))), dtype=np.uint8)


def _saturation(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """More colour, less where there is much already (vibrance), or somewhat less."""
    values = _unit(rgb)
    amount = _between(rng, 0.15, 0.7) if rng.random() < 0.75 else _between(rng, -0.6, -0.15)
    chroma = values.max(axis=2, keepdims=True) - values.min(axis=2, keepdims=True)
    grey = _luma(values)[..., None]
    return _bytes(grey + (values - grey) * (1 + amount * (1 - chroma)))


def _grading(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """One tint for the shadows, its rough opposite for the lights, and a white balance."""
    values = _unit(rgb)
    tint = rng.uniform(-0.09, 0.09, 3).astype(np.float32)
    gain = rng.uniform(0.92, 1.08, 3).astype(np.float32)
    light = _luma(values)[..., None]
    return _bytes(values * gain + tint * (1 - light) ** 2 - tint * _between(rng, 0.3, 1.0) * light**2)


def _clarity(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Local contrast: an unsharp mask of wide radius on the middle tones."""
    values = _unit(rgb)
    light = _luma(values)
    wide = _blurred(light, _between(rng, 0.015, 0.05) * min(rgb.shape[:2]))
    middle = 1 - np.abs(2 * light - 1) ** 2
    return _bytes(values + (_between(rng, 0.2, 0.8) * middle * (light - wide))[..., None])


def _equalised(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Contrast-limited adaptive histogram equalisation of the luma, mixed in: the "HDR" look of phones."""
    parts = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    tiles = int(rng.integers(3, 9))
    even = cv2.createCLAHE(clipLimit=_between(rng, 1.2, 3.0), tileGridSize=(tiles, tiles)).apply(
        parts[..., 0]
    )
    parts[..., 0] = cv2.addWeighted(parts[..., 0], 0.5, even, 0.5, 0)
    return np.asarray(cv2.cvtColor(parts, cv2.COLOR_YCrCb2RGB), dtype=np.uint8)


def _vignette(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Corners darker than the middle."""
    height, width = rgb.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    fall = 1 - _between(rng, 0.15, 0.55) * ((x**2 + y**2) / 2) ** _between(rng, 0.8, 1.8)
    return _bytes(_unit(rgb) * fall[..., None])


def _grain(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Film grain: noise of the luma with a size of its own, strongest in the middle tones."""
    noise = rng.normal(0, 1, rgb.shape[:2]).astype(np.float32)
    noise = _blurred(noise, _between(rng, 0.3, 1.1))
    values = _unit(rgb)
    middle = 0.4 + 0.6 * (1 - np.abs(2 * _luma(values) - 1))
    return _bytes(values + (noise / noise.std() * _between(rng, 0.01, 0.04) * middle)[..., None])


def _stock(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A polished stock photo: cleaned of noise, clear, colourful, bent and sharpened, in that order."""
    for change in (_bilateral, _clarity, _tone, _saturation, _sharpened):
        rgb = change(rgb, rng)
    return rgb


def _enlarged(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    return _scaled(rgb, 1.3, 2.0, rng)


def _zoomed(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Digital zoom: enlarge and cut a part of the old size out."""
    height, width = rgb.shape[:2]
    large = _scaled(rgb, 1.3, 2.0, rng)
    top = int(rng.integers(large.shape[0] - height + 1))
    left = int(rng.integers(large.shape[1] - width + 1))
    return large[top : top + height, left : left + width]


def _non_local(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Non-local means on the luma, a wider blur on the colour, which eyes forgive."""
    parts = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    luma = cv2.fastNlMeansDenoising(np.ascontiguousarray(parts[..., 0]), None, _between(rng, 3, 10), 5, 11)
    colour = cv2.GaussianBlur(parts[..., 1:], (0, 0), _between(rng, 0.8, 2.5))
    return np.asarray(cv2.cvtColor(np.dstack([luma, colour]), cv2.COLOR_YCrCb2RGB), dtype=np.uint8)


def _bilateral(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    done = cv2.bilateralFilter(rgb, 7, _between(rng, 10, 35), _between(rng, 1.5, 4))
    return np.asarray(done, dtype=np.uint8)


def _median(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    done = cv2.medianBlur(rgb, 3 if rng.random() < 0.75 else 5)
    share = _between(rng, 0.5, 1.0)
    return np.asarray(cv2.addWeighted(done, share, rgb, 1 - share, 0), dtype=np.uint8)


def _night(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Night mode: a dim noisy frame, stacked and lifted, then cleaned hard and sharpened."""
    gain = _between(rng, 0.15, 0.4)
    frames = int(rng.integers(3, 9))
    # The mean of n frames has noise of 1 / sqrt(n); photons make it grow with the root of the light.
    dim = _unit(rgb) * gain
    noise = rng.standard_normal(rgb.shape, dtype=np.float32) * np.sqrt(4e-4 * dim / frames)
    lifted = _bytes(np.maximum((dim + noise) / gain, 0) ** np.float32(_between(rng, 0.75, 1.0)))
    return _sharpened(_non_local(lifted, rng), rng)


def _sharpened(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Unsharp mask, from fine to wide enough for halos."""
    values = _unit(rgb)
    radius = float(np.exp(rng.uniform(np.log(0.5), np.log(3.0))))
    return _bytes(values + _between(rng, 0.3, 1.3) * (values - _blurred(values, radius)))


def _beauty(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Smooth surfaces within edges, give some fine texture back, let the lights glow."""
    smooth = rgb
    for _ in range(int(rng.integers(1, 3))):
        done = cv2.bilateralFilter(smooth, 9, _between(rng, 25, 60), _between(rng, 3, 7))
        smooth = np.asarray(done, dtype=np.uint8)
    values, base = _unit(rgb), _unit(smooth)
    base = base + _between(rng, 0.1, 0.5) * (values - _blurred(values, 1.2))
    glow = _blurred(base, 0.02 * min(rgb.shape[:2]))
    share = _between(rng, 0.0, 0.25)
    return _bytes((1 - share) * base + share * (1 - (1 - base) * (1 - glow)))


def _screenshot(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A photo as a screen showed it: resampled to whatever the window was, with the screen's slight gamma."""
    shown = _scaled(rgb, 0.7, 1.4, rng)
    return _bytes(_unit(shown) ** np.float32(_between(rng, 0.9, 1.12)))


def _scan(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A print on a scanner: a trifle askew and soft, paper instead of white, ink instead of black."""
    height, width = rgb.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), _between(rng, -1.2, 1.2), 1.04)
    flat = cv2.warpAffine(rgb, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    soft = _blurred(_unit(np.asarray(flat, dtype=np.uint8)), _between(rng, 0.4, 1.0))
    paper, ink = rng.uniform(0.9, 1.0, 3).astype(np.float32), rng.uniform(0.03, 0.1, 3).astype(np.float32)
    noise = rng.standard_normal(rgb.shape, dtype=np.float32) * np.float32(_between(rng, 0.004, 0.012))
    return _bytes(ink + (paper - ink) * soft + noise)


def _webp(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    return resaved(rgb, "WEBP", quality=int(rng.integers(60, 96)), method=4)


def _avif(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    # One thread: the encoder cuts the picture by threads, and the result would depend on the machine.
    return resaved(rgb, "AVIF", quality=int(rng.integers(55, 91)), speed=8, max_threads=1)


def _heic(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    stream, options = io.BytesIO(), {"preset": "ultrafast"}
    picture = pillow_heif.from_pillow(Image.fromarray(rgb))
    picture.save(stream, quality=int(rng.integers(50, 91)), enc_params=options)
    stream.seek(0)
    return np.asarray(pillow_heif.open_heif(stream).to_pillow().convert("RGB"))


_FAMILIES: Mapping[str, Mapping[str, Change]] = {
    "retouch": {
        "tone": _tone, "saturation": _saturation, "grading": _grading, "clarity": _clarity, "equalised": _equalised,
        "vignette": _vignette, "grain": _grain, "stock": _stock, "beauty": _beauty,
    },
    "enlarge": {"enlarged": _enlarged, "zoomed": _zoomed},
    "denoise": {"non-local-means": _non_local, "bilateral": _bilateral, "median": _median, "night": _night},
    "sharpen": {"sharpened": _sharpened},
    "capture": {"screenshot": _screenshot, "scan": _scan},
    "format": {"webp": _webp, "avif": _avif, "heic": _heic},
}  # fmt: skip

NEGATIVES: Mapping[str, Negative] = {
    name: Negative(name, family, change)
    for family, members in _FAMILIES.items()
    for name, change in members.items()
}
"""Every change by name."""
