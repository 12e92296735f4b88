"""Reads a pickle of plain data and NumPy arrays, by a machine of its own that can call nothing; knows no Paddle.

`pickle` imports what a file names, and calls it. Here a name is only looked up in `ALLOWED`, whose five functions
make arrays. `pickletools` of the standard library tells the instructions apart, with their offsets.
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO, final

from ._arrays import Array, Dtype, from_buffer
from ._errors import WeightsFileError
from ._plain import plain

_CORES = ("numpy.core", "numpy._core")


@final
class Global:
    """The name of something that a file wants to be imported, and is not."""

    def __init__(self, name: str) -> None:
        self.name = name


def _scalar(dtype: Dtype, data: bytes) -> Array:
    return Array(dtype, (), data)


def _encode(text: str, encoding: str = "latin1") -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"an encoding '{encoding}'")
    return text.encode("latin1")


ALLOWED: dict[str, Callable[..., Any]] = {
    **{f"{core}.multiarray._reconstruct": lambda kind, shape, code: Array() for core in _CORES},
    **{f"{core}.multiarray.scalar": _scalar for core in _CORES},
    **{f"{core}.numeric._frombuffer": from_buffer for core in _CORES},
    "numpy.dtype": lambda code, align=False, copy=True: Dtype(code),
    "numpy.ndarray": lambda *_: None,  # named as the kind of what is made, and never called
    "_codecs.encode": _encode,
    "__builtin__.bytes": lambda: b"",  # as protocols below 3 spell it
    "builtins.tuple": tuple,
    "__builtin__.tuple": tuple,
    "collections.OrderedDict": dict,
}

_DATA = frozenset(
    f"{size}{kind}"
    for kind, sizes in {
        "INT": ("", "BIN"),
        "INT1": ("BIN",),
        "INT2": ("BIN",),
        "LONG": ("",),
        "LONG1": ("",),
        "LONG4": ("",),
        "STRING": ("", "BIN", "SHORT_BIN"),
        "UNICODE": ("", "BIN", "SHORT_BIN"),
        "UNICODE8": ("BIN",),
        "BYTES": ("BIN", "SHORT_BIN"),
        "BYTES8": ("BIN",),
        "ARRAY8": ("BYTE",),
        "FLOAT": ("", "BIN"),
    }.items()
    for size in sizes
)
"""Instructions that put their argument on the stack."""
_FRESH: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def read_pickle(file: BinaryIO, size: int) -> Any:
    """Read plain data; arrays come as `Bits`. `WeightsFileError` names what is refused, and the byte it stands at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of escapes in text, which pickletools decodes
        return _run(file, size)


def _run(file: BinaryIO, size: int) -> Any:
    machine, offset = _Machine(), 0
    try:
        for code, argument, position in pickletools.genops(file):
            offset = position or 0
            if code.name == "STOP":
                return plain(machine.pop())
            machine.do(code.name, argument)
    except _Refused as refused:
        raise WeightsFileError(str(refused), offset) from None
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        # genops raises between instructions: the offset is then how far it has read
        raise WeightsFileError(f"no readable pickle: {str(error) or type(error).__name__}", offset) from None
    raise WeightsFileError("the pickle has no end", size)


class _Refused(Exception):
    """What the file asks for is not done."""


@final
class _Machine:
    """The stack, the marks in it, and what has been kept by number."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def do(self, name: str, argument: Any) -> None:
        if name in _DATA:
            self.stack.append(argument)
        elif name in _FRESH:
            self.stack.append(_FRESH[name]())
        elif name in _TUPLES:
            self.stack.append(tuple(self.take(_TUPLES[name])))
        elif name in _STEPS:
            _STEPS[name](self, argument)
        else:
            raise _Refused(f"refuses the instruction {name}, which no file of weights needs")

    def pop(self) -> Any:
        if self.marks and self.marks[-1] == len(self.stack):
            raise ValueError("nothing lies above the mark")
        return self.stack.pop()

    def take(self, count: int) -> list[Any]:
        return [self.pop() for _ in range(count)][::-1]

    def since_mark(self) -> list[Any]:
        start = self.marks.pop()
        found, self.stack[start:] = self.stack[start:], []
        return found

    def keep(self, number: int | None) -> None:
        self.memo[len(self.memo) if number is None else number] = self.stack[-1]

    def name(self, module: Any, name: Any) -> None:
        full = f"{module}.{name}"
        if full not in ALLOWED:
            raise _Refused(f"refuses the global '{full}'")
        self.stack.append(Global(full))

    def call(self) -> None:
        function, arguments = self.take(2)
        if not isinstance(function, Global) or not isinstance(arguments, tuple):
            raise _Refused("refuses to call what is no function")
        self.stack.append(ALLOWED[function.name](*arguments))

    def build(self) -> None:
        made, state = self.take(2)
        if not isinstance(made, Array | Dtype):
            raise _Refused(f"refuses to set the state of a {type(made).__name__}")
        made.set(*state)
        self.stack.append(made)

    def add_items(self, pairs: list[Any]) -> None:
        keys, values = pairs[::2], pairs[1::2]
        if not isinstance(self.stack[-1], dict):
            raise TypeError("items are put into what is no dict")
        if any(type(key) not in (str, int, float, bool, bytes) for key in keys):  # a nest of tuples may hash for ever
            raise TypeError("a key that is neither text nor a number")
        self.stack[-1].update(zip(keys, values, strict=True))

    def extend(self, values: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise TypeError("values are appended to what is no list")
        self.stack[-1] += values

    def new_dict(self, pairs: list[Any]) -> None:
        self.stack.append({})
        self.add_items(pairs)


_STEPS: dict[str, Callable[[_Machine, Any], Any]] = {
    "PROTO": lambda m, _: None,
    "FRAME": lambda m, _: None,
    "MARK": lambda m, _: m.marks.append(len(m.stack)),
    "POP": lambda m, _: m.pop(),
    "POP_MARK": lambda m, _: m.since_mark(),
    "DUP": lambda m, _: m.stack.append(m.stack[-1]),
    "MEMOIZE": lambda m, _: m.keep(None),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), lambda m, number: m.keep(number)),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), lambda m, number: m.stack.append(m.memo[number])),
    "TUPLE": lambda m, _: m.stack.append(tuple(m.since_mark())),
    "LIST": lambda m, _: m.stack.append(m.since_mark()),
    "DICT": lambda m, _: m.new_dict(m.since_mark()),
    "APPEND": lambda m, _: m.extend([m.pop()]),
    "APPENDS": lambda m, _: m.extend(m.since_mark()),
    "SETITEM": lambda m, _: m.add_items(m.take(2)),
    "SETITEMS": lambda m, _: m.add_items(m.since_mark()),
    "GLOBAL": lambda m, names: m.name(*names.split(" ", 1)),
    "STACK_GLOBAL": lambda m, _: m.name(*m.take(2)),
    "REDUCE": lambda m, _: m.call(),
    "BUILD": lambda m, _: m.build(),
}
