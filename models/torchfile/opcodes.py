"""The pickle in a file of ``torch.save``, read opcode by opcode into plain values; nothing in it is ever called.

`pickletools` says which opcode a byte is and what its argument is; nothing obeys it. The few that files of tensors need
build dicts, lists, tuples, texts and numbers; a global is a name that is compared with a fixed list and stays a name; a
persistent id must be a storage of torch; a call must be one of the three that rebuild tensors and ordered dicts, and
makes a description. All else is refused by its name, so that a reader of the refusal learns what the file wanted to do.
"""

import io
import pickletools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

from .limits import TorchFileLimits
from .machine import Machine
from .names import malformed
from .refusals import TorchFileMalformed, TorchFileOpcode, TorchFileTooLarge, TorchFileUnsafe

__all__ = ["read_pickle"]

_MOST_INT = 1 << 63
_LONGEST_TEXT = 10_000
_OPCODES: Final = {opcode.code: opcode for opcode in pickletools.opcodes}
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
_STEPS: Final[Mapping[str, Callable[[Machine, Any], None]]] = {
    "MARK": Machine.mark,
    "TUPLE": Machine.tuple_of_marked,
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "APPEND": Machine.append,
    "APPENDS": Machine.appends,
    "SETITEM": Machine.set_item,
    "SETITEMS": Machine.set_items,
    "BINPUT": Machine.put,
    "LONG_BINPUT": Machine.put,
    "MEMOIZE": Machine.put,
    "BINGET": Machine.get,
    "LONG_BINGET": Machine.get,
    "GLOBAL": Machine.name,
    "STACK_GLOBAL": Machine.name_on_stack,
    "BINPERSID": Machine.persistent,
    "REDUCE": Machine.call,
    "BUILD": Machine.build,
}

_KNOWN: Final = frozenset({"PROTO", "FRAME", "STOP", *_WITH_VALUE, *_PUSHED, *_STEPS})


def read_pickle(data: bytes, limits: TorchFileLimits) -> Any:
    """The value that a pickle describes: dicts, lists, tuples, texts, numbers, and `Place` for tensors.

    Raises
    ------
    TorchFileUnsafe, TorchFileOpcode
        It wants more than that. Nothing was done.
    TorchFileMalformed, TorchFileTooLarge
        It is no whole pickle, or goes beyond the limits.
    """
    machine = Machine(limits)
    stream = io.BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the reader of globals, on escapes that it does not know
            for _ in range(limits.pickle_opcodes):
                opcode = _OPCODES.get(stream.read(1).decode("latin-1"))
                if opcode is None:
                    raise malformed(f"no opcode stands at byte {stream.tell() - 1}")
                # Before its argument is looked at: reading some kinds of text imports a codec.
                if opcode.name not in _KNOWN:
                    raise TorchFileOpcode(
                        f"the pickle in the file uses {opcode.name}, which files of tensors have no need of: it may be "
                        "a program. Nothing was run; get safetensors or a plain state dict from its maker"
                    )
                argument = None if opcode.arg is None else opcode.arg.reader(stream)
                if opcode.name == "STOP":
                    return machine.result()
                _step(machine, opcode.name, argument)
    except (TorchFileUnsafe, TorchFileMalformed, TorchFileTooLarge):
        raise
    except (LookupError, ValueError, TypeError, ArithmeticError, AssertionError, RecursionError) as error:
        # What the readers of arguments raise on what is no pickle, and what a stack that runs empty raises here.
        raise malformed(f"{type(error).__name__}: {str(error)[:100]}") from error
    raise TorchFileTooLarge(f"the pickle has more than {limits.pickle_opcodes} opcodes")


def _step(machine: Machine, name: str, argument: Any) -> None:
    machine.count(1)
    if name in _WITH_VALUE:
        machine.push(_plain(argument))
    elif name in _PUSHED:
        machine.push(_PUSHED[name]())
    elif name in _STEPS:
        _STEPS[name](machine, argument)


def _plain(value: Any) -> Any:
    if isinstance(value, int) and not -_MOST_INT <= value < _MOST_INT:
        raise TorchFileTooLarge("the pickle holds a whole number of more than 64 bits")
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise TorchFileTooLarge(f"the pickle holds a text of more than {_LONGEST_TEXT} letters")
    return value
