"""The stack that the opcodes of a pickle work on: it builds plain values and describes tensors; it calls nothing."""

import re
from dataclasses import dataclass
from typing import Any, Final

from .limits import TorchFileLimits
from .names import CALLED, ORDERED, STORAGES, TENSOR, Name, known, malformed, told, unsafe
from .refusals import TorchFileTooLarge

__all__ = ["Machine", "Place", "Storage"]

_MARK: Final = object()
_KEY = re.compile(r"[0-9]{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Storage:
    """Elements that one or several tensors look at: the entry ``data/KEY`` of the archive."""

    dtype: str
    item: int
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """A tensor: where in a storage it begins, and how it walks it; offset and steps are in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]


class _Ordered(dict[Any, Any]):
    """A dict whose attribute ``_metadata`` a state dict sets; that alone is allowed, and dropped."""


class Machine:
    """A stack, a memo, and no way out of them."""

    def __init__(self, limits: TorchFileLimits) -> None:
        self._limits = limits
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._values = 0

    def result(self) -> Any:
        """The one value that is left."""
        if len(self._stack) != 1:
            raise malformed(f"{len(self._stack)} values are left at its end")
        return self._stack[0]

    def count(self, values: int) -> None:
        """Note that it holds more values."""
        self._values += values
        if self._values > self._limits.pickle_values:
            raise TorchFileTooLarge(f"the pickle holds more than {self._limits.pickle_values} values")

    def push(self, value: Any) -> None:
        """Put a value on the stack."""
        self._stack.append(value)

    def _pop(self) -> Any:
        value = self._stack.pop()
        if value is _MARK:
            raise malformed("a mark stands where a value should")
        return value

    def _above_mark(self) -> list[Any]:
        at = len(self._stack) - 1
        while self._stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise malformed("a mark is missing")
        values = self._stack[at + 1 :]
        del self._stack[at:]
        self.count(len(values))
        return values

    def mark(self, _: Any) -> None:
        """Begin a group of values."""
        self._stack.append(_MARK)

    def tuple_of_marked(self, _: Any) -> None:
        """The values of the group as a tuple."""
        self.push(tuple(self._above_mark()))

    def tuple_of(self, count: int) -> None:
        """The last values as a tuple."""
        values = [self._pop() for _ in range(count)]
        self.push(tuple(reversed(values)))

    def append(self, _: Any) -> None:
        """Put a value into the list below it."""
        value = self._pop()
        self._into(list).append(value)

    def appends(self, _: Any) -> None:
        """Put the group into the list below it."""
        values = self._above_mark()
        self._into(list).extend(values)

    def set_item(self, _: Any) -> None:
        """Put a key and its value into the dict below them."""
        value, key = self._pop(), self._pop()
        self._into(dict)[_key(key)] = value

    def set_items(self, _: Any) -> None:
        """Put the group, keys and values by turns, into the dict below it."""
        values = self._above_mark()
        if len(values) % 2:
            raise malformed("a key has no value")
        target = self._into(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[_key(key)] = value

    def _into(self, kind: type) -> Any:
        target = self._stack[-1]
        if not isinstance(target, kind):
            raise malformed(f"values are put into what is no {kind.__name__}")
        return target

    def put(self, at: Any) -> None:
        """Remember the last value, under the next number or the one given."""
        number = len(self._memo) if at is None else at
        self.count(1)
        value = self._stack[-1]
        if value is _MARK:
            raise malformed("a mark is remembered")
        self._memo[int(number)] = value

    def get(self, at: Any) -> None:
        """The value that is remembered under a number."""
        self.push(self._memo[int(at)])

    def name(self, argument: Any) -> None:
        """A name, given as text."""
        module, _, name = str(argument).partition(" ")
        self.push(known(module, name))

    def name_on_stack(self, _: Any) -> None:
        """A name, given as two texts on the stack."""
        name, module = self._pop(), self._pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise unsafe("a name that is no text")
        self.push(known(module, name))

    def persistent(self, _: Any) -> None:
        """A storage of tensors, and no other persistent id."""
        given = self._pop()
        if not isinstance(given, tuple) or len(given) != 5 or given[0] != "storage":
            raise unsafe("a persistent id that is no storage of tensors")
        _, kind, key, where, count = given
        if not isinstance(kind, Name) or kind.module != "torch" or kind.name not in STORAGES:
            raise unsafe("a storage of no type that torch writes")
        if not isinstance(key, str) or not _KEY.fullmatch(key) or not isinstance(where, str):
            raise unsafe("a storage under an odd key")
        dtype, item = STORAGES[kind.name]
        self.push(Storage(dtype, item, key, _size(count)))

    def call(self, _: Any) -> None:
        """A description of what one of the calls that are known would make."""
        arguments, called = self._pop(), self._pop()
        if not isinstance(called, Name) or called.pair not in CALLED or not isinstance(arguments, tuple):
            raise unsafe(f"a call of {told(called)}")
        if called.pair == ORDERED:
            self.push(_ordered(arguments))
        elif called.pair == TENSOR:
            self.push(self._tensor(arguments))
        elif not arguments or not isinstance(arguments[0], Place):
            raise unsafe("a parameter that is no tensor")
        else:
            self.push(arguments[0])

    def _tensor(self, arguments: tuple[Any, ...]) -> Place:
        if not 5 <= len(arguments) <= 7 or not isinstance(arguments[0], Storage):
            raise unsafe("a tensor without a storage")
        storage, offset, shape, steps, *rest = arguments
        # requires_grad, hooks, and metadata: what a tensor of weights has none of.
        if not isinstance(rest[0], bool) or any(extra for extra in rest[1:]):
            raise unsafe("a tensor with hooks or metadata")
        if not isinstance(shape, tuple) or not isinstance(steps, tuple) or len(shape) != len(steps):
            raise malformed("a tensor has no shape, or as many steps as axes")
        if len(shape) > self._limits.tensor_axes:
            raise TorchFileTooLarge(
                f"a tensor has {len(shape)} axes, at most {self._limits.tensor_axes} are read"
            )
        return Place(storage, _size(offset), tuple(map(_size, shape)), tuple(map(_size, steps)))

    def build(self, _: Any) -> None:
        """Drop the metadata of a state dict; set no other state."""
        state = self._pop()
        target = self._stack[-1]
        if not isinstance(target, _Ordered) or not isinstance(state, dict) or set(state) != {"_metadata"}:
            raise unsafe("a state that is set on what is no state dict")


def _key(key: Any) -> Any:
    if isinstance(key, str | int):
        return key
    raise unsafe("a dict with keys that are neither texts nor whole numbers")


def _ordered(arguments: tuple[Any, ...]) -> _Ordered:
    if not arguments:
        return _Ordered()
    pairs = arguments[0]
    if len(arguments) > 1 or not isinstance(pairs, list):
        raise unsafe("an ordered dict of what is no list of pairs")
    made = _Ordered()
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise unsafe("an ordered dict of what is no list of pairs")
        made[_key(pair[0])] = pair[1]
    return made


def _size(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 48:
        raise malformed("a size, an offset or a step of a tensor is no count")
    return value
