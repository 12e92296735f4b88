"""What a framework has no kernel for, so that a line goes without: one row each. Paddle 3.3.1, on a CPU."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Limit:
    """Lines by a pattern of their names, the kind of output that they lack, and what the framework says of it."""

    lines: str
    kind: str
    says: str


LIMITS = (
    Limit("*-paddle-cpu-*float16-eager-random", "second", "kernel 'add' is not registered for float16"),
    Limit("frelu*-paddle-*", "second", "depthwise_conv2d_double_grad is not registered; batch norm in 1-D and 3-D"),
    Limit("gather_excite*extra_params=True*-paddle-*", "second", "depthwise_conv2d_double_grad is not registered"),
    Limit("gather_excite*extent=2,add_maxpool=True*-paddle-*", "second", "Pool op grad grad only supports avgpool"),
    Limit("squeeze_excite*norm_layer=group_norm*-paddle-*", "second", "group_norm_grad doesn't have any grad op"),
)


def lacks(line: str) -> frozenset[str]:
    """The kinds of outputs that a line goes without."""
    return frozenset(limit.kind for limit in LIMITS if fnmatchcase(line, limit.lines))
