"""Super-resolution twins: a photo made small and drawn large again by a network.

What the network invents between the pixels is a generator's work, at the photo's own subject and size. The networks
come from a folder, in the layout of ncnn (see `ncnn`); ``docs/training.md`` says where to get them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ...errors import AssayError
from .launder import Pixels
from .ncnn import Graph

_KERNELS = (Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)

ALIGNMENT = 4
"""Networks with two halvings want sides that are a multiple of this, in pixels."""


class SuperResolutionWeightsError(AssayError):
    """The folder holds no network that enlarges pictures."""

    code = "super-resolution-weights"


@dataclass(frozen=True, slots=True)
class SuperResolver:
    """One network that enlarges by a whole factor.

    Attributes
    ----------
    name
        Its path below the folder, without the ending.
    network
        RGB in 0..1 to RGB near 0..1.
    factor
        2, 3 or 4.
    margin
        Pixels of the input, on each side, that the network needs around what it enlarges.
    """

    name: str
    network: Graph
    factor: int
    margin: int

    @classmethod
    def open(cls, path: Path, name: str | None = None) -> "SuperResolver":
        """Read a network and find out its factor and margin by running it.

        Raises
        ------
        NetworkLayoutError
            The files cannot be read.
        SuperResolutionWeightsError
            The network does not map RGB to RGB at 2, 3 or 4 times the size.
        """
        network = Graph.open(path)
        small, large = 16 * ALIGNMENT, 24 * ALIGNMENT
        try:
            with torch.inference_mode():
                one, two = (network(torch.zeros(1, 3, side, side)) for side in (small, large))
        except RuntimeError as error:
            raise SuperResolutionWeightsError(f"{path} does not take RGB pictures: {error}") from error
        factor = (two.shape[-1] - one.shape[-1]) / (large - small)
        margin = (factor * small - one.shape[-1]) / (2 * factor) if factor else -1.0
        if one.shape[1] != 3 or factor not in (2, 3, 4) or margin < 0 or margin != int(margin):
            raise SuperResolutionWeightsError(f"{path} does not enlarge RGB pictures 2, 3 or 4 times")
        return cls(name or path.stem, network, int(factor), int(margin))

    def enlarge(self, rgb: Pixels) -> Pixels:
        """Enlarge one picture, (height, width, 3), 0..255, by the factor.

        Raises
        ------
        FloatingPointError
            The network gave a value that is not finite.
        """
        height, width = rgb.shape[:2]
        below, right = ((-(side + 2 * self.margin)) % ALIGNMENT for side in (height, width))
        sides = ((self.margin, self.margin + below), (self.margin, self.margin + right), (0, 0))
        padded = np.pad(rgb, sides, mode="symmetric")
        x = torch.from_numpy(np.ascontiguousarray(padded)).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            y = self.network(x.contiguous(memory_format=torch.channels_last))[0].permute(1, 2, 0).numpy()
        if not np.isfinite(y).all():
            raise FloatingPointError(f"{self.name} gave values that are not finite")
        y = y[: height * self.factor, : width * self.factor]
        return np.asarray(np.rint(y.clip(0, 1) * 255), dtype=np.uint8)

    def redraw(self, rgb: Pixels, kernel: Image.Resampling) -> Pixels:
        """Shrink a picture by the factor with a classical kernel and enlarge it again, to the very same size."""
        height, width = rgb.shape[:2]
        # Whole multiples, so that neither way moves the picture by a part of a pixel.
        padded = np.pad(
            rgb, ((0, -height % self.factor), (0, -width % self.factor), (0, 0)), mode="symmetric"
        )
        size = (padded.shape[1] // self.factor, padded.shape[0] // self.factor)
        small = np.asarray(Image.fromarray(padded).resize(size, kernel))
        return self.enlarge(small)[:height, :width]


class SuperResolvers:
    """The networks of a folder, one of which redraws a photo.

    Which one follows from the photo alone; large networks are drawn less often, by the root of their size, since most
    of the time would go into them otherwise.
    """

    kind = "superres"

    def __init__(self, networks: Sequence[SuperResolver]) -> None:
        self.networks = tuple(networks)
        sizes = [sum(one.numel() for one in network.network.parameters()) for network in self.networks]
        shares = np.array(sizes, dtype=np.float64) ** -0.5
        self._limits = np.cumsum(shares / shares.sum())

    @classmethod
    def open(cls, folder: Path) -> "SuperResolvers":
        """Read every ``*.param`` with its ``*.bin``, in this folder and below, in the order of their names.

        Raises
        ------
        NetworkLayoutError, SuperResolutionWeightsError
            There is none, or one of them cannot be used.
        """
        paths = sorted(folder.rglob("*.param"))
        if not paths:
            raise SuperResolutionWeightsError(
                f"there is no network (NAME.param, NAME.bin) in {folder}: see docs/training.md for where to get some"
            )
        return cls([SuperResolver.open(p, p.relative_to(folder).with_suffix("").as_posix()) for p in paths])

    def drawn(self, name: str) -> tuple[SuperResolver, Image.Resampling]:
        """The network and the kernel for the photo of that name (any text; its SHA-256 in practice)."""
        rng = np.random.default_rng(list(hashlib.sha256(name.encode()).digest()))
        number = min(int(np.searchsorted(self._limits, rng.random(), side="right")), len(self.networks) - 1)
        return self.networks[number], _KERNELS[int(rng.integers(len(_KERNELS)))]

    def redraw(self, rgb: Pixels, name: str) -> Pixels:
        """Redraw a photo, (height, width, 3), 0..255, at its own size."""
        network, kernel = self.drawn(name)
        return network.redraw(rgb, kernel)
