"""The pickle in a file of ``torch.save``, read opcode by opcode into plain values; nothing in it is ever called.

`pickletools` says which opcode a byte is and what its argument is; nothing obeys it. The few that files of tensors need
build dicts, lists, tuples, texts and numbers; a global is a name that is compared with a fixed list and stays a name; a
persistent id must be a storage of torch; a call must be one of the three that rebuild tensors and ordered dicts, and
makes a description. All else is refused by its name, so that a reader of the refusal learns what the file wanted to do.
"""

import io
import pickletools
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .limits import TorchFileLimits
from .refusals import TorchFileMalformed, TorchFileOpcode, TorchFileTooLarge, TorchFileUnsafe

__all__ = ["STORAGES", "Place", "Storage", "read_pickle"]

STORAGES: Final[Mapping[str, tuple[str, int]]] = {
    "DoubleStorage": ("float64", 8),
    "FloatStorage": ("float32", 4),
    "HalfStorage": ("float16", 2),
    "BFloat16Storage": ("bfloat16", 2),
    "LongStorage": ("int64", 8),
    "IntStorage": ("int32", 4),
    "ShortStorage": ("int16", 2),
    "CharStorage": ("int8", 1),
    "ByteStorage": ("uint8", 1),
    "BoolStorage": ("bool", 1),
}
"""Storage class of torch -> type of its elements, and bytes of one."""

_ORDERED, _TENSOR, _PARAMETER = (
    ("collections", "OrderedDict"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch._utils", "_rebuild_parameter"),
)
_CALLED = (_ORDERED, _TENSOR, _PARAMETER)
_NUMPY = ("numpy", "_codecs")
_MOST_INT = 1 << 63
_LONGEST_TEXT = 10_000
_MARK: Final = object()
_OPCODES: Final = {opcode.code: opcode for opcode in pickletools.opcodes}
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


@dataclass(frozen=True, slots=True)
class _Name:
    module: str
    name: str

    @property
    def pair(self) -> tuple[str, str]:
        return self.module, self.name


class _Ordered(dict[Any, Any]):
    """A dict whose attribute ``_metadata`` a state dict sets; that alone is allowed, and dropped."""


def read_pickle(data: bytes, limits: TorchFileLimits) -> Any:
    """The value that a pickle describes: dicts, lists, tuples, texts, numbers, and `Place` for tensors.

    Raises
    ------
    TorchFileUnsafe, TorchFileOpcode
        It wants more than that. Nothing was done.
    TorchFileMalformed, TorchFileTooLarge
        It is no whole pickle, or goes beyond the limits.
    """
    machine = _Machine(limits)
    stream = io.BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the reader of globals, on escapes that it does not know
            for _ in range(limits.pickle_opcodes):
                opcode = _OPCODES.get(stream.read(1).decode("latin-1"))
                if opcode is None:
                    raise _malformed(f"no opcode stands at byte {stream.tell() - 1}")
                # Before its argument is looked at: reading some kinds of text imports a codec.
                if opcode.name not in _KNOWN:
                    raise TorchFileOpcode(
                        f"the pickle in the file uses {opcode.name}, which files of tensors have no need of: it may be "
                        "a program. Nothing was run; get safetensors or a plain state dict from its maker"
                    )
                argument = None if opcode.arg is None else opcode.arg.reader(stream)
                if opcode.name == "STOP":
                    return machine.result()
                machine.step(opcode.name, argument)
    except (TorchFileUnsafe, TorchFileMalformed, TorchFileTooLarge):
        raise
    except (LookupError, ValueError, TypeError, ArithmeticError, AssertionError, RecursionError) as error:
        # What the readers of arguments raise on what is no pickle, and what a stack that runs empty raises here.
        raise _malformed(f"{type(error).__name__}: {str(error)[:100]}") from error
    raise TorchFileTooLarge(f"the pickle has more than {limits.pickle_opcodes} opcodes")


class _Machine:
    """A stack, a memo, and no way out of them."""

    def __init__(self, limits: TorchFileLimits) -> None:
        self._limits = limits
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._values = 0

    def result(self) -> Any:
        if len(self._stack) != 1:
            raise _malformed(f"{len(self._stack)} values are left at its end")
        return self._stack[0]

    def step(self, name: str, argument: Any) -> None:
        self._count(1)
        if name in _WITH_VALUE:
            self._push(_plain(argument))
        elif name in _PUSHED:
            self._push(_PUSHED[name]())
        elif name in _STEPS:
            _STEPS[name](self, argument)

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > self._limits.pickle_values:
            raise TorchFileTooLarge(f"the pickle holds more than {self._limits.pickle_values} values")

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    def _pop(self) -> Any:
        value = self._stack.pop()
        if value is _MARK:
            raise _malformed("a mark stands where a value should")
        return value

    def _above_mark(self) -> list[Any]:
        at = len(self._stack) - 1
        while self._stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise _malformed("a mark is missing")
        values = self._stack[at + 1 :]
        del self._stack[at:]
        self._count(len(values))
        return values

    def mark(self, _: Any) -> None:
        self._stack.append(_MARK)

    def tuple_of_marked(self, _: Any) -> None:
        self._push(tuple(self._above_mark()))

    def tuple_of(self, count: int) -> None:
        values = [self._pop() for _ in range(count)]
        self._push(tuple(reversed(values)))

    def append(self, _: Any) -> None:
        value = self._pop()
        self._into(list).append(value)

    def appends(self, _: Any) -> None:
        values = self._above_mark()
        self._into(list).extend(values)

    def set_item(self, _: Any) -> None:
        value, key = self._pop(), self._pop()
        self._into(dict)[_key(key)] = value

    def set_items(self, _: Any) -> None:
        values = self._above_mark()
        if len(values) % 2:
            raise _malformed("a key has no value")
        target = self._into(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[_key(key)] = value

    def _into(self, kind: type) -> Any:
        target = self._stack[-1]
        if not isinstance(target, kind):
            raise _malformed(f"values are put into what is no {kind.__name__}")
        return target

    def put(self, at: Any) -> None:
        number = len(self._memo) if at is None else at
        self._count(1)
        value = self._stack[-1]
        if value is _MARK:
            raise _malformed("a mark is remembered")
        self._memo[int(number)] = value

    def get(self, at: Any) -> None:
        self._push(self._memo[int(at)])

    def name(self, argument: Any) -> None:
        module, _, name = str(argument).partition(" ")
        self._push(_known(module, name))

    def name_on_stack(self, _: Any) -> None:
        name, module = self._pop(), self._pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise _unsafe("a name that is no text")
        self._push(_known(module, name))

    def persistent(self, _: Any) -> None:
        given = self._pop()
        if not isinstance(given, tuple) or len(given) != 5 or given[0] != "storage":
            raise _unsafe("a persistent id that is no storage of tensors")
        _, kind, key, where, count = given
        if not isinstance(kind, _Name) or kind.module != "torch" or kind.name not in STORAGES:
            raise _unsafe("a storage of no type that torch writes")
        if not isinstance(key, str) or not _KEY.fullmatch(key) or not isinstance(where, str):
            raise _unsafe("a storage under an odd key")
        dtype, item = STORAGES[kind.name]
        self._push(Storage(dtype, item, key, _size(count)))

    def call(self, _: Any) -> None:
        arguments, called = self._pop(), self._pop()
        if not isinstance(called, _Name) or called.pair not in _CALLED or not isinstance(arguments, tuple):
            raise _unsafe(f"a call of {_told(called)}")
        if called.pair == _ORDERED:
            self._push(_ordered(arguments))
        elif called.pair == _TENSOR:
            self._push(self._tensor(arguments))
        elif not arguments or not isinstance(arguments[0], Place):
            raise _unsafe("a parameter that is no tensor")
        else:
            self._push(arguments[0])

    def _tensor(self, arguments: tuple[Any, ...]) -> Place:
        if not 5 <= len(arguments) <= 7 or not isinstance(arguments[0], Storage):
            raise _unsafe("a tensor without a storage")
        storage, offset, shape, steps, *rest = arguments
        # requires_grad, hooks, and metadata: what a tensor of weights has none of.
        if not isinstance(rest[0], bool) or any(extra for extra in rest[1:]):
            raise _unsafe("a tensor with hooks or metadata")
        if not isinstance(shape, tuple) or not isinstance(steps, tuple) or len(shape) != len(steps):
            raise _malformed("a tensor has no shape, or as many steps as axes")
        if len(shape) > self._limits.tensor_axes:
            raise TorchFileTooLarge(
                f"a tensor has {len(shape)} axes, at most {self._limits.tensor_axes} are read"
            )
        return Place(storage, _size(offset), tuple(map(_size, shape)), tuple(map(_size, steps)))

    def build(self, _: Any) -> None:
        state = self._pop()
        target = self._stack[-1]
        if not isinstance(target, _Ordered) or not isinstance(state, dict) or set(state) != {"_metadata"}:
            raise _unsafe("a state that is set on what is no state dict")


_WITH_VALUE: Final = frozenset(
    ["BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"]
)
_PUSHED: Final[Mapping[str, Callable[[], Any]]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
}
_STEPS: Final[Mapping[str, Callable[[_Machine, Any], None]]] = {
    "MARK": _Machine.mark,
    "TUPLE": _Machine.tuple_of_marked,
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.put,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.name_on_stack,
    "BINPERSID": _Machine.persistent,
    "REDUCE": _Machine.call,
    "BUILD": _Machine.build,
}

_KNOWN: Final = frozenset({"PROTO", "FRAME", "STOP", *_WITH_VALUE, *_PUSHED, *_STEPS})


def _plain(value: Any) -> Any:
    if isinstance(value, int) and not -_MOST_INT <= value < _MOST_INT:
        raise TorchFileTooLarge("the pickle holds a whole number of more than 64 bits")
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise TorchFileTooLarge(f"the pickle holds a text of more than {_LONGEST_TEXT} letters")
    return value


def _known(module: str, name: str) -> _Name:
    if (module, name) in _CALLED or (module == "torch" and name in STORAGES):
        return _Name(module, name)
    if module.partition(".")[0] in _NUMPY:
        raise TorchFileUnsafe(
            f"the file holds a value of numpy ({_shown(module)}.{_shown(name)}), and rebuilding it would call numpy: "
            "save the state dict alone, or turn such values into numbers of Python first (value.item())"
        )
    raise _unsafe(f"the name {_shown(module)}.{_shown(name)}")


def _key(key: Any) -> Any:
    if isinstance(key, str | int):
        return key
    raise _unsafe("a dict with keys that are neither texts nor whole numbers")


def _ordered(arguments: tuple[Any, ...]) -> _Ordered:
    if not arguments:
        return _Ordered()
    pairs = arguments[0]
    if len(arguments) > 1 or not isinstance(pairs, list):
        raise _unsafe("an ordered dict of what is no list of pairs")
    made = _Ordered()
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise _unsafe("an ordered dict of what is no list of pairs")
        made[_key(pair[0])] = pair[1]
    return made


def _size(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 48:
        raise _malformed("a size, an offset or a step of a tensor is no count")
    return value


def _told(called: Any) -> str:
    return (
        f"{_shown(called.module)}.{_shown(called.name)}"
        if isinstance(called, _Name)
        else type(called).__name__
    )


def _shown(text: str) -> str:
    return "".join(mark if mark.isprintable() else "?" for mark in text[:80])


def _unsafe(what: str) -> TorchFileUnsafe:
    return TorchFileUnsafe(
        f"the pickle in the file asks for {what}: only tensors and plain containers are read, and nothing was run. Get "
        "safetensors from its maker, or save the state dict alone: torch.save(model.state_dict(), 'new.pth')"
    )


def _malformed(why: str) -> TorchFileMalformed:
    return TorchFileMalformed(f"the pickle in the file is not sound: {why}; get it again from its maker")
