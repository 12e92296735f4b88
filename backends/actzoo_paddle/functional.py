# Made by: actzoo render --write
"""The zoo in Paddle, as functions of the input and its parameters."""

from actzoo_paddle._acon_a import acon_a as acon_a
from actzoo_paddle._acon_b import acon_b as acon_b
from actzoo_paddle._acon_c import acon_c as acon_c
from actzoo_paddle._celu import celu as celu
from actzoo_paddle._elu import elu as elu
from actzoo_paddle._gelu import gelu as gelu
from actzoo_paddle._hard_shrink import hard_shrink as hard_shrink
from actzoo_paddle._hard_sigmoid import hard_sigmoid as hard_sigmoid
from actzoo_paddle._hard_swish import hard_swish as hard_swish
from actzoo_paddle._hard_tanh import hard_tanh as hard_tanh
from actzoo_paddle._leaky_relu import leaky_relu as leaky_relu
from actzoo_paddle._log_sigmoid import log_sigmoid as log_sigmoid
from actzoo_paddle._mish import mish as mish
from actzoo_paddle._prelu import prelu as prelu
from actzoo_paddle._relu import relu as relu
from actzoo_paddle._relu6 import relu6 as relu6
from actzoo_paddle._rrelu import rrelu as rrelu
from actzoo_paddle._selu import selu as selu
from actzoo_paddle._sigmoid import sigmoid as sigmoid
from actzoo_paddle._softplus import softplus as softplus
from actzoo_paddle._softshrink import softshrink as softshrink
from actzoo_paddle._softsign import softsign as softsign
from actzoo_paddle._swish import swish as swish
from actzoo_paddle._tanh import tanh as tanh
from actzoo_paddle._tanh_shrink import tanh_shrink as tanh_shrink
