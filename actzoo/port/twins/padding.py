"""Paddle's paddings, convolutions and pooling: 'SAME' at any stride, four sides, windows that end beyond the padding."""

import torch
import torch.nn.functional as F

from .formats import arrange


def per_axis(value, count):
    """A number for each axis."""
    return list(value) if isinstance(value, list | tuple) else [value] * count


def both_sides(padding, kernel, stride, dilation, sizes):
    """What goes before and after each axis; of 'SAME' the odd one goes after."""
    count = len(kernel)
    if isinstance(padding, str):
        if padding.upper() == "VALID":
            return [(0, 0)] * count
        sides = []
        for size, k, s in zip(sizes, kernel, stride):
            total = max((-(-size // s) - 1) * s + k - size, 0)
            sides.append((total // 2, total - total // 2))
        return sides
    if isinstance(padding, int):
        return [(padding, padding)] * count
    padding = list(padding)
    if padding and isinstance(padding[0], list | tuple):
        return [tuple(pair) for pair in padding[-count:]]
    if len(padding) == count:
        return [(p, p) for p in padding]
    if len(padding) == 1:
        return [(padding[0], padding[0])] * count
    return list(zip(padding[::2], padding[1::2]))


def padded(x, sides, value=0.0, mode="constant"):
    """Pad the last axes."""
    flat = [p for pair in reversed(sides) for p in pair]
    if not any(flat):
        return x
    return F.pad(x, flat, mode, value) if mode == "constant" else F.pad(x, flat, mode)


def convolve(function, x, weight, bias, stride, padding, dilation, groups, mode="zeros"):
    count = x.dim() - 2
    stride, dilation = per_axis(stride, count), per_axis(dilation, count)
    kernel = list(weight.shape[2:])
    if isinstance(padding, str) and padding.upper() == "SAME":
        dilation = [1] * count
    sides = both_sides(padding, kernel, stride, dilation, x.shape[2:])
    if mode != "zeros":
        return function(
            padded(x, sides, mode={"replicate": "replicate", "reflect": "reflect", "circular": "circular"}[mode]),
            weight,
            bias,
            stride,
            0,
            dilation,
            groups,
        )
    if all(before == after for before, after in sides):
        return function(x, weight, bias, stride, [before for before, _ in sides], dilation, groups)
    return function(padded(x, sides), weight, bias, stride, 0, dilation, groups)


def conv1d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """`F.conv1d`, with Paddle's paddings."""
    return convolve(F.conv1d, x, weight, bias, stride, padding, dilation, groups)


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """`F.conv2d`, with Paddle's paddings."""
    return convolve(F.conv2d, x, weight, bias, stride, padding, dilation, groups)


def conv3d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """`F.conv3d`, with Paddle's paddings."""
    return convolve(F.conv3d, x, weight, bias, stride, padding, dilation, groups)


def conv1d_transpose(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """`F.conv_transpose1d`."""
    return F.conv_transpose1d(x, weight, bias, stride, padding, output_padding, groups, dilation)


def conv2d_transpose(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """`F.conv_transpose2d`."""
    return F.conv_transpose2d(x, weight, bias, stride, padding, output_padding, groups, dilation)


def windows(x, kernel, stride, padding, ceil_mode):
    """Paddle's windows: x padded so that every one of them is whole, and how much of each axis is real."""
    count = x.dim() - 2
    kernel = per_axis(kernel, count)
    stride = kernel if stride is None or stride == [] else per_axis(stride, count)
    sides = both_sides(padding, kernel, stride, [1] * count, x.shape[2:])
    if ceil_mode and not isinstance(padding, str):
        more = []
        for (before, after), size, k, s in zip(sides, x.shape[2:], kernel, stride):
            outputs = -(-(size + before + after - k) // s) + 1
            more.append((before, max(after, (outputs - 1) * s + k - size - before)))
        return kernel, stride, more, sides
    return kernel, stride, sides, sides


def max_pool(function, x, kernel_size, stride, padding, ceil_mode):
    kernel, stride, sides, _ = windows(x, kernel_size, stride, padding, ceil_mode)
    if all(a == b and 2 * a <= k for (a, b), k in zip(sides, kernel)):
        return function(x, kernel, stride, [before for before, _ in sides])
    return function(
        padded(x, sides, torch.finfo(torch.float32).min), kernel, stride
    )  # what Paddle gives for padding alone


def avg_pool(function, x, kernel_size, stride, padding, ceil_mode, exclusive):
    kernel, stride, sides, said = windows(x, kernel_size, stride, padding, ceil_mode)
    if all(a == b and 2 * a <= k for (a, b), k in zip(sides, kernel)):
        return function(x, kernel, stride, [before for before, _ in sides], False, not exclusive)
    ones = torch.ones_like(x[:1, :1])
    if not exclusive:  # the padding counts, but not what is beyond it
        ones = padded(ones, said, 1.0)
        beyond = [(0, b - d) for (_, b), (_, d) in zip(sides, said)]
        counts = function(padded(ones, beyond), kernel, stride)
    else:
        counts = function(padded(ones, sides), kernel, stride)
    return function(padded(x, sides), kernel, stride) / counts


def max_pool1d(x, kernel_size, stride=None, padding=0, ceil_mode=False):
    """`F.max_pool1d`, with Paddle's windows."""
    return max_pool(F.max_pool1d, x, kernel_size, stride, padding, ceil_mode)


def max_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False):
    """`F.max_pool2d`, with Paddle's windows."""
    return max_pool(F.max_pool2d, x, kernel_size, stride, padding, ceil_mode)


def max_pool3d(x, kernel_size, stride=None, padding=0, ceil_mode=False):
    """`F.max_pool3d`, with Paddle's windows."""
    return max_pool(F.max_pool3d, x, kernel_size, stride, padding, ceil_mode)


def avg_pool1d(x, kernel_size, stride=None, padding=0, ceil_mode=False, exclusive=True):
    """`F.avg_pool1d`, with Paddle's windows."""
    return avg_pool(F.avg_pool1d, x, kernel_size, stride, padding, ceil_mode, exclusive)


def avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False, exclusive=True):
    """`F.avg_pool2d`, with Paddle's windows."""
    return avg_pool(F.avg_pool2d, x, kernel_size, stride, padding, ceil_mode, exclusive)


def avg_pool3d(x, kernel_size, stride=None, padding=0, ceil_mode=False, exclusive=True):
    """`F.avg_pool3d`, with Paddle's windows."""
    return avg_pool(F.avg_pool3d, x, kernel_size, stride, padding, ceil_mode, exclusive)


def pad(x, pad, mode="constant", value=0.0):
    """Paddle's pad: twice the number of axes means all axes, from the first; else the last ones, from the last."""
    pads = per_axis(pad, 2 * (x.dim() - 2)) if isinstance(pad, int) else [int(p) for p in pad]
    if len(pads) == 2 * x.dim() and mode == "constant":
        return padded(x, list(zip(pads[::2], pads[1::2])), value)
    return F.pad(x, pads, mode, value) if mode == "constant" else F.pad(x, pads, mode)


class MaxPool1d(torch.nn.Module):
    """`nn.MaxPool1d`, with Paddle's windows."""

    function = staticmethod(max_pool1d)

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, data_format="NCHW"):
        super().__init__()
        self.kernel_size, self.stride, self.padding, self.ceil_mode = kernel_size, stride, padding, ceil_mode
        arrange(self, data_format)

    def forward(self, x):
        return self.function(x, self.kernel_size, self.stride, self.padding, self.ceil_mode)


class MaxPool2d(MaxPool1d):
    """`nn.MaxPool2d`, with Paddle's windows."""

    function = staticmethod(max_pool2d)


class MaxPool3d(MaxPool1d):
    """`nn.MaxPool3d`, with Paddle's windows."""

    function = staticmethod(max_pool3d)


class AvgPool1d(torch.nn.Module):
    """`nn.AvgPool1d`, with Paddle's windows; the padding does not count."""

    function = staticmethod(avg_pool1d)

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, exclusive=True, data_format="NCHW"):
        super().__init__()
        self.settings = (kernel_size, stride, padding, ceil_mode, exclusive)
        arrange(self, data_format)

    def forward(self, x):
        return self.function(x, *self.settings)


class AvgPool2d(AvgPool1d):
    """`nn.AvgPool2d`, with Paddle's windows; the padding does not count."""

    function = staticmethod(avg_pool2d)


class AvgPool3d(AvgPool1d):
    """`nn.AvgPool3d`, with Paddle's windows; the padding does not count."""

    function = staticmethod(avg_pool3d)


class Pad2d(torch.nn.Module):
    """Padding of the last two axes: left, right, top, bottom."""

    def __init__(self, padding, mode="constant", value=0.0):
        super().__init__()
        self.padding, self.mode, self.value = per_axis(padding, 4), mode, value

    def forward(self, x):
        return (
            F.pad(x, self.padding, self.mode, self.value)
            if self.mode == "constant"
            else F.pad(x, self.padding, self.mode)
        )
