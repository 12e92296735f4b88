"""torch, operation by operation: errors put into each result, and narrower floats noticed. Knows no model.

A dispatch mode sees what autograd calls, forward and backward, and changes nothing of torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

from ._noise import Kind, Noise, are_equal, most_terms, names

MOVED = names(
    """
    _reshape_alias _to_copy _unsafe_view abs alias amax amin as_strided bernoulli cat clamp clamp_max
    clamp_min clone constant_pad_nd copy copy_ detach embedding expand fill fill_ flip full full_like gather
    index index_select lift_fresh masked_fill masked_select max max_pool2d_with_indices maximum min minimum
    native_dropout neg new_full new_ones new_zeros ones ones_like permute reflection_pad1d reflection_pad2d
    relu relu_ repeat roll select_backward select_scatter sign slice_backward slice_scatter sort split stack t
    threshold_backward topk transpose tril triu upsample_nearest2d view where zero_ zeros zeros_like
    """
)
BASIC = names(
    """
    add add_ addcdiv addcmul div div_ hardtanh hardtanh_backward leaky_relu leaky_relu_backward lerp mul mul_
    reciprocal rsub sqrt square sub sub_
    """
)
PRODUCTS = {"mm": 0, "bmm": 0, "addmm": 1, "baddbmm": 1, "mv": 0, "addmv": 1, "dot": 0}
"""Which argument has the terms of the sums in its last axis."""

MEAN, VARIANCE, TRAINING, SHARE = 3, 4, 5, 6
STATISTICS = frozenset(("native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm"))
"""Their arguments 3 and 4, running mean and variance, are written to, which their schema does not say; 5 says whether
they are, 6 is the share of the new in them."""


@final
@dataclass(frozen=True)
class Update:
    """What a call of a batch norm did to its running variance: the numbers of a channel, the share of the new."""

    numbers: int
    share: float


@final
class Operations(TorchDispatchMode):  # type: ignore[misc]  # torch is not type-checked against
    """Inside it, operations are disturbed if there is noise, and casts to narrower floats are kept."""

    def __init__(self, noise: Noise | None) -> None:
        super().__init__()
        self.noise = noise
        self.narrowed: dict[str, str] = {}
        self.updates: dict[int, list[Update]] = {}
        """By where a running variance lies in memory."""
        self._generator = torch.Generator().manual_seed(noise.seed if noise else 0)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func.overloadpacket.__name__ in STATISTICS and args[TRAINING] and args[VARIANCE] is not None:
            return self._with_statistics(func, args, kwargs)
        if self.noise is None:
            out = func(*args, **kwargs)
            self._notice(func, args, out)
            return out
        return self._disturbed_call(func, args, kwargs, self.noise)

    def _with_statistics(self, func: Any, args: Any, kwargs: Any) -> Any:
        """A call that updates running statistics: taken down, and with errors in them too if there is noise."""
        held = args[MEAN], args[VARIANCE]
        share, before = args[SHARE], [each.clone() for each in held]
        self.updates.setdefault(held[1].data_ptr(), []).append(Update(args[0].numel() // args[0].shape[1], share))
        if self.noise is None:
            out = func(*args, **kwargs)
            self._notice(func, args, out)
            return out
        out = self._disturbed_call(func, args, kwargs, self.noise)
        for after, old in zip(held, before, strict=True):
            # old (1 - share) + new share: a rounding of the result, and one of each factor, where the larger counts
            apart = (after - old) / share if share else torch.zeros_like(after)
            after.add_(self._error(after.abs() + apart.abs(), self.noise.unit))
        return out

    def _disturbed_call(self, func: Any, args: Any, kwargs: Any, noise: Noise) -> Any:
        kind = _kind(func)
        terms = _terms(func, args) if kind is Kind.SUM else 1
        size = noise.of_operands(kind, terms) if kind is Kind.SUM else 0.0
        if func.overloadpacket.__name__.startswith(INTERPOLATING):
            size = max(size, noise.unit * max(args[0].shape[2:]))
        cancelled = CANCELLED.get(func.overloadpacket.__name__)
        differing = cancelled(*args) if cancelled is not None else ()
        given = args[0] if args else None
        if size:
            args = tuple(
                each if _written(func, i) else tree_map_only(torch.Tensor, lambda t: self._disturbed(t, size), each)
                for i, each in enumerate(args)
            )
        out = func(*args, **kwargs)
        size = noise.of_result(kind, terms)
        if differing:
            out = self._with_cancelled(out, differing, size)
        results = func._schema.returns
        if not size or not results:
            return out
        if len(results) == 1:
            return self._result(out, results[0], _size_of_sum(func, 0, given, out, noise, size))
        sizes = [_size_of_sum(func, i, given, each, noise, size) for i, each in enumerate(out)]
        return type(out)(self._result(o, r, s) for o, r, s in zip(out, results, sizes, strict=True))

    def _with_cancelled(self, out: Any, terms: Sequence[tuple[Any, torch.Tensor]], size: float) -> Any:
        """The result, or the first, with the errors of the terms that it is a difference of."""
        several = isinstance(out, tuple)
        first = out[0] if several else out
        if first is None:
            return out
        made = first.reshape(terms[0][1].shape)  # that of every number; the others are of several
        for factor, term in terms:
            made = made + (factor * self._error(term, size)).nan_to_num(0.0, 0.0, 0.0)
        made = made.reshape(first.shape)
        return (made, *out[1:]) if several else made

    def _error(self, sizes: torch.Tensor, size: float) -> torch.Tensor:
        """A number between -size and size for each of these, times it."""
        errors = torch.rand(sizes.shape, generator=self._generator, dtype=torch.float32).mul_(2).sub_(1)
        return errors.to(device=sizes.device, dtype=sizes.dtype) * sizes * size

    def _result(self, out: Any, result: Any, size: float) -> Any:
        if result.alias_info is None:
            return tree_map_only(torch.Tensor, lambda t: self._disturbed(t, size), out)
        if result.alias_info.is_write:
            out.copy_(self._disturbed(out, size))
        return out

    def _disturbed(self, tensor: torch.Tensor, size: float) -> torch.Tensor:
        if not tensor.is_floating_point() or not tensor.numel():
            return tensor
        assert self.noise is not None
        errors = torch.rand(tensor.shape, generator=self._generator, dtype=torch.float32).mul_(2).sub_(1)
        errors = errors.to(device=tensor.device, dtype=tensor.dtype)
        disturbed = torch.addcmul(tensor, tensor, errors, value=size)
        if not disturbed.sum().isfinite():
            disturbed = torch.where(tensor.isfinite(), disturbed, tensor)
        return disturbed + self.noise.least * errors * tensor.sign() if self.noise.least else disturbed

    def _notice(self, func: Any, args: Any, out: Any) -> None:
        given = [a for a in _tensors(args) if a.dtype is torch.float64]
        for tensor in _tensors(out):
            # a number by itself is a constant
            if given and tensor.is_floating_point() and tensor.dtype is not torch.float64 and tensor.numel() > 1:
                self.narrowed.setdefault(str(tensor.dtype).removeprefix("torch."), str(func))


@final
class Widened(TorchFunctionMode):  # type: ignore[misc]  # as above
    """Inside it, float32 is float64, wherever the code names it."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        func = torch.Tensor.double if func is torch.Tensor.float else func
        args, kwargs = tree_map_only(torch.dtype, _wide, (args, kwargs or {}))
        return func(*args, **kwargs)


def _of_batch_norm(g: Any, x: Any, weight: Any, mean: Any, var: Any, _m: Any, spread: Any, train: bool, *_: Any) -> Any:
    """weight / sigma (g - mean g - x' mean (g x')), where statistics are those of this batch."""
    if not train or spread is None or not spread.numel():
        return ()
    shape = (1, -1, *[1] * (x.ndim - 2))
    gain = spread.reshape(shape) * (1.0 if weight is None else weight.reshape(shape))
    return _less_its_mean(g, gain, [axis for axis in range(x.ndim) if axis != 1])


def _of_layer_norm(g: Any, x: Any, shape: Any, _m: Any, spread: Any, weight: Any, *_: Any) -> Any:
    return _less_its_mean(g if weight is None else g * weight, spread, list(range(x.ndim - len(shape), x.ndim)))


def _of_group_norm(g: Any, x: Any, _m: Any, spread: Any, weight: Any, n: int, *sizes: Any) -> Any:
    groups = sizes[2]
    scaled = g if weight is None else g * weight.reshape(1, -1, *[1] * (g.ndim - 2))
    return _less_its_mean(scaled.reshape(n, groups, -1), spread.reshape(n, groups, 1), [2])


def _of_softmax(g: Any, y: Any, axis: int, *_: Any) -> Any:
    """y (g - sum (g y))."""
    return (y, g), (y, (g * y).abs().sum(axis, keepdim=True))


def _of_log_softmax(g: Any, y: Any, axis: int, *_: Any) -> Any:
    """g - softmax sum g."""
    return (1.0, g), (y.exp(), g.abs().sum(axis, keepdim=True))


def _less_its_mean(g: Any, gain: Any, axes: list[int]) -> Any:
    """gain (g - mean g); the mean is off by more where all that it is of are equal."""
    terms = math.prod(g.shape[axis] for axis in axes)
    return (gain, g), (gain, g.abs().mean(axes, keepdim=True) * (math.sqrt(terms) if are_equal(g, axes) else 1.0))


CANCELLED: Mapping[str, Callable[..., Any]] = {
    "native_batch_norm_backward": _of_batch_norm,
    "native_layer_norm_backward": _of_layer_norm,
    "native_group_norm_backward": _of_group_norm,
    "_softmax_backward_data": _of_softmax,
    "_log_softmax_backward_data": _of_log_softmax,
}
"""Operations whose first result is a difference, computed inside, of terms that may be far larger.

Of each term a factor, and what is off by its own rounding: a mean by one that all have in common. Where the result
is 0 in mathematics, as the slope of a bias before a norm and a mean, it is off by roundings of these.
"""


INTERPOLATING = ("upsample_linear1d", "upsample_bi", "upsample_trilinear3d", "grid_sampler", "_upsample_bi")
"""Operations whose weights follow from coordinates: up to the extent of the map, and a rounding of them off."""

SUMS = {
    "sum": 0,
    "mean": 0,
    "convolution_backward": 2,
    "native_batch_norm_backward": 2,
    "native_layer_norm_backward": 2,
    "native_group_norm_backward": 2,
}
"""Which result is a plain sum of the first argument: the slope of a bias."""


def _size_of_sum(func: Any, position: int, given: Any, result: Any, noise: Noise, size: float) -> float:
    """The size of a result's error: `size`, unless it is a plain sum."""
    if SUMS.get(func.overloadpacket.__name__) != position or noise.plain or not isinstance(result, torch.Tensor):
        return size
    if not given.is_floating_point():  # a count of what holds is exact
        return size
    terms = given.numel() // max(result.numel(), 1)
    return max(size, noise.of_sum(terms, are_equal(given)))


def _wide(dtype: torch.dtype) -> torch.dtype:
    return torch.float64 if dtype is torch.float32 else dtype


def _kind(func: Any) -> Kind:
    name = func.overloadpacket.__name__
    if name in MOVED:
        return Kind.MOVED
    if torch.Tag.pointwise in func.tags:
        return Kind.BASIC if name in BASIC else Kind.FUNCTION
    return Kind.SUM


def _terms(func: Any, args: Any) -> int:
    name = func.overloadpacket.__name__
    if name in PRODUCTS:
        return int(args[PRODUCTS[name]].shape[-1])
    return most_terms(tuple(t.shape) for t in _tensors(args) if t.is_floating_point())


def _written(func: Any, position: int) -> bool:
    info = func._schema.arguments[position].alias_info
    unsaid = func.overloadpacket.__name__ in STATISTICS and position in (3, 4)
    return unsaid or (info is not None and info.is_write)


def _tensors(tree: Any) -> list[torch.Tensor]:
    if isinstance(tree, torch.Tensor):
        return [tree]
    if isinstance(tree, Mapping):
        return [t for each in tree.values() for t in _tensors(each)]
    return [t for each in tree for t in _tensors(each)] if isinstance(tree, list | tuple) else []
