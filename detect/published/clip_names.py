"""Names of the tensors of CLIP's image tower, in each of the layouts that it is published in, as one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .description import DescriptionInvalid

__all__ = ["tower"]

Tensors = Mapping[str, NDArray[Any]]

_BLOCK = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}
_TOP = {
    "embeddings.class_embedding": "class_embedding",
    "embeddings.patch_embedding.weight": "conv1.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
    "pre_layrnorm.weight": "ln_pre.weight",
    "pre_layrnorm.bias": "ln_pre.bias",
    "post_layernorm.weight": "ln_post.weight",
    "post_layernorm.bias": "ln_post.bias",
}


def tower(tensors: Tensors) -> dict[str, NDArray[Any]]:
    """The image tower alone, under the names of OpenAI's release; the text tower is left out.

    Parameters
    ----------
    tensors
        A whole CLIP, or its image tower: OpenAI's or open_clip's layout (``visual.conv1.weight``), or that of
        transformers (``vision_model.embeddings...`` and ``visual_projection.weight``).

    Raises
    ------
    DescriptionInvalid
        It is neither.
    """
    if "visual.conv1.weight" in tensors:
        return {
            key.removeprefix("visual."): value for key, value in tensors.items() if key.startswith("visual.")
        }
    if "conv1.weight" in tensors and "class_embedding" in tensors:
        return dict(tensors)
    if "vision_model.embeddings.class_embedding" in tensors:
        return _of_transformers(tensors)
    raise DescriptionInvalid(
        "the tower has tensors of no known layout of CLIP: take the weights of OpenAI's release, open_clip or "
        "transformers (the archive that OpenAI's own package downloads is a program: take its safetensors)"
    )


def _of_transformers(tensors: Tensors) -> dict[str, NDArray[Any]]:
    made: dict[str, NDArray[Any]] = {}
    parts: dict[tuple[str, str], dict[str, NDArray[Any]]] = {}
    for key, value in tensors.items():
        if key == "visual_projection.weight":
            made["proj"] = np.ascontiguousarray(value.T)
        name = key.removeprefix("vision_model.")
        if name == key or name.endswith("position_ids"):
            continue
        if name in _TOP:
            made[_TOP[name]] = value
            continue
        _, _, number, inner = (name.split(".", 3) + [""] * 3)[:4]
        stem, _, kind = inner.rpartition(".")
        block = f"transformer.resblocks.{number}"
        if stem in _BLOCK:
            made[f"{block}.{_BLOCK[stem]}.{kind}"] = value
        elif stem in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"):
            parts.setdefault((block, kind), {})[stem[10]] = value
        else:
            raise DescriptionInvalid(f"the tower has the unknown tensor {key[:100]!r}")
    for (block, kind), three in parts.items():
        if set(three) != set("qkv"):
            raise DescriptionInvalid(f"the attention of {block} is not whole")
        made[f"{block}.attn.in_proj_{kind}"] = np.concatenate([three[one] for one in "qkv"])
    return made
