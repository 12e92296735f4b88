"""What a parameter is to the operations of a program, for names that tell no layer; knows no file format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

from ._program import Operation, Program


@final
@dataclass(frozen=True)
class Role:
    """The kind of layer and the name that Paddle's layer has for the parameter; `sure` if only such a layer does so."""

    kind: str
    leaf: str
    sure: bool = False


_NORM = (("Scale", 1, "weight"), ("Bias", 2, "bias"))
_BATCH_NORM = (("Scale", 3, "weight"), ("Bias", 4, "bias"), ("Mean", 1, "_mean"), ("Variance", 2, "_variance"))
_CONV = (("Filter", 1, "weight"),)
_Slots = tuple[tuple[str, int, str], ...]
_LINEAR: tuple[tuple[str, int, str], ...] = (("Y", 1, "weight"),)

OPERATIONS: Mapping[str, tuple[str, _Slots]] = MappingProxyType(
    {
        **dict.fromkeys(("conv2d", "depthwise_conv2d", "conv3d"), ("conv", _CONV)),
        **dict.fromkeys(
            ("conv2d_transpose", "depthwise_conv2d_transpose", "conv3d_transpose"), ("conv_transpose", _CONV)
        ),
        **dict.fromkeys(
            ("batch_norm", "batch_norm_", "sync_batch_norm", "sync_batch_norm_"), ("batch_norm", _BATCH_NORM)
        ),
        "layer_norm": ("layer_norm", _NORM),
        "group_norm": ("group_norm", _NORM),
        "instance_norm": ("instance_norm", (("Scale", 1, "scale"), ("Bias", 2, "bias"))),
        "prelu": ("prelu", (("Alpha", 1, "_weight"),)),
        **dict.fromkeys(("lookup_table", "lookup_table_v2", "embedding"), ("embedding", (("W", 1, "weight"),))),
        **dict.fromkeys(
            ("bilinear", "bilinear_tensor_product"), ("bilinear", (("Weight", 2, "weight"), ("Bias", 3, "bias")))
        ),
        "fc": ("dense", (("W", 1, "weight"), ("Bias", 2, "bias"))),
        "mul": ("dense", _LINEAR),
    }
)
"""By operation: the kind of layer, and its slots in `.pdmodel` and positions in `.json`, with the layer's names."""

_PRODUCTS = ("matmul", "matmul_v2")
_SUMS = ("add", "elementwise_add")
_TURNED = frozenset({"trans_x", "trans_y", "transpose_x", "transpose_y", "transpose_X", "transpose_Y"})
_SAME = ("cast", "assign", "share_data", "share_data_")
_IN_LINEAR = re.compile(r"/Linear(_\d+)?/$")


def roles(program: Program) -> dict[str, Role]:
    """By Paddle's name of each parameter; not of one that the operations disagree on, and not where nothing tells."""
    found: dict[str, set[Role]] = {}
    for name, role in _seen(program):
        found.setdefault(name, set()).add(role)
    return {name: next(iter(each)) for name, each in found.items() if len(each) == 1}


def _seen(program: Program) -> Iterator[tuple[str, Role]]:
    same: dict[str, str] = {}  # what is a parameter's value under another name
    summands = {name: other for operation in program.operations for name, other in _summands(operation)}
    for operation in program.operations:
        reads = {slot: tuple(same.get(name, name) for name in names) for slot, names in operation.inputs.items()}
        if operation.type in _SAME:
            same |= dict.fromkeys(operation.outputs[:1], next((n[0] for n in reads.values() if n), ""))
        elif operation.type in OPERATIONS:
            kind, slots = OPERATIONS[operation.type]
            for slot, place, leaf in slots:
                for name in (*reads.get(slot, ()), *reads.get(place, ())):
                    if name in program.shapes:
                        yield name, Role(kind, leaf)
        elif operation.type in _PRODUCTS and not operation.flags & _TURNED:
            for name in (*reads.get("Y", ()), *reads.get(1, ())):
                shape = program.shapes.get(name, ())
                layer = bool(_IN_LINEAR.search(operation.layer))
                if len(shape) == 2 and (layer or _biased(operation, shape[1], summands, program)):
                    yield name, Role("dense", "weight", sure=layer)


def _summands(operation: Operation) -> Iterator[tuple[str, str]]:
    names = [name for names in operation.inputs.values() for name in names]
    if operation.type in _SUMS and len(names) == 2:
        yield names[0], names[1]
        yield names[1], names[0]


def _biased(operation: Operation, width: int, summands: Mapping[str, str], program: Program) -> bool:
    """Whether a vector that is a parameter is added to the product, as a linear layer does."""
    return any(program.shapes.get(summands.get(made, "")) == (width,) for made in operation.outputs)
