"""A classifier of the timm library, with weights of its own layout."""

import re
from typing import Any

from torch import nn

from . import NetworkUnreadable
from .published import Published, arguments, loaded

__all__ = ["ARGUMENTS", "build", "network"]

ARGUMENTS = frozenset(
    {
        "img_size", "patch_size", "embed_dim", "depth", "depths", "num_heads", "mlp_ratio", "global_pool",
        "class_token",
        "reg_tokens", "no_embed_class", "init_values", "qkv_bias", "qk_norm", "pre_norm", "final_norm", "fc_norm",
        "window_size", "dims", "layers", "channels", "widths", "drop_rate", "drop_path_rate", "strict_img_size",
        "dynamic_img_size", "stem_width", "base_width", "cardinality", "head_init_scale", "num_features", "hidden_size",
    }
)  # fmt: skip
"""Arguments of a timm model that an artifact may set: sizes and switches, no file, address or code."""

_MODEL = re.compile(r"[a-z0-9_]{1,100}(\.[a-z0-9_]{1,100})?", re.ASCII)


def network(artifact: Any) -> nn.Module:
    """The network of an artifact of the family ``timm``."""
    core, normalise, sense = arguments(artifact)
    made = build(core["model"], int(core["classes"]), core["arguments"])
    return Published(loaded(made, artifact.tensors("weights")), normalise, sense)


def build(model: str, classes: int, options: dict[str, Any]) -> nn.Module:
    """A timm model without weights: nothing is downloaded, and nothing but its own code runs.

    Raises
    ------
    NetworkUnreadable
        timm is not installed, does not know the model, or an argument is not among `ARGUMENTS`.
    """
    if not _MODEL.fullmatch(model):
        raise NetworkUnreadable(f"{model[:100]!r} is no name of a timm model; take one of timm.list_models()")
    strange = sorted(set(options) - ARGUMENTS)
    plain = all(_plain(value) for value in options.values())
    if strange or not plain:
        raise NetworkUnreadable(
            f"the arguments {', '.join(strange) or 'of the model'} are not taken from a file; leave them out"
        )
    try:
        import timm
    except ImportError as error:
        raise NetworkUnreadable(
            "this network needs timm: pip install 'assay[timm]'; an artifact with a graph runs without it on a CPU"
        ) from error
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in options.items()
    }
    made: nn.Module = timm.create_model(model, pretrained=False, num_classes=classes, **given)
    return made


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return len(value) <= 64 and all(isinstance(item, int | float) for item in value)
    return (
        value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) < 40)
    )
