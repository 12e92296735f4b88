"""The rules: tables of what each name of Paddle becomes; see `actzoo/port/_rows.py` for how a row is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from .._rows import Rule, merged, read_rows
from . import functional, layers, methods, models, tensors, tools, training

ALIASES = {
    "paddle.framework.ParamAttr": "paddle.ParamAttr",
    "paddle.base.param_attr.ParamAttr": "paddle.ParamAttr",
    "paddle.fluid.ParamAttr": "paddle.ParamAttr",
    "paddle.nn.loss.CrossEntropyLoss": "paddle.nn.CrossEntropyLoss",
    "paddle.nn.layer.layers.Layer": "paddle.nn.Layer",
    "paddle.linalg.matmul": "paddle.matmul",
    "paddle.nn.layer.Layer": "paddle.nn.Layer",
    "paddle.nn.initializer.constant.Constant": "paddle.nn.initializer.Constant",
}
"""Names of the same thing."""


@cache
def rules() -> Mapping[str, Rule]:
    """All rules by name."""
    tables = (functional, layers, methods, models, tensors, tools, training)
    found = merged(*(read_rows(table.TABLE) for table in tables))
    return found | {name: replace(found[other], name=name) for name, other in ALIASES.items()}
