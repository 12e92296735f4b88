# Made by: actzoo render --write
"""The zoo in torch: a class for each activation; `functional` has functions."""

try:
    import torch  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("actzoo_torch needs torch: pip install 'actzoo[torch]'") from error

from actzoo_torch import functional as functional
from actzoo_torch._acon_a import AconA as AconA
from actzoo_torch._acon_b import AconB as AconB
from actzoo_torch._acon_c import AconC as AconC
from actzoo_torch._celu import CELU as CELU
from actzoo_torch._dyrelu_a import DyReLUA as DyReLUA
from actzoo_torch._dyrelu_b import DyReLUB as DyReLUB
from actzoo_torch._dyrelu_c import DyReLUC as DyReLUC
from actzoo_torch._elu import ELU as ELU
from actzoo_torch._frelu import FReLU as FReLU
from actzoo_torch._gelu import GELU as GELU
from actzoo_torch._gather_excite import GatherExcite as GatherExcite
from actzoo_torch._hard_sigmoid import HardSigmoid as HardSigmoid
from actzoo_torch._hard_swish import HardSwish as HardSwish
from actzoo_torch._hard_shrink import Hardshrink as Hardshrink
from actzoo_torch._hard_tanh import Hardtanh as Hardtanh
from actzoo_torch._leaky_relu import LeakyReLU as LeakyReLU
from actzoo_torch._log_sigmoid import LogSigmoid as LogSigmoid
from actzoo_torch._meta_acon_c import MetaAconC as MetaAconC
from actzoo_torch._mish import Mish as Mish
from actzoo_torch._prelu import PReLU as PReLU
from actzoo_torch._rrelu import RReLU as RReLU
from actzoo_torch._relu import ReLU as ReLU
from actzoo_torch._relu6 import ReLU6 as ReLU6
from actzoo_torch._selu import SELU as SELU
from actzoo_torch._sigmoid import Sigmoid as Sigmoid
from actzoo_torch._softplus import Softplus as Softplus
from actzoo_torch._softshrink import Softshrink as Softshrink
from actzoo_torch._softsign import Softsign as Softsign
from actzoo_torch._squeeze_excite import SqueezeExcite as SqueezeExcite
from actzoo_torch._swish import Swish as Swish
from actzoo_torch._tanh import Tanh as Tanh
from actzoo_torch._tanh_shrink import Tanhshrink as Tanhshrink
from actzoo_torch._fast import explain as explain
