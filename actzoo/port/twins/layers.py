"""torch's layers with Paddle's initial values, paddings and statistics."""

import math

import torch
import torch.nn.functional as F

from .formats import arrange
from .functional import cross_entropy, dropout, hardsigmoid, interpolate, maxout
from .initial import Constant, Normal, XavierUniform, begin
from .modules import add_sublayer
from .norms import BatchNorm2d
from .padding import convolve


class Linear(torch.nn.Linear):
    """`nn.Linear` that begins with Xavier's uniform values, and a bias of 0."""

    def __init__(self, in_features, out_features, bias=True, weight_attr=None, bias_attr=None):
        super().__init__(in_features, out_features, bias and bias_attr is not False)
        begin(self.weight, weight_attr, XavierUniform(), self.weight.t())
        if self.bias is not None:
            begin(self.bias, bias_attr, Constant(0.0))


class PaddleConv:
    """What Paddle's convolutions have in common: values that begin normal, a bias of 0, any padding."""

    function = None

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        weight_attr=None,
        bias_attr=None,
        data_format="NCHW",
    ):
        plain = isinstance(padding, int) and padding_mode == "zeros"
        bias = bias and bias_attr is not False
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding if plain else 0, dilation, groups, bias
        )
        self.paddle_padding, self.paddle_mode = None if plain else padding, padding_mode
        fan_in = math.prod(self.kernel_size) * in_channels
        begin(self.weight, weight_attr, Normal(0.0, math.sqrt(2.0 / fan_in)))
        if self.bias is not None:
            begin(self.bias, bias_attr, Constant(0.0))
        arrange(self, data_format)

    def forward(self, x):
        if self.paddle_padding is None:
            return super().forward(x)
        settings = (self.stride, self.paddle_padding, self.dilation, self.groups, self.paddle_mode)
        return convolve(self.function, x, self.weight, self.bias, *settings)


class Conv1d(PaddleConv, torch.nn.Conv1d):
    """`nn.Conv1d`, with Paddle's initial values and paddings."""

    function = staticmethod(F.conv1d)


class Conv2d(PaddleConv, torch.nn.Conv2d):
    """`nn.Conv2d`, with Paddle's initial values and paddings."""

    function = staticmethod(F.conv2d)


class Conv3d(PaddleConv, torch.nn.Conv3d):
    """`nn.Conv3d`, with Paddle's initial values and paddings."""

    function = staticmethod(F.conv3d)


class PaddleTranspose:
    """What Paddle's transposed convolutions have in common."""

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        weight_attr=None,
        bias_attr=None,
    ):
        bias = bias and bias_attr is not False
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation
        )
        begin(self.weight, weight_attr, XavierUniform())
        if self.bias is not None:
            begin(self.bias, bias_attr, Constant(0.0))


class ConvTranspose1d(PaddleTranspose, torch.nn.ConvTranspose1d):
    """`nn.ConvTranspose1d`, with Paddle's initial values."""


class ConvTranspose2d(PaddleTranspose, torch.nn.ConvTranspose2d):
    """`nn.ConvTranspose2d`, with Paddle's initial values."""


class Embedding(torch.nn.Embedding):
    """`nn.Embedding` that gives zeros for the padding, whatever its row holds."""

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None, sparse=False, weight_attr=None):
        super().__init__(num_embeddings, embedding_dim, sparse=sparse)
        self.given_padding_idx = padding_idx
        if padding_idx is not None and padding_idx < 0:
            padding_idx += num_embeddings
        self.zero_row = padding_idx
        begin(self.weight, weight_attr, XavierUniform())
        if padding_idx is not None:
            with torch.no_grad():
                self.weight[padding_idx] = 0

    def forward(self, x):
        y = super().forward(x)
        return y if self.zero_row is None else y * (x != self.zero_row).unsqueeze(-1).to(y.dtype)


class PReLU(torch.nn.PReLU):
    """`nn.PReLU`, with ParamAttr."""

    def __init__(self, num_parameters=1, init=0.25, weight_attr=None):
        super().__init__(num_parameters, init)
        begin(self.weight, weight_attr, Constant(init))


class Hardsigmoid(torch.nn.Module):
    """Paddle's hard sigmoid, whose slope is 0.1666667."""

    def forward(self, x):
        return hardsigmoid(x)


class Maxout(torch.nn.Module):
    """The largest of every so many channels."""

    def __init__(self, groups, axis=1):
        super().__init__()
        self.groups, self.axis = groups, axis

    def forward(self, x):
        return maxout(x, self.groups, self.axis)


class Dropout(torch.nn.Module):
    """Paddle's dropout: whole axes, and `downscale_in_infer`."""

    def __init__(self, p=0.5, axis=None, mode="upscale_in_train"):
        super().__init__()
        self.p, self.axis, self.mode = p, axis, mode

    def forward(self, x):
        return dropout(x, self.p, self.axis, self.training, self.mode)


class AdaptiveAvgPool2d(torch.nn.AdaptiveAvgPool2d):
    """`nn.AdaptiveAvgPool2d`, of channels in another place too."""

    def __init__(self, output_size, data_format="NCHW"):
        super().__init__(output_size)
        arrange(self, data_format)


class Upsample(torch.nn.Module):
    """`nn.Upsample`, with Paddle's modes."""

    def __init__(self, size=None, scale_factor=None, mode="nearest", align_corners=False, align_mode=0):
        super().__init__()
        self.settings = (size, scale_factor, mode, align_corners, align_mode)

    def forward(self, x):
        return interpolate(x, *self.settings)


class CrossEntropyLoss(torch.nn.Module):
    """Paddle's cross entropy: labels with an axis of 1, soft labels, probabilities."""

    def __init__(self, **settings):
        super().__init__()
        self.settings = settings

    def forward(self, input, label):
        return cross_entropy(input, label, **self.settings)


class Sequential(torch.nn.Sequential):
    """`nn.Sequential` that takes pairs of names and layers too, and slices."""

    def __init__(self, *layers):
        super().__init__()
        for index, layer in enumerate(layers[0] if len(layers) == 1 and isinstance(layers[0], list) else layers):
            name, module = layer if isinstance(layer, tuple) else (str(index), layer)
            add_sublayer(self, name, module)

    def __getitem__(self, key):
        if isinstance(key, slice):
            return Sequential(*list(self)[key])
        return self._modules[key] if isinstance(key, str) else super().__getitem__(key)


class LayerList(torch.nn.ModuleList):
    """`nn.ModuleList`, which Paddle lets one grow by name too."""

    def __init__(self, sublayers=None):
        super().__init__(sublayers or [])


class ConvNormActivation(torch.nn.Sequential):
    """A convolution, a norm and an activation."""

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size=3,
        stride=1,
        padding=None,
        groups=1,
        norm_layer=BatchNorm2d,
        activation_layer=torch.nn.ReLU,
        dilation=1,
        bias=None,
    ):
        padding = (kernel_size - 1) // 2 * dilation if padding is None else padding
        bias = norm_layer is None if bias is None else bias
        layers = [Conv2d(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias_attr=bias)]
        layers += [norm_layer(out_channels)] if norm_layer is not None else []
        super().__init__(*layers, *([activation_layer()] if activation_layer is not None else []))


def make_divisible(v, divisor=8, min_value=None):
    """The nearest multiple, not less than nine tenths."""
    least = divisor if min_value is None else min_value
    new = max(least, int(v + divisor / 2) // divisor * divisor)
    return new + divisor if new < 0.9 * v else new
