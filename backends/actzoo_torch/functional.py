# Made by: actzoo render --write
"""The zoo in torch, as functions of the input and its parameters."""

from actzoo_torch._acon_a import acon_a as acon_a
from actzoo_torch._acon_b import acon_b as acon_b
from actzoo_torch._acon_c import acon_c as acon_c
from actzoo_torch._celu import celu as celu
from actzoo_torch._elu import elu as elu
from actzoo_torch._gelu import gelu as gelu
from actzoo_torch._hard_shrink import hard_shrink as hard_shrink
from actzoo_torch._hard_sigmoid import hard_sigmoid as hard_sigmoid
from actzoo_torch._hard_swish import hard_swish as hard_swish
from actzoo_torch._hard_tanh import hard_tanh as hard_tanh
from actzoo_torch._leaky_relu import leaky_relu as leaky_relu
from actzoo_torch._log_sigmoid import log_sigmoid as log_sigmoid
from actzoo_torch._mish import mish as mish
from actzoo_torch._prelu import prelu as prelu
from actzoo_torch._relu import relu as relu
from actzoo_torch._relu6 import relu6 as relu6
from actzoo_torch._rrelu import rrelu as rrelu
from actzoo_torch._selu import selu as selu
from actzoo_torch._sigmoid import sigmoid as sigmoid
from actzoo_torch._softplus import softplus as softplus
from actzoo_torch._softshrink import softshrink as softshrink
from actzoo_torch._softsign import softsign as softsign
from actzoo_torch._swish import swish as swish
from actzoo_torch._tanh import tanh as tanh
from actzoo_torch._tanh_shrink import tanh_shrink as tanh_shrink
