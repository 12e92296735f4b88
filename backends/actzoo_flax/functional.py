# Made by: actzoo render --write
"""The zoo in Flax NNX, as functions of the input and its parameters."""

from actzoo_flax._acon_a import acon_a as acon_a
from actzoo_flax._acon_b import acon_b as acon_b
from actzoo_flax._acon_c import acon_c as acon_c
from actzoo_flax._celu import celu as celu
from actzoo_flax._elu import elu as elu
from actzoo_flax._gelu import gelu as gelu
from actzoo_flax._hard_shrink import hard_shrink as hard_shrink
from actzoo_flax._hard_sigmoid import hard_sigmoid as hard_sigmoid
from actzoo_flax._hard_swish import hard_swish as hard_swish
from actzoo_flax._hard_tanh import hard_tanh as hard_tanh
from actzoo_flax._leaky_relu import leaky_relu as leaky_relu
from actzoo_flax._log_sigmoid import log_sigmoid as log_sigmoid
from actzoo_flax._mish import mish as mish
from actzoo_flax._prelu import prelu as prelu
from actzoo_flax._relu import relu as relu
from actzoo_flax._relu6 import relu6 as relu6
from actzoo_flax._rrelu import rrelu as rrelu
from actzoo_flax._selu import selu as selu
from actzoo_flax._sigmoid import sigmoid as sigmoid
from actzoo_flax._softplus import softplus as softplus
from actzoo_flax._softshrink import softshrink as softshrink
from actzoo_flax._softsign import softsign as softsign
from actzoo_flax._swish import swish as swish
from actzoo_flax._tanh import tanh as tanh
from actzoo_flax._tanh_shrink import tanh_shrink as tanh_shrink
