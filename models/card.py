"""The card: what an artifact is, how it was made and measured, where it fails, and the hash of every file.

A card is the page an opposing expert reads, so it is plain JSON in a fixed key order, small, and without a
key that this version does not know. Everything that decides a score lies in it as data, or in a file whose
hash it states.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
    model_validator,
)

from ..errors import AssayError
from .filenames import CARD_NAME, check_file_name
from .jsontext import JsonDuplicateKey, JsonMalformed, JsonTooLarge, check_texts, read_json, write_json
from .versions import SEMVER

__all__ = [
    "MAX_CARD_BYTES",
    "MAX_FILES",
    "Architecture",
    "Card",
    "CardDuplicateKey",
    "CardError",
    "CardInvalid",
    "CardMalformed",
    "CardTooLarge",
    "CardUnknownKey",
    "File",
    "Metric",
    "OperatingPoint",
    "Role",
    "Tensor",
    "TrainingData",
]

MAX_CARD_BYTES = 1 << 20
"""Longest card.json that is read: a card is a page for people, not a store of weights."""
MAX_FILES = 256
"""Most files one artifact may list."""

Role = Literal["graph", "weights", "calibration", "golden", "licence", "document", "state"]
Tier = Literal["clean", "web", "hard"]

_KEBAB = r"^[a-z0-9]+(-[a-z0-9]+)*$"

Kebab = Annotated[str, Field(pattern=_KEBAB, max_length=64)]
Text = Annotated[str, Field(max_length=20_000)]
Line = Annotated[str, Field(min_length=1, max_length=400)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class CardError(AssayError):
    """A card is refused."""

    code = "card"


class CardTooLarge(CardError):
    """card.json is longer than `MAX_CARD_BYTES`; it was not parsed."""

    code = "card-too-large"


class CardMalformed(CardError):
    """card.json is not UTF-8, not JSON, or holds a number that is not finite."""

    code = "card-malformed"


class CardDuplicateKey(CardError):
    """card.json names a key twice in one object."""

    code = "card-duplicate-key"


class CardUnknownKey(CardError):
    """card.json has a key that this version does not know, at any depth."""

    code = "card-unknown-key"


class CardInvalid(CardError):
    """A key is missing, of the wrong type, out of range, or contradicts another."""

    code = "card-invalid"


class _Page(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Tensor(_Page):
    """One named array of a row; `shape` is without the row axis, null where the length varies.

    An array that belongs to a batch as a whole (a table that its rows point into) says so by `per`; its shape has
    no row axis to leave out.
    """

    name: Line
    per: Literal["row", "batch"] = "row"
    shape: tuple[Annotated[int, Field(ge=0)] | None, ...]
    dtype: Literal[
        "float64", "float32", "float16", "int64", "int32", "int16", "int8",
        "uint64", "uint32", "uint16", "uint8", "bool",
    ]  # fmt: skip


class Architecture(_Page):
    """Which network reads the files, and its parameters as data."""

    family: Kebab
    parameters: dict[str, JsonValue] = {}


class OperatingPoint(_Page):
    """A threshold on the raw score, the data it was chosen on, and the rates measured there (0..1)."""

    name: Line
    tier: Tier | None = None
    threshold: float
    chosen_on: Line
    fpr: float | None = Field(default=None, ge=0, le=1)
    fpr_low: float | None = Field(default=None, ge=0, le=1)
    fpr_high: float | None = Field(default=None, ge=0, le=1)
    tpr: float | None = Field(default=None, ge=0, le=1)
    tpr_low: float | None = Field(default=None, ge=0, le=1)
    tpr_high: float | None = Field(default=None, ge=0, le=1)
    n: int | None = Field(default=None, ge=0)
    note: Text | None = None


class Metric(_Page):
    """One measured number with its interval; `tier` and `source` null mean over all of them."""

    name: Line
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = Field(default=None, ge=0)
    tier: Tier | None = None
    source: Line | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"the interval of {self.name} has low {self.low} above high {self.high}")
        return self


class TrainingData(_Page):
    """One set of data: its licence, how many rows, what for, and the hash of its list where there is one."""

    name: Line
    licence: Line
    count: int = Field(ge=0)
    role: Line
    sha256: Sha256 | None = None
    note: Text | None = None


class File(_Page):
    """One file of the artifact. A shared one lies once in the store, as ``shared/<sha256>``."""

    path: str
    role: Role
    sha256: Sha256
    size: int = Field(ge=0, le=1 << 36)
    shared: bool = False

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        check_file_name(path)
        return path


class Card(_Page):
    """The whole card. Field order is the order in card.json."""

    schema_version: Literal[1] = 1
    name: Kebab
    version: Annotated[str, Field(pattern=SEMVER, max_length=64)]
    task: Kebab
    title: Line
    summary: Text
    licence: Line
    use: Literal["any", "research"]
    architecture: Architecture
    inputs: tuple[Tensor, ...] = Field(min_length=1)
    outputs: tuple[Tensor, ...] = Field(min_length=1)
    raw: Line
    preprocessing: dict[str, JsonValue] = {}
    precision: Literal["fp32", "int8", "counts"]
    tolerance: float = Field(ge=0)
    batch: int | None = Field(default=None, ge=1)
    calibration: str | None = None
    operating_points: tuple[OperatingPoint, ...] = ()
    prior: float | None = Field(default=None, gt=0, lt=1)
    metrics: tuple[Metric, ...] = ()
    training_data: tuple[TrainingData, ...] = ()
    limits: tuple[Text, ...] = ()
    created: str
    seed: int | None = None
    code: Text | None = None
    files: tuple[File, ...] = Field(default=(), max_length=MAX_FILES)

    @property
    def id(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def size(self) -> int:
        """Bytes of all listed files, shared ones included."""
        return sum(file.size for file in self.files)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Card":
        """Read card.json.

        Raises
        ------
        CardTooLarge, CardMalformed, CardDuplicateKey, CardUnknownKey, CardPathRefused, CardInvalid
            See each class; checked in this order.
        """
        try:
            read_json(data, limit=MAX_CARD_BYTES, what=CARD_NAME)
        except JsonTooLarge as error:
            raise CardTooLarge(str(error)) from error
        except JsonDuplicateKey as error:
            raise CardDuplicateKey(str(error)) from error
        except JsonMalformed as error:
            raise CardMalformed(str(error)) from error
        try:
            card = cls.model_validate_json(data, strict=True)
        except ValidationError as error:
            raise _refusal(error) from error
        if not card.files:
            raise CardInvalid("card.json lists no files; write it with Artifact.write, which lists them")
        return card

    def to_bytes(self) -> bytes:
        """card.json: equal cards give equal bytes, in whatever order free dictionaries were filled."""
        page = self.model_dump(mode="json")
        page["architecture"]["parameters"] = _sorted(page["architecture"]["parameters"])
        page["preprocessing"] = _sorted(page["preprocessing"])
        return write_json(page)

    @field_validator("created")
    @classmethod
    def _date(cls, created: str) -> str:
        if date.fromisoformat(created).isoformat() != created:
            raise ValueError("created must be a date like 2026-01-31")
        return created

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for what, names in (
            ("inputs", [tensor.name for tensor in self.inputs]),
            ("outputs", [tensor.name for tensor in self.outputs]),
            # Names that differ in case only are one file on some systems.
            ("files", [file.path.lower() for file in self.files]),
        ):
            if len(set(names)) != len(names):
                raise ValueError(f"{what} names one of its entries twice")
        shapes = {tensor.name: tensor.shape for tensor in self.outputs}
        if shapes.get(self.raw) != ():
            raise ValueError(f"raw names {self.raw!r}, which must be an output of shape []")
        if self.precision != "counts" and any(t.per == "batch" for t in (*self.inputs, *self.outputs)):
            # Other networks run rows in parts of a fixed size, which would cut such a table.
            raise ValueError("only a network of precision counts may have arrays per batch")
        roles = {file.path: file.role for file in self.files}
        if self.calibration is not None and self.files and roles.get(self.calibration) != "calibration":
            raise ValueError(f"calibration names {self.calibration!r}, which is no listed file of that role")
        check_texts(self.model_dump(mode="json"))
        return self


def _refusal(error: ValidationError) -> CardError:
    problems = error.errors(include_url=False, include_input=False)
    for problem in problems:
        if problem["type"] == "extra_forbidden":
            where = ".".join(str(part) for part in problem["loc"])
            return CardUnknownKey(
                f"card.json has the unknown key {where!r}; remove it, or update assay if a newer one made it"
            )
    first = problems[0]
    where = ".".join(str(part) for part in first["loc"]) or "the card"
    return CardInvalid(f"card.json is not valid: {where}: {first['msg']}; correct it and write it again")


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
