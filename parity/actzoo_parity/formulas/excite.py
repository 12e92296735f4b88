"""Gates that look at the context: Squeeze-and-Excitation, Gather-Excite."""

from __future__ import annotations

from collections.abc import Sequence

from .._registry import elementwise, reference
from ..arithmetic import Layer, Mathematics
from ..arithmetic._mathematics import Number


@reference
def squeeze_excite(
    m: Mathematics,
    x: Number,
    fc1: Layer,
    bn: Layer | None,
    fc2: Layer,
    *,
    add_maxpool: bool = False,
    act_layer: str = "relu",
    norm_layer: str | None = None,
    gate_layer: str = "sigmoid",
    training: bool = False,
) -> Number:
    """1709.01507: each channel times a gate predicted from the means of all."""
    squeezed = m.conv(_global(m, x, add_maxpool), fc1)
    hidden = elementwise(act_layer)(m, m.normalise(squeezed, bn, norm_layer, training))
    return x * elementwise(gate_layer)(m, m.conv(hidden, fc2))


@reference
def gather_excite(
    m: Mathematics,
    x: Number,
    conv: Sequence[Layer] | None,
    norm: Sequence[Layer] | None,
    fc1: Layer | None,
    fc2: Layer | None,
    *,
    extra_params: bool = False,
    extent: int = 0,
    use_mlp: bool = True,
    add_maxpool: bool = False,
    act_layer: str = "relu",
    norm_layer: str | None = "batch_norm",
    gate_layer: str = "sigmoid",
    global_gather: str = "padded",
    gather_act: bool = False,
    training: bool = False,
) -> Number:
    """1810.12348: gather over an extent (0: all positions), then gate each position by the result.

    The paper's theta- gathers by pooling, theta by depthwise convolutions, theta+ adds an
    activation and the multi-layer perceptron.
    """
    act = elementwise(act_layer)
    if extra_params:
        context = x
        layers = conv or []
        for i, layer in enumerate(layers):
            if extent == 0:
                kernel = layer.weight.shape[2:]
                padding = [(k - 1) // 2 if global_gather == "padded" else 0 for k in kernel]
                context = m.conv(context, layer, padding=padding, groups=x.shape[1])
            else:
                context = m.conv(context, layer, stride=2, padding=1, groups=x.shape[1])
            context = m.normalise(context, norm[i] if norm else None, norm_layer, training)
            if i < len(layers) - 1:
                context = act(m, context)
    elif extent == 0:
        context = _global(m, x, add_maxpool)
    else:
        window = 2 * extent - 1
        context = m.average_pool(x, window, extent, window // 2)
        if add_maxpool:
            context = 0.5 * context + 0.5 * m.max_pool(x, window, extent, window // 2)
    if gather_act:
        context = act(m, context)
    if use_mlp:
        if fc1 is None or fc2 is None:
            raise ValueError("use_mlp is True, but fc1 or fc2 was not given; pass their state")
        context = m.conv(act(m, m.conv(context, fc1)), fc2)
    if any(n != 1 for n in context.shape[2:]):
        context = m.resize_nearest(context, x.shape[2:])
    return x * elementwise(gate_layer)(m, context)


def _global(m: Mathematics, x: Number, add_maxpool: bool) -> Number:
    mean = m.spatial_mean(x, keepdims=True)
    return 0.5 * mean + 0.5 * m.spatial_max(x, keepdims=True) if add_maxpool else mean
