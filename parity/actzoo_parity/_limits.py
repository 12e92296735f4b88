"""What a framework has no kernel for, so that a line goes without: one row each. Paddle 3.3, on a CPU.

`tests/test_limits.py` runs every line that a row is about: it has to fail still, with the words that the row has.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Limit:
    """Lines by a pattern of their names, the kind of output that they lack, and what the framework says of it."""

    lines: str
    kind: str
    says: str


DEPTHWISE = "kernel `depthwise_conv2d_double_grad` is not registered"
GROUP_NORM = "group_norm_grad doesn't have any grad op"

LIMITS = (
    Limit("*-paddle-cpu-*float16-eager-random*", "second", "of kernel `add` is not registered"),  # gradients of x meet
    Limit("frelu*conv_type=?d*-paddle-cpu-*", "second", "Required tensor shall not be nullptr"),  # of batch norm
    Limit("frelu*-paddle-cpu-*", "second", DEPTHWISE),
    Limit("gather_excite*extra_params=True*norm_layer=*_norm*-paddle-cpu-*", "second", GROUP_NORM),
    Limit("gather_excite*extra_params=True*-paddle-cpu-*", "second", DEPTHWISE),
    Limit("gather_excite*extent=2,add_maxpool=True*-paddle-cpu-*", "second", "Pool op grad grad only supports avgpool"),
    Limit("*_*norm_layer=group_norm*-paddle-cpu-*", "second", GROUP_NORM),
)
"""The first row that fits a line speaks for it."""


def limit(line: str) -> Limit | None:
    """The row that speaks for a line."""
    return next((each for each in LIMITS if fnmatchcase(line, each.lines)), None)


def lacks(line: str) -> frozenset[str]:
    """The kinds of outputs that a line goes without."""
    found = limit(line)
    return frozenset({found.kind} if found else ())
