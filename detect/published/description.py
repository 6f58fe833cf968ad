"""The description of a published detector: a small YAML or JSON file beside its weights, written by who imports it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...errors import AssayError
from ...models.card import Kebab, Line, Metric, Sha256, Text, TrainingData
from ...models.versions import SEMVER
from .pixels import Crop, Resize

__all__ = ["MAX_BYTES", "Description", "DescriptionInvalid", "Normalise", "Sense", "read_description"]

MAX_BYTES = 256 << 10
"""Longest description that is read."""

Layout = Literal["timm", "clip-linear", "community-forensics", "onnx"]
Channel = tuple[float, float, float]
Number = Annotated[int, Field(ge=0, lt=100_000)]
Label = Annotated[str, Field(min_length=1, max_length=200)]


class DescriptionInvalid(AssayError):
    """The description of a published detector cannot be used; nothing was imported."""

    code = "description-invalid"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Normalise(_Part):
    """What the network expects of pixels: divided by `scale`, less `mean`, over `std`, in the order `colour`."""

    mean: Channel = (0.0, 0.0, 0.0)
    std: tuple[
        Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]
    ] = (1.0, 1.0, 1.0)
    scale: Annotated[float, Field(gt=0)] = 255.0
    colour: Literal["RGB", "BGR"] = "RGB"


class Sense(_Part):
    """Which way the outputs point.

    Attributes
    ----------
    kind : "logits" | "probabilities"
        What the network gives.
    generated : "high" | "low" | numbers or labels
        Of one output, the end that means "generated"; of several, the classes that do.
    recorded : numbers or labels, optional
        The classes that mean "a recording"; all others when not given.
    """

    kind: Literal["logits", "probabilities"] = "logits"
    generated: Literal["high", "low"] | tuple[Number | Label, ...]
    recorded: tuple[Number | Label, ...] | None = None

    def resolved(self, outputs: int, labels: tuple[str, ...] = ()) -> dict[str, Any]:
        """As the parameters of a card: numbers in the place of labels.

        Raises
        ------
        DescriptionInvalid
            It does not fit a network of so many outputs.
        """
        if isinstance(self.generated, str):
            if outputs != 1:
                raise DescriptionInvalid(
                    f"the network has {outputs} outputs: name the classes that mean generated, as in "
                    "output: {generated: [1]}"
                )
            return {"kind": self.kind, "generated": self.generated}
        made = sorted({_number(label, labels, outputs) for label in self.generated})
        rest = [n for n in range(outputs) if n not in made]
        if self.recorded is not None:
            rest = sorted({_number(label, labels, outputs) for label in self.recorded})
        if not made or not rest or set(made) & set(rest):
            raise DescriptionInvalid(
                f"of {outputs} outputs some must mean generated and others recorded, and none both; correct output"
            )
        return {"kind": self.kind, "generated": made, "recorded": rest}


class Graph(_Part):
    """Input and output of an ONNX file.

    Attributes
    ----------
    input, output : str, optional
        Their names; needed where the graph has several.
    layout : "NCHW" | "NHWC"
        Order of the axes of the input.
    """

    input: Line | None = None
    output: Line | None = None
    layout: Literal["NCHW", "NHWC"] = "NCHW"


class Description(_Part):
    """See docs/published.md; every key that is not known is refused."""

    name: Kebab
    version: Annotated[str, Field(pattern=SEMVER, max_length=64)] = "1.0.0"
    layout: Layout
    title: Line
    summary: Text = ""
    source: Line
    licence: Line
    use: Literal["any", "research"] = "research"
    files: dict[Literal["weights", "config", "tower", "head", "graph", "licence"], Line]
    sha256: dict[Literal["weights", "config", "tower", "head", "graph", "licence"], Sha256] = {}
    inside: Line | None = None
    model: Line | None = None
    arguments: dict[str, Any] = {}
    activation: Literal["quick_gelu", "gelu"] = "quick_gelu"
    resize: Resize | None = None
    crop: Crop | None = None
    normalise: Normalise | None = None
    output: Sense | None = None
    onnx: Graph = Graph()
    metrics: tuple[Metric, ...] = ()
    training_data: tuple[TrainingData, ...] = ()
    limits: tuple[Text, ...] = ()
    created: str = Field(default_factory=lambda: datetime.now(UTC).date().isoformat())

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed = {
            "timm": {"weights"},
            "clip-linear": {"tower", "head"},
            "community-forensics": {"weights"},
            "onnx": {"graph"},
        }[self.layout]
        allowed = needed | {"licence"} | ({"config"} if self.layout == "timm" else set())
        if missing := needed - set(self.files):
            raise ValueError(f"the layout {self.layout} needs files: {', '.join(sorted(missing))}")
        if more := set(self.files) - allowed:
            raise ValueError(f"the layout {self.layout} has no files: {', '.join(sorted(more))}")
        if loose := set(self.sha256) - set(self.files):
            raise ValueError(f"sha256 names what files does not: {', '.join(sorted(loose))}")
        return self


def read_description(path: Path) -> Description:
    """Read a description.

    Raises
    ------
    DescriptionInvalid
        Not there, too long, no YAML or JSON, or a key that is unknown, missing or wrong.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            raise DescriptionInvalid(f"{path} has more than {MAX_BYTES} bytes; it should be a small file")
        page = yaml.load(text, _Plain)
    except OSError as error:
        raise DescriptionInvalid(f"{path} cannot be read: {error.strerror}; name the description") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        words = " ".join(str(error).split())[:300]
        raise DescriptionInvalid(f"{path} is neither YAML nor JSON: {words}") from error
    try:
        return Description.model_validate(page)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the description"
        raise DescriptionInvalid(f"{path}: {where}: {first['msg']}; correct it") from None


class _Plain(yaml.SafeLoader):
    """YAML without aliases, which could make a short text an endless value."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read; write the value out")
        return super().compose_node(parent, index)


def _number(label: int | str, labels: tuple[str, ...], outputs: int) -> int:
    if isinstance(label, str):
        if label not in labels:
            raise DescriptionInvalid(
                f"the network has no label {label!r}; it has {', '.join(labels[:20]) or 'none with a name'}"
            )
        return labels.index(label)
    if label >= outputs:
        raise DescriptionInvalid(f"the network has {outputs} outputs, none with the number {label}")
    return label
