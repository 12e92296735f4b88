# Made by: actzoo render --write
"""The zoo in Flax NNX: a class for each activation; `functional` has functions."""

try:
    import flax  # noqa: F401
    import jax  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("actzoo_flax needs flax: pip install 'actzoo[flax]'") from error

from actzoo_flax import functional as functional
from actzoo_flax._acon_a import AconA as AconA
from actzoo_flax._acon_b import AconB as AconB
from actzoo_flax._acon_c import AconC as AconC
from actzoo_flax._celu import CELU as CELU
from actzoo_flax._dyrelu_a import DyReLUA as DyReLUA
from actzoo_flax._dyrelu_b import DyReLUB as DyReLUB
from actzoo_flax._dyrelu_c import DyReLUC as DyReLUC
from actzoo_flax._elu import ELU as ELU
from actzoo_flax._frelu import FReLU as FReLU
from actzoo_flax._gelu import GELU as GELU
from actzoo_flax._gather_excite import GatherExcite as GatherExcite
from actzoo_flax._hard_sigmoid import HardSigmoid as HardSigmoid
from actzoo_flax._hard_swish import HardSwish as HardSwish
from actzoo_flax._hard_shrink import Hardshrink as Hardshrink
from actzoo_flax._hard_tanh import Hardtanh as Hardtanh
from actzoo_flax._leaky_relu import LeakyReLU as LeakyReLU
from actzoo_flax._log_sigmoid import LogSigmoid as LogSigmoid
from actzoo_flax._meta_acon_c import MetaAconC as MetaAconC
from actzoo_flax._mish import Mish as Mish
from actzoo_flax._prelu import PReLU as PReLU
from actzoo_flax._rrelu import RReLU as RReLU
from actzoo_flax._relu import ReLU as ReLU
from actzoo_flax._relu6 import ReLU6 as ReLU6
from actzoo_flax._selu import SELU as SELU
from actzoo_flax._sigmoid import Sigmoid as Sigmoid
from actzoo_flax._softplus import Softplus as Softplus
from actzoo_flax._softshrink import Softshrink as Softshrink
from actzoo_flax._softsign import Softsign as Softsign
from actzoo_flax._squeeze_excite import SqueezeExcite as SqueezeExcite
from actzoo_flax._swish import Swish as Swish
from actzoo_flax._tanh import Tanh as Tanh
from actzoo_flax._tanh_shrink import Tanhshrink as Tanhshrink
