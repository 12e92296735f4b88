"""Initial values as Paddle draws them, and ParamAttr. Fans are those of Paddle's layout, [in, out] for a matrix."""

import math

import numpy as np
import torch


class ParamAttr:
    """How a parameter begins and is trained."""

    def __init__(
        self,
        name=None,
        initializer=None,
        learning_rate=1.0,
        regularizer=None,
        trainable=True,
        do_model_average=True,
        need_clip=True,
    ):
        self.name, self.initializer, self.learning_rate = name, initializer, learning_rate
        self.regularizer, self.trainable, self.need_clip = regularizer, trainable, need_clip


def as_attr(attr):
    """What is given for an attribute, as a ParamAttr; None for False, which is no parameter."""
    if attr is False:
        return None
    if attr is None or isinstance(attr, str) or attr is True:
        return ParamAttr()
    return attr if isinstance(attr, ParamAttr) else ParamAttr(initializer=attr)


class ParameterName(str):
    """A name that may be compared, and not looked into: what Paddle would have called a parameter is not known."""

    def unknown(self, *arguments):
        raise NotImplementedError("this asks what is in Paddle's own name of a parameter, as in 'linear_0.b_0'")

    __contains__ = startswith = endswith = split = rsplit = find = count = index = replace = unknown


def name_of(parameter):
    """The name that a ParamAttr gives, else one that no other parameter has."""
    own = getattr(parameter, "own_name", None)
    return own if own is not None else ParameterName(f"parameter {id(parameter)}")


def begin(parameter, attr, default, view=None):
    """Give a parameter its first value; `view` is the parameter in Paddle's layout."""
    attr = as_attr(attr)
    with torch.no_grad():
        (attr.initializer or default)(parameter.detach() if view is None else view.detach())
    parameter.learning_rate, parameter.regularizer = attr.learning_rate, attr.regularizer
    parameter.need_clip = attr.need_clip
    parameter.own_name = attr.name
    parameter.requires_grad_(attr.trainable)
    parameter.is_turned = view is not None
    return parameter


def as_paddle_has_it(x):
    """A parameter in Paddle's layout; of a linear layer a view."""
    return x.T if getattr(x, "is_turned", False) else x


def create_parameter(shape, dtype=None, attr=None, is_bias=False, default_initializer=None):
    """A parameter of its own: Xavier's uniform values, 0 if it is a bias."""
    sizes = [shape] if isinstance(shape, int) else list(shape)
    parameter = torch.nn.Parameter(torch.empty(sizes, dtype=dtype))
    return begin(parameter, attr, default_initializer or (Constant(0.0) if is_bias else XavierUniform()))


def fans(x):
    """What goes in and comes out, in Paddle's layout."""
    x = as_paddle_has_it(x)
    if x.dim() < 2:
        return (x.numel(), x.numel()) if x.dim() else (1, 1)
    if x.dim() == 2:
        return x.shape[0], x.shape[1]
    field = math.prod(x.shape[2:])
    return x.shape[1] * field, x.shape[0] * field


class Constant:
    """One value."""

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, x):
        with torch.no_grad():
            return x.fill_(self.value)


class Normal:
    """Normal values."""

    def __init__(self, mean=0.0, std=1.0):
        self.mean, self.std = mean, std

    def __call__(self, x):
        with torch.no_grad():
            return x.normal_(self.mean, self.std)


class TruncatedNormal:
    """Normal values between two bounds."""

    def __init__(self, mean=0.0, std=1.0, a=-2.0, b=2.0):
        self.mean, self.std, self.a, self.b = mean, std, a, b

    def __call__(self, x):
        return torch.nn.init.trunc_normal_(x, self.mean, self.std, self.a, self.b)


class Uniform:
    """Uniform values."""

    def __init__(self, low=-1.0, high=1.0):
        self.low, self.high = low, high

    def __call__(self, x):
        with torch.no_grad():
            return x.uniform_(self.low, self.high)


class XavierUniform:
    """Glorot's uniform values."""

    def __init__(self, fan_in=None, fan_out=None, gain=1.0):
        self.fan_in, self.fan_out, self.gain = fan_in, fan_out, gain

    def limit(self, x):
        fan_in, fan_out = fans(x)
        total = (fan_in if self.fan_in is None else self.fan_in) + (fan_out if self.fan_out is None else self.fan_out)
        return self.gain * math.sqrt(6.0 / total)

    def __call__(self, x):
        limit = self.limit(x)
        return Uniform(-limit, limit)(x)


class XavierNormal(XavierUniform):
    """Glorot's normal values."""

    def __call__(self, x):
        return Normal(0.0, self.limit(x) / math.sqrt(3.0))(x)


class KaimingUniform:
    """He's uniform values."""

    def __init__(self, fan_in=None, negative_slope=0.0, nonlinearity="relu"):
        self.fan_in, self.negative_slope, self.nonlinearity = fan_in, negative_slope, nonlinearity

    def std(self, x):
        gain = torch.nn.init.calculate_gain(self.nonlinearity, self.negative_slope)
        return gain / math.sqrt(fans(x)[0] if self.fan_in is None else self.fan_in)

    def __call__(self, x):
        limit = math.sqrt(3.0) * self.std(x)
        return Uniform(-limit, limit)(x)


class KaimingNormal(KaimingUniform):
    """He's normal values."""

    def __call__(self, x):
        return Normal(0.0, self.std(x))(x)


class Assign:
    """Values that are given."""

    def __init__(self, value):
        self.value = value

    def __call__(self, x):
        with torch.no_grad():
            x = as_paddle_has_it(x)
            return x.copy_(torch.as_tensor(np.asarray(self.value)).reshape(x.shape))
