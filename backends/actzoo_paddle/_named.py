# Made by: actzoo render --write
"""The element-wise activations that an option may name."""

from __future__ import annotations

from collections.abc import Callable

from paddle import Tensor
from actzoo_paddle._celu import celu
from actzoo_paddle._elu import elu
from actzoo_paddle._gelu import gelu
from actzoo_paddle._hard_shrink import hard_shrink
from actzoo_paddle._hard_sigmoid import hard_sigmoid
from actzoo_paddle._hard_swish import hard_swish
from actzoo_paddle._hard_tanh import hard_tanh
from actzoo_paddle._leaky_relu import leaky_relu
from actzoo_paddle._log_sigmoid import log_sigmoid
from actzoo_paddle._mish import mish
from actzoo_paddle._relu import relu
from actzoo_paddle._relu6 import relu6
from actzoo_paddle._selu import selu
from actzoo_paddle._sigmoid import sigmoid
from actzoo_paddle._softplus import softplus
from actzoo_paddle._softshrink import softshrink
from actzoo_paddle._softsign import softsign
from actzoo_paddle._swish import swish
from actzoo_paddle._tanh import tanh
from actzoo_paddle._tanh_shrink import tanh_shrink

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
