"""Squeeze-and-excite and gather-excite: the input times a gate that is computed from its surroundings."""

from typing import Any, Literal

from actzoo.language import (
    C,
    Conv,
    Norm,
    activation,
    average_pool,
    max_pool,
    resize_nearest,
    spatial_max,
    spatial_mean,
)


@activation(paper="1709.01507", rank="2d", ties={"shared": "in the maximum over space"})
def squeeze_excite(
    x: Any,
    fc1: Any = Conv("C", "hidden", bias="bias"),
    bn: Any = Norm("hidden", kind="norm_layer", when="norm_layer is not None"),
    fc2: Any = Conv("hidden", "C", bias="bias"),
    *,
    rd_ratio: float = 0.0625,
    rd_channels: int | None = None,
    rd_divisor: int = 8,
    add_maxpool: bool = False,
    bias: bool = True,
    act_layer: str = "relu",
    norm_layer: str | None = None,
    gate_layer: str = "sigmoid",
) -> Any:
    """The input times a gate for each channel, computed from all channels' means: x gate(fc2(act(fc1(mean of x)))).

    The hidden layer has rd_channels channels, by default rd_ratio of the input's, in multiples of rd_divisor."""
    assert C >= 1 and rd_divisor >= 1
    hidden = rd_channels or max(rd_divisor, int(C * rd_ratio + rd_divisor / 2) // rd_divisor * rd_divisor)
    context = spatial_mean(x)
    if add_maxpool:
        context = 0.5 * context + 0.5 * spatial_max(x)
    context = fc1(context)
    if norm_layer is not None:
        context = bn(context)
    context = fc2(act_layer(context))
    return x * gate_layer(context)


@activation(
    paper="1810.12348",
    rank="2d",
    ties={"shared": "in the maximum over space", "first": "in the maximum of a window, row by row"},
)
def gather_excite(
    x: Any,
    conv: Any = Conv(
        "C",
        "C",
        kernel="3 if extent else feat_size",
        stride="2 if extent else 1",
        padding="1 if extent else 'half' if global_gather == 'padded' else 0",
        groups="C",
        bias="False",
        when="extra_params",
        key="gather.conv{}",
        count="steps",
    ),
    norm: Any = Norm(
        "C",
        kind="norm_layer",
        when="extra_params and norm_layer is not None",
        key="gather.norm{}",
        count="steps",
    ),
    fc1: Any = Conv("C", "hidden", when="use_mlp", key="mlp.fc1"),
    fc2: Any = Conv("hidden", "C", when="use_mlp", key="mlp.fc2"),
    *,
    feat_size: int | tuple[int, int] | None = None,
    extra_params: bool = False,
    extent: int = 0,
    use_mlp: bool = True,
    rd_ratio: float = 0.0625,
    rd_channels: int | None = None,
    rd_divisor: int = 1,
    add_maxpool: bool = False,
    act_layer: str = "relu",
    norm_layer: str | None = "batch_norm",
    gate_layer: str = "sigmoid",
    global_gather: Literal["padded", "valid"] = "padded",
    gather_act: bool = False,
) -> Any:
    """The input times a gate that is gathered from the surroundings of each position: x gate(mlp(gather(x))).

    extent        0: the whole map. 2, 4, 8 ...: windows of 2 extent - 1, one each extent positions
    extra_params  gather by depthwise convolutions: one of the map's size, feat_size, for extent 0, else log2(extent)
                  of size 3 and stride 2. Otherwise by averages [and maxima: add_maxpool]
    global_gather with extra_params and extent 0. "valid" is the paper's: one value for a channel. "padded" is the
                  published code's, whose result is as large as the map
    gather_act    the activation after the gather too, as the authors' own networks have it"""
    assert extent == 0 or (extent & (extent - 1) == 0 and extent > 1), "an extent of 0 or a power of two, from 2 up"
    assert extent or not extra_params or feat_size is not None, "feat_size, for extent 0 with extra_params"
    assert C >= 1 and rd_divisor >= 1
    hidden = rd_channels or max(rd_divisor, int(C * rd_ratio + rd_divisor / 2) // rd_divisor * rd_divisor)
    steps = extent.bit_length() - 1 if extent else 1
    context = x
    if extra_params:
        for i in range(steps):
            context = conv[i](context)
            if norm_layer is not None:
                context = norm[i](context)
            if i < steps - 1:
                context = act_layer(context)
    elif extent == 0:
        context = spatial_mean(x)
        if add_maxpool:
            context = 0.5 * context + 0.5 * spatial_max(x)
    else:
        context = average_pool(x, extent)
        if add_maxpool:
            context = 0.5 * context + 0.5 * max_pool(x, extent)
    if gather_act:
        context = act_layer(context)
    if use_mlp:
        context = fc2(act_layer(fc1(context)))
    return x * gate_layer(resize_nearest(context, x))
