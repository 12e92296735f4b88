"""torch, operation by operation: errors put into each result, and narrower floats noticed. Knows no model.

A dispatch mode sees what autograd calls, forward and backward, and changes nothing of torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

from ._noise import Kind, Noise, most_terms, names

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

STATISTICS = frozenset(("native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm"))
"""Their arguments 3 and 4 are written to, which their schema does not say."""


@final
class Operations(TorchDispatchMode):  # type: ignore[misc]  # torch is not type-checked against
    """Inside it, operations are disturbed if there is noise, and casts to narrower floats are kept."""

    def __init__(self, noise: Noise | None) -> None:
        super().__init__()
        self.noise = noise
        self.narrowed: dict[str, str] = {}
        self._generator = torch.Generator().manual_seed(noise.seed if noise else 0)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.noise is None:
            out = func(*args, **kwargs)
            self._notice(func, args, out)
            return out
        kind = _kind(func)
        terms = _terms(func, args) if kind is Kind.SUM else 1
        size = self.noise.of_operands(kind, terms) if kind is Kind.SUM else 0.0
        if size:
            args = tuple(
                each if _written(func, i) else tree_map_only(torch.Tensor, lambda t: self._disturbed(t, size), each)
                for i, each in enumerate(args)
            )
        out = func(*args, **kwargs)
        size = self.noise.of_result(kind, terms)
        results = func._schema.returns
        if not size or not results:
            return out
        if len(results) == 1:
            return self._result(out, results[0], size)
        return type(out)(self._result(o, r, size) for o, r in zip(out, results, strict=True))

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
