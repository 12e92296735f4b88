# Made by: actzoo render --write
"""The zoo in Paddle: a class for each activation; `functional` has functions."""

try:
    import paddle  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("actzoo_paddle needs paddle: pip install 'actzoo[paddle]'") from error

from actzoo_paddle import functional as functional
from actzoo_paddle._acon_a import AconA as AconA
from actzoo_paddle._acon_b import AconB as AconB
from actzoo_paddle._acon_c import AconC as AconC
from actzoo_paddle._celu import CELU as CELU
from actzoo_paddle._dyrelu_a import DyReLUA as DyReLUA
from actzoo_paddle._dyrelu_b import DyReLUB as DyReLUB
from actzoo_paddle._dyrelu_c import DyReLUC as DyReLUC
from actzoo_paddle._elu import ELU as ELU
from actzoo_paddle._frelu import FReLU as FReLU
from actzoo_paddle._gelu import GELU as GELU
from actzoo_paddle._gather_excite import GatherExcite as GatherExcite
from actzoo_paddle._hard_sigmoid import HardSigmoid as HardSigmoid
from actzoo_paddle._hard_swish import HardSwish as HardSwish
from actzoo_paddle._hard_shrink import Hardshrink as Hardshrink
from actzoo_paddle._hard_tanh import Hardtanh as Hardtanh
from actzoo_paddle._leaky_relu import LeakyReLU as LeakyReLU
from actzoo_paddle._log_sigmoid import LogSigmoid as LogSigmoid
from actzoo_paddle._meta_acon_c import MetaAconC as MetaAconC
from actzoo_paddle._mish import Mish as Mish
from actzoo_paddle._prelu import PReLU as PReLU
from actzoo_paddle._rrelu import RReLU as RReLU
from actzoo_paddle._relu import ReLU as ReLU
from actzoo_paddle._relu6 import ReLU6 as ReLU6
from actzoo_paddle._selu import SELU as SELU
from actzoo_paddle._sigmoid import Sigmoid as Sigmoid
from actzoo_paddle._softplus import Softplus as Softplus
from actzoo_paddle._softshrink import Softshrink as Softshrink
from actzoo_paddle._softsign import Softsign as Softsign
from actzoo_paddle._squeeze_excite import SqueezeExcite as SqueezeExcite
from actzoo_paddle._swish import Swish as Swish
from actzoo_paddle._tanh import Tanh as Tanh
from actzoo_paddle._tanh_shrink import Tanhshrink as Tanhshrink
from actzoo_paddle._fast import explain as explain
