"""The spec language: what a file of activations imports. Knows no framework.

from actzoo.language import activation, tanh, softplus

@activation(paper="1908.08681")
def mish(x):
    '''Smooth and non-monotone: x tanh(softplus(x)).'''
    return x * tanh(softplus(x))
"""

from actzoo.language._declare import Buffer as Buffer
from actzoo.language._declare import Conv as Conv
from actzoo.language._declare import Dense as Dense
from actzoo.language._declare import Noise as Noise
from actzoo.language._declare import Norm as Norm
from actzoo.language._declare import Normal as Normal
from actzoo.language._declare import Param as Param
from actzoo.language._operators import PRIMITIVES, STRUCTURES
from actzoo.language._operators import C as C
from actzoo.language._operators import training as training
from actzoo.language._parameters import Parameter as Parameter
from actzoo.language._policies import Kink as Kink
from actzoo.language._source import Formula
from actzoo.language._source import SpecError as SpecError
from actzoo.language._spec import Spec as Spec
from actzoo.language._spec import activation as activation

formula = Formula

exp = PRIMITIVES["exp"]
expm1 = PRIMITIVES["expm1"]
log1p = PRIMITIVES["log1p"]
tanh = PRIMITIVES["tanh"]
sigmoid = PRIMITIVES["sigmoid"]
softplus = PRIMITIVES["softplus"]
erfc = PRIMITIVES["erfc"]
normal_cdf = PRIMITIVES["normal_cdf"]
sech2 = PRIMITIVES["sech2"]
where = PRIMITIVES["where"]
maximum = PRIMITIVES["maximum"]
minimum = PRIMITIVES["minimum"]
clip = PRIMITIVES["clip"]
gated = PRIMITIVES["gated"]
exp_gated = PRIMITIVES["exp_gated"]
sigmoid_gated = PRIMITIVES["sigmoid_gated"]
normal_gated = PRIMITIVES["normal_gated"]

spatial_mean = STRUCTURES["spatial_mean"]
spatial_max = STRUCTURES["spatial_max"]
pooled = STRUCTURES["pooled"]
per_sample = STRUCTURES["per_sample"]
per_channel = STRUCTURES["per_channel"]
channelwise = STRUCTURES["channelwise"]
softmax = STRUCTURES["softmax"]
positions = STRUCTURES["positions"]
average_pool = STRUCTURES["average_pool"]
max_pool = STRUCTURES["max_pool"]
resize_nearest = STRUCTURES["resize_nearest"]
