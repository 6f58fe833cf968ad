"""Faces as the decoder of a latent auto-encoder draws them: the texture that a generator would leave. Kept on disk."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..latent import LatentAutoEncoder
from ..launder import Pixels
from .portraits import Portrait

_EVERY = 100


def redraw(
    portraits: Sequence[Portrait], weights: Path, cache: Path, say: Callable[[str], None]
) -> list[Pixels]:
    """Draw each portrait again; what was drawn before is taken from the cache, by its content.

    Parameters
    ----------
    portraits
        What to draw.
    weights
        Folder of the auto-encoder, see `latent`.
    cache
        Folder that ``redrawn`` is made in.
    say
        Told about every hundredth.
    """
    folder = cache / "redrawn"
    folder.mkdir(parents=True, exist_ok=True)
    network: LatentAutoEncoder | None = None
    made = []
    for number, portrait in enumerate(portraits):
        key = hashlib.blake2b(portrait.pixels.tobytes(), digest_size=16).hexdigest()
        path = folder / f"{key}.png"
        if not path.is_file():
            network = network or LatentAutoEncoder.open(weights)
            part = path.with_suffix(".part")
            Image.fromarray(network.redraw(portrait.pixels)).save(part, "PNG")
            part.replace(path)
        with Image.open(path) as picture:
            made.append(np.asarray(picture.convert("RGB")))
        if (number + 1) % _EVERY == 0:
            say(f"{number + 1} of {len(portraits)} faces drawn again")
    return made
