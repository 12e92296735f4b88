"""Reads the program beside an inference model, `.json` of 3.x or `.pdmodel` of 2.x: its parameters and operations.

Knows no layer. Nothing is run: a program is data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, final

from ._errors import WeightsFileError
from ._protobuf import fields, signed


@final
@dataclass(frozen=True)
class Operation:
    """A step: the variables that it reads, by slot (of `.pdmodel`) or by position, those that it makes, and flags.

    `layer` is the path of layers whose code made it, as `/MultiHeadAttention/Linear_3/`, where the program tells.
    """

    type: str
    inputs: Mapping[str | int, tuple[str, ...]]
    outputs: tuple[str, ...]
    flags: frozenset[str] = frozenset()
    layer: str = ""


@final
@dataclass(frozen=True)
class Program:
    """The shapes of what the file of parameters holds, by Paddle's name, and the operations."""

    shapes: Mapping[str, tuple[int, ...]]
    operations: tuple[Operation, ...] = field(repr=False)


def read_json(data: bytes) -> Program | None:
    """Read a program of Paddle 3; None for other JSON, as settings of the user's."""
    try:
        whole = json.loads(data.decode("utf-8"))
        return _from_json(whole) if isinstance(whole, dict) and "program" in whole else None
    except (ValueError, RecursionError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise WeightsFileError(f"no program of Paddle: {type(error).__name__} {str(error)[:100]}") from None


def _from_json(whole: Any) -> Program:
    names: dict[int, str] = {}  # by the number of the value
    shapes: dict[str, tuple[int, ...]] = {}
    operations = []
    for node in _nodes(whole["program"]["regions"]):
        if node["#"] == "p":
            name, value = str(node["A"][-1]), node["O"]
            names[value["%"]] = name
            if node.get("OA", [1])[0]:
                shapes[name] = tuple(value["TT"]["D"][1])
            continue
        told = {each["N"]: each["AT"]["D"] for each in node["A"] if "D" in each["AT"]}
        operations.append(
            Operation(
                node["#"].rpartition(".")[2],
                {place: (names.get(each["%"], f"%{each['%']}"),) for place, each in enumerate(node["I"])},
                tuple(f"%{each['%']}" for each in node["O"]),
                frozenset(flag for flag, value in told.items() if value is True),
                str(told.get("struct_name", "")),
            )
        )
    return Program(shapes, tuple(operations))


def _nodes(regions: Any) -> Iterator[Any]:
    """Every operation, those in branches and loops too."""
    waiting = [*regions]
    for region in waiting:  # which grows meanwhile
        for block in region["blocks"]:
            for node in block["ops"]:
                yield node
                waiting += node.get("regions", ())


def read_pdmodel(data: bytes) -> Program:
    """Read a program of Paddle 2: the message `ProgramDesc` of its framework.proto."""
    shapes: dict[str, tuple[int, ...]] = {}
    operations: list[Operation] = []
    for block in _messages(memoryview(data), 1):
        for variable in _messages(block, 3):
            name, shape = _variable(variable)
            if shape is not None:
                shapes[name] = shape
        operations += map(_operation, _messages(block, 4))
    if not operations:
        raise WeightsFileError("no program of Paddle: it has no operation")
    return Program(shapes, tuple(operations))


def _messages(data: memoryview, number: int) -> Iterator[memoryview]:
    for found, value in fields(data):
        if found == number and isinstance(value, memoryview):
            yield value


def _texts(data: memoryview, number: int) -> tuple[str, ...]:
    return tuple(bytes(each).decode("utf-8", "replace") for each in _messages(data, number))


def _number(data: memoryview, number: int) -> int:
    """The last of that number, as protobuf has it; 0 for none."""
    return next((value for found, value in reversed([*fields(data)]) if found == number and isinstance(value, int)), 0)


_DENSE_TENSOR = 7
"""`VarType.LOD_TENSOR`; what is fed and fetched is persistable too, and no parameter."""


def _variable(data: memoryview) -> tuple[str, tuple[int, ...] | None]:
    """A `VarDesc`: the name, and the shape if it is a tensor that is kept."""
    name = "".join(_texts(data, 1)[-1:])
    kind = next(_messages(data, 2), memoryview(b""))
    if not _number(data, 3) or _number(kind, 1) != _DENSE_TENSOR:
        return name, None
    tensor = next((inner for outer in _messages(kind, 3) for inner in _messages(outer, 1)), memoryview(b""))
    return name, tuple(_extents(tensor))


def _extents(tensor: memoryview) -> Iterator[int]:
    for number, value in fields(tensor):
        if number == 2 and isinstance(value, int):
            yield signed(value)


def _operation(data: memoryview) -> Operation:
    """An `OpDesc`."""
    inputs: dict[str | int, tuple[str, ...]] = {"".join(_texts(v, 1)): _texts(v, 2) for v in _messages(data, 1)}
    outputs = tuple(name for v in _messages(data, 2) for name in _texts(v, 2))
    flags = frozenset("".join(_texts(a, 1)) for a in _messages(data, 4) if _number(a, 10))
    return Operation("".join(_texts(data, 3)), inputs, outputs, flags)
