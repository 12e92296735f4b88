"""What a renderer is: tables and templates. One `Target` a framework, and one walk that reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ARITHMETIC: Mapping[str, str] = {
    "add": "a + b",
    "sub": "a - b",
    "mul": "a * b",
    "div": "a / b",
    "neg": "-a",
    "lt": "a < b",
    "le": "a <= b",
    "gt": "a > b",
    "ge": "a >= b",
    "both": "(a) & (b)",
}

STRUCTURES: Mapping[str, str] = {
    "spatial_mean": "spatial_mean(a)",
    "spatial_max": "spatial_max(a)",
    "pooled": "pooled(a)",
    "per_sample": "per_sample(a, b, c, x)",
    "per_channel": "per_channel(a, b, c, x)",
    "channelwise": "channelwise(a, x)",
    "softmax": "softmax(a, b)",
    "positions": "positions(a)",
    "average_pool": "average_pool(a, b)",
    "max_pool": "max_pool(a, b)",
    "resize_nearest": "resize_nearest(a, b)",
}
"""Every runtime has these functions; a framework that names them otherwise brings a table of its own."""


@dataclass(frozen=True)
class Rows:
    """What pointwise expressions are written in, as data. A row is a Python expression over `a`, `b`, ... in the order
    of the arguments.

    name        what the command line calls it
    title       its name in messages
    package     the rendered package, and its folder under `backends/`
    primitives  pointwise operators
    number      a number among tensors; `first` is an input of the stage
    decorator   of a function of one position, in a kernel
    """

    name: str
    title: str
    package: str
    primitives: Mapping[str, str]
    number: str = "a"
    decorator: str = ""
    scripts: str = ""
    scripts_not: str = ""

    @property
    def rows(self) -> list[str]:
        """Every row that may stand in an expression."""
        return [self.number, *self.primitives.values()]

    @property
    def reserved(self) -> frozenset[str]:
        """The names that rows use, which no variable may hide."""
        return frozenset(re.findall(r"(?<![.\w])[a-z_]\w+", " ".join(self.rows))) - {"first"}

    def row(self, table: str, name: str) -> str:
        """One row; a missing one is an error that says where it belongs."""
        rows: Mapping[str, str] = getattr(self, table)
        if name not in rows:
            raise NotImplementedError(
                f"{self.title} has no '{name}'; add a row to {table} in actzoo/render/to_{self.name}.py"
            )
        return rows[name]


@dataclass(frozen=True, kw_only=True)
class Target(Rows):
    """One framework: its tensors, modules and layers too. A row may also be a line with fields in braces.

    imports     the framework's modules, as a rendered file imports them
    tensor      the type of a tensor
    stage       the functions that a pointwise stage is rendered to, besides its value
    curved      the same for a stage whose slope is no constant, where they differ
    structures  structural operators, their options after the arguments
    state       how a module keeps and reads what it owns
    layers      constructors; all take the fields of their declaration
    draw        noise that was not given, in a module
    noise       noise that was not given, in a function
    module      the class; see `_module.py` for the fields
    training    a module's `training`, and the default of a function's
    requires    the framework's modules; the first names the extra that installs it
    stages_in   the package that the rendered stages are imported from; None where they are rendered
    fast        the package's module whose `pointwise` chooses between a kernel and the runtime's; it has `explain`
    in_place    whether tensors can be written over
    reset       initial values given again to what a module owns, by the row of `state` that makes it
    decorator   what stands before functions
    scripts     what stands before the call of a module of x alone; scripts_not: of one with layers or noise
    layout      the shape of an input, for docstrings
    """

    imports: str
    tensor: str
    stage: tuple[str, ...]
    structures: Mapping[str, str]
    state: Mapping[str, str]
    layers: Mapping[str, str]
    draw: str
    noise: str
    module: str
    training: str
    layout: str
    requires: tuple[str, ...]
    stages_in: str | None = None
    fast: str = ""
    in_place: bool = False
    curved: tuple[str, ...] = ()
    reset: Mapping[str, str] = field(default_factory=dict)
    decorator: str = ""
    scripts: str = ""
    scripts_not: str = ""

    @property
    def rows(self) -> list[str]:
        return [*super().rows, *self.structures.values()]
