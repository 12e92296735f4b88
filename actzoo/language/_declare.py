"""The parts that a spec's signature declares. Knows no framework, and nothing of the body.

Sizes, counts and conditions are Python expressions in text, over the spec's options and `C`, the number
of channels: `Dense("C", "C // reduction")`. They stay expressions, and are what the rendered class computes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Normal:
    """Initial values drawn from a normal distribution of mean 0."""

    scale: float = 1.0

    def __str__(self) -> str:
        return f"normal(0, {self.scale:g})"


@dataclass(frozen=True)
class Part:
    """Something a module owns. `when` is the condition under which it exists."""


@dataclass(frozen=True)
class Param(Part):
    """A learnt tensor, of the same shape in every framework.

    init    a number, `Normal`, or an expression over the options
    given   its initial value is a constructor argument of its own name
    learnt  the option that decides whether it is learnt; if not, it is a plain number
    """

    shape: str
    init: float | str | Normal = 0.0
    given: bool = False
    learnt: str | None = None


@dataclass(frozen=True)
class Buffer(Part):
    """A tensor that is saved and not learnt; its values may be given to the constructor by its name."""

    shape: str
    init: str


@dataclass(frozen=True)
class Noise(Part):
    """Uniform random numbers in [0, 1), one for each element of the input: given, or drawn in training."""


@dataclass(frozen=True)
class Dense(Part):
    """A linear layer over the channels of a vector (N, inputs)."""

    inputs: str
    outputs: str
    when: str = "True"
    key: str | None = None


@dataclass(frozen=True)
class Conv(Part):
    """A convolution. `rank` is "1d", "2d", "3d" or the name of the option that says which."""

    inputs: str
    outputs: str
    kernel: str = "1"
    stride: str = "1"
    padding: str = "0"
    groups: str = "1"
    bias: str = "True"
    rank: str = "'2d'"
    when: str = "True"
    key: str | None = None
    count: str | None = None


@dataclass(frozen=True)
class Norm(Part):
    """A normalisation by name: "batch_norm", "group_norm" (one group), "instance_norm" (as many as channels)."""

    features: str
    kind: str = "'batch_norm'"
    rank: str = "'2d'"
    when: str = "True"
    key: str | None = None
    count: str | None = None


Layer = Dense | Conv | Norm
