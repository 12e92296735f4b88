"""torch's layers with Paddle's initial values, paddings and statistics."""

import math

import torch
import torch.nn.functional as F

from .functional import cross_entropy, dropout, hardsigmoid, interpolate, maxout
from .initial import Constant, Normal, Uniform, XavierUniform, begin
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


class PaddleBatchNorm:
    """Batch norm whose running variance is that of the batch, not n / (n - 1) times it."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1, weight_attr=None, bias_attr=None, use_global_stats=None):
        super().__init__(num_features, eps, momentum)
        self.use_global_stats = use_global_stats
        for name, attr, value in (("weight", weight_attr, 1.0), ("bias", bias_attr, 0.0)):
            if attr is False:
                self.register_parameter(name, None)
            else:
                begin(getattr(self, name), attr, Constant(value))

    def forward(self, x):
        self._check_input_dim(x)
        training = self.training and not self.use_global_stats
        if not training:
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps)
        with torch.no_grad():
            axes = [axis for axis in range(x.dim()) if axis != 1]
            variance = x.detach().to(self.running_var.dtype).var(axes, unbiased=False)
            self.num_batches_tracked += 1
        mean, biased = self.running_mean, self.running_var
        y = F.batch_norm(
            x, mean, torch.empty_like(biased).copy_(biased), self.weight, self.bias, True, self.momentum, self.eps
        )
        with torch.no_grad():
            biased.mul_(1 - self.momentum).add_(variance, alpha=self.momentum)
        return y


class BatchNorm1d(PaddleBatchNorm, torch.nn.BatchNorm1d):
    """`nn.BatchNorm1d`, with Paddle's running variance."""


class BatchNorm2d(PaddleBatchNorm, torch.nn.BatchNorm2d):
    """`nn.BatchNorm2d`, with Paddle's running variance."""


class BatchNorm3d(PaddleBatchNorm, torch.nn.BatchNorm3d):
    """`nn.BatchNorm3d`, with Paddle's running variance."""


class BatchNormAny(PaddleBatchNorm, torch.nn.modules.batchnorm._BatchNorm):
    """Batch norm of any number of axes, with Paddle's running variance."""

    def _check_input_dim(self, x):
        pass


class BatchNormAct(BatchNormAny):
    """Paddle's old `nn.BatchNorm`, which may apply an activation."""

    def __init__(self, num_channels, act=None, **settings):
        super().__init__(num_channels, **settings)
        self.act = act

    def forward(self, x):
        y = super().forward(x)
        return y if self.act is None else getattr(F, self.act)(y)


class LayerNorm(torch.nn.LayerNorm):
    """`nn.LayerNorm`, whose weight and bias may be left out one by one."""

    def __init__(self, normalized_shape, eps=1e-5, weight_attr=None, bias_attr=None):
        super().__init__(normalized_shape, eps)
        for name, attr, value in (("weight", weight_attr, 1.0), ("bias", bias_attr, 0.0)):
            if attr is False:
                self.register_parameter(name, None)
            else:
                begin(getattr(self, name), attr, Constant(value))


class GroupNorm(torch.nn.GroupNorm):
    """`nn.GroupNorm`, with ParamAttr."""

    def __init__(self, num_groups, num_channels, eps=1e-5, weight_attr=None, bias_attr=None):
        super().__init__(num_groups, num_channels, eps)
        for name, attr, value in (("weight", weight_attr, 1.0), ("bias", bias_attr, 0.0)):
            if attr is False:
                self.register_parameter(name, None)
            else:
                begin(getattr(self, name), attr, Constant(value))


class PaddleInstanceNorm:
    """Instance norm with learnt scale and shift, unless these are False."""

    def __init__(self, num_features, epsilon=1e-5, weight_attr=None, bias_attr=None):
        super().__init__(num_features, epsilon, affine=weight_attr is not False and bias_attr is not False)
        if self.affine:
            begin(self.weight, weight_attr, Constant(1.0))
            begin(self.bias, bias_attr, Constant(0.0))


class InstanceNorm1D(PaddleInstanceNorm, torch.nn.InstanceNorm1d):
    """`nn.InstanceNorm1d`, learnt by default."""


class InstanceNorm2D(PaddleInstanceNorm, torch.nn.InstanceNorm2d):
    """`nn.InstanceNorm2d`, learnt by default."""


class Embedding(torch.nn.Embedding):
    """`nn.Embedding` that gives zeros for the padding, whatever its row holds."""

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None, sparse=False, weight_attr=None):
        super().__init__(num_embeddings, embedding_dim, sparse=sparse)
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
            self.add_module(name, module)

    def __getitem__(self, key):
        if isinstance(key, slice):
            return Sequential(*list(self)[key])
        return self._modules[key] if isinstance(key, str) else super().__getitem__(key)


class LayerList(torch.nn.ModuleList):
    """`nn.ModuleList`, which Paddle lets one grow by name too."""

    def __init__(self, sublayers=None):
        super().__init__(sublayers or [])


class PaddleRecurrent:
    """Batch first, unless the time is; values that begin uniform."""

    def __init__(self, input_size, hidden_size, num_layers=1, direction="forward", time_major=False, dropout=0.0):
        both = direction in ("bidirect", "bidirectional")
        super().__init__(
            input_size, hidden_size, num_layers, batch_first=not time_major, dropout=dropout, bidirectional=both
        )
        limit = 1.0 / math.sqrt(hidden_size)
        for parameter in self.parameters():
            begin(parameter, None, Uniform(-limit, limit))


class LSTM(PaddleRecurrent, torch.nn.LSTM):
    """`nn.LSTM`, with Paddle's arguments."""


class GRU(PaddleRecurrent, torch.nn.GRU):
    """`nn.GRU`, with Paddle's arguments."""


class MultiHeadAttention(torch.nn.Module):
    """Paddle's attention: batch first, three projections, a mask that says what is kept."""

    def __init__(
        self,
        embed_dim,
        num_heads,
        dropout=0.0,
        kdim=None,
        vdim=None,
        need_weights=False,
        weight_attr=None,
        bias_attr=None,
    ):
        super().__init__()
        self.num_heads, self.head_dim, self.dropout, self.need_weights = (
            num_heads,
            embed_dim // num_heads,
            dropout,
            need_weights,
        )
        attrs = {"weight_attr": weight_attr, "bias_attr": bias_attr}
        self.q_proj = Linear(embed_dim, embed_dim, **attrs)
        self.k_proj = Linear(kdim or embed_dim, embed_dim, **attrs)
        self.v_proj = Linear(vdim or embed_dim, embed_dim, **attrs)
        self.out_proj = Linear(embed_dim, embed_dim, **attrs)

    def heads(self, x):
        return x.reshape(x.shape[0], x.shape[1], self.num_heads, self.head_dim).transpose(1, 2)

    def forward(self, query, key=None, value=None, attn_mask=None):
        key = query if key is None else key
        value = key if value is None else value
        q, k, v = self.heads(self.q_proj(query)), self.heads(self.k_proj(key)), self.heads(self.v_proj(value))
        scores = (q * self.head_dim**-0.5) @ k.mT
        if attn_mask is not None:
            kept = attn_mask.dtype in (torch.bool, torch.int32, torch.int64)
            scores = scores + ((attn_mask.to(scores.dtype) - 1.0) * 1e9 if kept else attn_mask)
        weights = torch.softmax(scores, -1)
        mixed = F.dropout(weights, self.dropout, self.training) @ v
        y = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return (y, weights) if self.need_weights else y


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
