# Made by: actzoo render --write
"""The element-wise activations that an option may name."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from actzoo_torch._celu import celu
from actzoo_torch._elu import elu
from actzoo_torch._gelu import gelu
from actzoo_torch._hard_shrink import hard_shrink
from actzoo_torch._hard_sigmoid import hard_sigmoid
from actzoo_torch._hard_swish import hard_swish
from actzoo_torch._hard_tanh import hard_tanh
from actzoo_torch._leaky_relu import leaky_relu
from actzoo_torch._log_sigmoid import log_sigmoid
from actzoo_torch._mish import mish
from actzoo_torch._relu import relu
from actzoo_torch._relu6 import relu6
from actzoo_torch._selu import selu
from actzoo_torch._sigmoid import sigmoid
from actzoo_torch._softplus import softplus
from actzoo_torch._softshrink import softshrink
from actzoo_torch._softsign import softsign
from actzoo_torch._swish import swish
from actzoo_torch._tanh import tanh
from actzoo_torch._tanh_shrink import tanh_shrink

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "celu": celu,
    "elu": elu,
    "gelu": gelu,
    "hard_shrink": hard_shrink,
    "hard_sigmoid": hard_sigmoid,
    "hard_swish": hard_swish,
    "hard_tanh": hard_tanh,
    "leaky_relu": leaky_relu,
    "log_sigmoid": log_sigmoid,
    "mish": mish,
    "relu": relu,
    "relu6": relu6,
    "selu": selu,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "softshrink": softshrink,
    "softsign": softsign,
    "swish": swish,
    "tanh": tanh,
    "tanh_shrink": tanh_shrink,
}


def activation(owner: str, option: str, name: str) -> Callable[[Tensor], Tensor]:
    """The element-wise activation of that name, for an option such as `act_layer`."""
    if name not in ACTIVATIONS:
        raise ValueError(f"{owner}: {option} is one of {', '.join(sorted(ACTIVATIONS))}; got {name!r}")
    return ACTIVATIONS[name]
