"""What each published layout holds, as one thing: a network with its weights, and what pixels it takes.

Every layout names what its makers do to pictures; what a description states goes before it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from ...models.jsontext import JsonError, read_json
from .clip_names import tower
from .description import Description, DescriptionInvalid, Normalise, Sense
from .pixels import Crop, Preprocessing, Resize
from .weights import Weights, WeightsUnreadable

__all__ = ["LAYOUTS", "Made", "Sources"]

IMAGENET = Normalise(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
CLIP = Normalise(mean=(0.48145466, 0.4578275, 0.40821073), std=(0.26862954, 0.26130258, 0.27577711))

Part = TypeVar("Part", bound=BaseModel)

MAX_CONFIG_BYTES = 4 << 20
_PREFIXES = ("module.", "_orig_mod.", "vit.", "model.")


@dataclass(frozen=True, slots=True)
class Sources:
    """How a layout gets at its files: `weights` reads tensors by role, `path` names a file by role."""

    weights: Callable[[str], Weights]
    path: Callable[[str], Path]


@dataclass(frozen=True, slots=True)
class Made:
    """A network, ready to become an artifact.

    Attributes
    ----------
    family : str
        Of its architecture.
    parameters : Mapping
        Of its architecture.
    preprocessing : Preprocessing
        Of its card.
    weights : Mapping of name to array
        Empty where the graph holds them.
    """

    family: str
    parameters: Mapping[str, Any]
    preprocessing: Preprocessing
    weights: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def timm(told: Description, sources: Sources) -> Made:
    """A timm classifier: weights, and its ``config.json`` or, without one, model and crop in the description."""
    config = _config(sources.path("config")) if "config" in told.files else {}
    pretrained = config.get("pretrained_cfg")
    given = {**config, **pretrained} if isinstance(pretrained, dict) else config
    model = told.model or given.get("architecture")
    if not isinstance(model, str):
        raise DescriptionInvalid("no model is named: give files a config, or name the model of timm by model")
    options = config.get("model_args", {})
    if not isinstance(options, dict):
        raise DescriptionInvalid("model_args of the config is no object")
    # Both are settled elsewhere: networks take three colours, and their outputs are counted.
    options = {name: value for name, value in options.items() if name not in ("in_chans", "num_classes")}
    weights = _stripped(sources.weights("weights").tensors)
    classes = _classes(config.get("num_classes", given.get("num_classes")), weights)
    labels = _labels(config.get("label_names", given.get("label_names")))
    return _classifier(told, model, classes, options | told.arguments, weights, labels, given)


def community_forensics(told: Description, sources: Sources) -> Made:
    """Park and Owens, *Community Forensics*, CVPR 2025: timm's ViT-S/16 with one logit, alone or in a checkpoint.

    Their preparation: the shorter side to 440 pixels (256 for the network of 224), bilinear, the middle 384 (224).
    """
    weights = _stripped(sources.weights("weights").tensors)
    position = weights.get("pos_embed")
    if position is None or position.ndim != 3:
        raise DescriptionInvalid(
            "the weights hold no pos_embed: this is no ViT of timm; take the layout timm"
        )
    side = 16 * round(math.sqrt(position.shape[1] - 1))
    options: dict[str, Any] = dict(told.arguments)
    if told.model is None and side not in (224, 384) and "img_size" not in options:
        raise DescriptionInvalid(
            f"the network takes pictures of {side} pixels, published ones 224 or 384; name model"
        )
    model = told.model or f"vit_small_patch16_{side if side in (224, 384) else 384}"
    before = {
        "input_size": [3, side, side],
        "mean": list(IMAGENET.mean),
        "std": list(IMAGENET.std),
        "resize": 440 if side == 384 else math.ceil(side * 256 / 224),
    }
    return _classifier(told, model, _classes(None, weights), options, weights, (), before)


def clip_linear(told: Description, sources: Sources) -> Made:
    """UnivFD: CLIP's image tower, and ``fc_weights.pth`` with a weight (1, features) and a bias.

    Its preparation: the middle 224 pixels, without any resizing.
    """
    arrays = tower(sources.weights("tower").tensors)
    head = sources.weights("head").tensors
    named = {key.removeprefix("fc."): value for key, value in head.items()}
    if set(named) != {"weight", "bias"} or named["weight"].ndim != 2 or "proj" not in arrays:
        raise DescriptionInvalid(
            "the head must hold weight (outputs, features) and bias alone, the tower a projection"
        )
    weights = _floats(arrays | {"fc.weight": named["weight"], "fc.bias": named["bias"]})
    if named["weight"].shape[1] != weights["proj"].shape[1]:
        raise DescriptionInvalid(
            f"the head takes {named['weight'].shape[1]} numbers, the tower gives {weights['proj'].shape[1]}: they do "
            "not belong together"
        )
    core = _sizes(weights, told.activation)
    outputs = core["outputs"]
    sense = (told.output or Sense(generated="high" if outputs == 1 else (1,))).resolved(outputs)
    crop = told.crop or Crop(height=core["side"], width=core["side"])
    _same_size(crop, (core["side"], core["side"]))
    parameters = {"core": core, "normalise": _plain(told.normalise or CLIP), "sense": sense}
    return Made("clip-linear", parameters, Preprocessing(resize=told.resize, crop=crop), weights)


def _classifier(
    told: Description,
    model: str,
    classes: int,
    options: dict[str, Any],
    weights: Mapping[str, NDArray[Any]],
    labels: tuple[str, ...],
    given: Mapping[str, Any],
) -> Made:
    size = given.get("input_size")
    if told.crop is None and not (
        isinstance(size, list) and len(size) == 3 and all(type(n) is int for n in size)
    ):
        raise DescriptionInvalid("the size of the input is not stated: give files a config, or state crop")
    crop = told.crop or _part(Crop, height=size[1], width=size[2], small="pad")  # type: ignore[index]
    resize = told.resize if told.resize or told.crop else _resize(given, crop)
    default = Sense(generated="high" if classes == 1 else (1,)) if classes <= 2 else None
    sense = told.output or default
    if told.output is None and labels:
        raise DescriptionInvalid(
            f"the classes have names ({', '.join(labels[:10])}): state which mean generated"
        )
    if sense is None:
        raise DescriptionInvalid(f"the network has {classes} classes: state by output which mean generated")
    normalise = told.normalise or _part(
        Normalise, mean=given.get("mean", IMAGENET.mean), std=given.get("std", IMAGENET.std)
    )
    parameters = {
        "core": {"model": model, "classes": classes, "arguments": options},
        "normalise": _plain(normalise),
        "sense": sense.resolved(classes, labels),
    }
    return Made("timm", parameters, Preprocessing(resize=resize, crop=crop), _floats(weights))


def _resize(given: Mapping[str, Any], crop: Crop) -> Resize | None:
    """What timm does before the crop, from its config."""
    interpolation = given.get("interpolation", "bilinear")
    if "resize" in given:
        return _part(Resize, side=given["resize"], interpolation=interpolation)
    mode, share = given.get("crop_mode", "center"), given.get("crop_pct", 0.875)
    if not isinstance(share, int | float) or not 0 < share <= 1 or mode not in ("center", "squash"):
        raise DescriptionInvalid(
            "crop_pct or crop_mode of the config is not known here; state resize and crop"
        )
    sides = (math.floor(crop.height / share), math.floor(crop.width / share))
    if mode == "squash":
        return _part(Resize, side=sides, edge="both", interpolation=interpolation)
    if sides[0] != sides[1]:
        raise DescriptionInvalid("the input is not square; state resize and crop")
    return _part(Resize, side=sides[0], interpolation=interpolation)


def _config(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            page = read_json(stream.read(MAX_CONFIG_BYTES + 1), limit=MAX_CONFIG_BYTES, what=path.name)
    except OSError as error:
        raise WeightsUnreadable(f"{path} cannot be read: {error.strerror}") from error
    except JsonError as error:
        raise DescriptionInvalid(f"{path.name} is no config of timm: {error}") from error
    if not isinstance(page, dict):
        raise DescriptionInvalid(f"{path.name} is no config of timm: it is no JSON object")
    return page


def _stripped(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Without the prefixes that wrappers of a network put before all of its names."""
    named = dict(tensors)
    while prefix := next((p for p in _PREFIXES if named and all(key.startswith(p) for key in named)), None):
        named = {key.removeprefix(prefix): value for key, value in named.items()}
    return named


def _classes(stated: Any, weights: Mapping[str, NDArray[Any]]) -> int:
    """Outputs of the network: of the config, else as its last layer has them."""
    if type(stated) is int and 1 <= stated <= 100_000:
        return stated
    for name in ("head.fc.bias", "head.bias", "classifier.bias", "fc.bias"):
        if name in weights and weights[name].ndim == 1:
            return len(weights[name])
    raise DescriptionInvalid("the number of classes is stated nowhere; give files a config")


def _labels(stated: Any) -> tuple[str, ...]:
    if isinstance(stated, list) and all(isinstance(label, str) for label in stated):
        return tuple(stated)
    if isinstance(stated, dict) and all(isinstance(label, str) for label in stated.values()):
        numbered = {str(key): label for key, label in stated.items()}
        if all(str(n) in numbered for n in range(len(numbered))):
            return tuple(numbered[str(n)] for n in range(len(numbered)))
    return ()


def _floats(weights: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Half precision widened, which changes no value: the CPU runs in float32."""
    return {
        name: array.astype(np.float32) if array.dtype in (np.float16, np.float64) else array
        for name, array in weights.items()
    }


def _sizes(weights: Mapping[str, NDArray[Any]], activation: str) -> dict[str, Any]:
    try:
        from ...models.networks.clip_linear import sizes

        return sizes(weights, activation)
    except ImportError as error:
        raise DescriptionInvalid("importing this layout needs torch: pip install 'assay[torch]'") from error
    except (KeyError, ValueError, IndexError) as error:
        raise DescriptionInvalid(f"the tower is no image tower of CLIP: {error} is not there") from error


def _same_size(crop: Crop, side: tuple[int, int]) -> None:
    if (crop.height, crop.width) != side:
        raise DescriptionInvalid(
            f"the network takes {side[0]} x {side[1]} pixels, crop states other; correct it"
        )


def _part(kind: type[Part], **values: Any) -> Part:
    """A part of a description out of a published config, whose values nobody has checked."""
    try:
        return kind(**values)
    except ValueError as error:
        words = " ".join(str(error).split())[:200]
        raise DescriptionInvalid(
            f"the published config cannot be followed ({words}); state it yourself"
        ) from error


def _plain(normalise: Normalise) -> dict[str, Any]:
    return normalise.model_dump(mode="json")


LAYOUTS: Mapping[str, Callable[[Description, Sources], Made]] = {
    "timm": timm,
    "clip-linear": clip_linear,
    "community-forensics": community_forensics,
}
"""Layouts whose networks are torch's."""
