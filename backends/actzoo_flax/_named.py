# Made by: actzoo render --write
"""The element-wise activations that an option may name."""

from __future__ import annotations

from collections.abc import Callable

from jax import Array
from actzoo_flax._celu import celu
from actzoo_flax._elu import elu
from actzoo_flax._gelu import gelu
from actzoo_flax._hard_shrink import hard_shrink
from actzoo_flax._hard_sigmoid import hard_sigmoid
from actzoo_flax._hard_swish import hard_swish
from actzoo_flax._hard_tanh import hard_tanh
from actzoo_flax._leaky_relu import leaky_relu
from actzoo_flax._log_sigmoid import log_sigmoid
from actzoo_flax._mish import mish
from actzoo_flax._relu import relu
from actzoo_flax._relu6 import relu6
from actzoo_flax._selu import selu
from actzoo_flax._sigmoid import sigmoid
from actzoo_flax._softplus import softplus
from actzoo_flax._softshrink import softshrink
from actzoo_flax._softsign import softsign
from actzoo_flax._swish import swish
from actzoo_flax._tanh import tanh
from actzoo_flax._tanh_shrink import tanh_shrink

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
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


def activation(owner: str, option: str, name: str) -> Callable[[Array], Array]:
    """The element-wise activation of that name, for an option such as `act_layer`."""
    if name not in ACTIVATIONS:
        raise ValueError(f"{owner}: {option} is one of {', '.join(sorted(ACTIVATIONS))}; got {name!r}")
    return ACTIVATIONS[name]
