"""The rules: tables of what each name of Paddle becomes; see `actzoo/port/_rows.py` for how a row is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from .._rows import Rule, merged, read_rows
from . import attributes, functional, layers, methods, models, tensors, three, tools, training, zoo

ALIASES = {
    "paddle.framework.ParamAttr": "paddle.ParamAttr",
    "paddle.base.param_attr.ParamAttr": "paddle.ParamAttr",
    "paddle.fluid.ParamAttr": "paddle.ParamAttr",
    "paddle.nn.loss.CrossEntropyLoss": "paddle.nn.CrossEntropyLoss",
    "paddle.nn.layer.layers.Layer": "paddle.nn.Layer",
    "paddle.linalg.matmul": "paddle.matmul",
    "paddle.vision.image.image_load": "paddle.vision.image_load",
    "paddle.nn.loss.MSELoss": "paddle.nn.MSELoss",
    "paddle.clamp": "paddle.clip",
    "paddle.nn.layer.Layer": "paddle.nn.Layer",
    "paddle.nn.initializer.constant.Constant": "paddle.nn.initializer.Constant",
}
"""Names of the same thing."""

MOVED = {
    "paddle.tensor.": "paddle.",
    "paddle.vision.transforms.transforms.": "paddle.vision.transforms.",
    "paddle.vision.datasets.cifar.": "paddle.vision.datasets.",
    "paddle.vision.datasets.mnist.": "paddle.vision.datasets.",
}
"""Modules that Paddle's own packages take names from, which some sources name too."""


def _of_layers() -> dict[str, Rule]:
    """The attributes of layers, by the full names of their classes."""
    found = read_rows(attributes.OPEN)
    for rule in read_rows(attributes.TABLE).values():
        group, _, name = rule.name.partition(".")
        for layer in attributes.GROUPS[group].split():
            full = f"paddle.nn.{layer}.{name}"
            if full in found:
                raise ValueError(f"two rules for {full}")
            found[full] = replace(rule, name=full)
    return found


@cache
def rules(version: int = 2, use_zoo: bool = False) -> Mapping[str, Rule]:
    """All rules by name, for sources of Paddle 2 or 3, with the zoo's activations or torch's."""
    if version not in (2, 3):
        raise ValueError(f"rules are for Paddle 2 and 3, not {version}")
    tables = (functional, layers, methods, models, tensors, tools, training)
    found = merged(*(read_rows(table.TABLE) for table in tables))
    found |= read_rows(three.TABLE) if version == 3 else {}
    found |= read_rows(zoo.TABLE) if use_zoo else {}
    found |= _of_layers()
    found |= {name: replace(found[other], name=name) for name, other in ALIASES.items()}
    for inner, outer in MOVED.items():
        found |= {
            inner + name.removeprefix(outer): replace(rule, name=inner + name.removeprefix(outer))
            for name, rule in list(found.items())
            if name.startswith(outer) and "." not in name.removeprefix(outer)
        }
    return found
