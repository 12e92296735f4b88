"""torch: reads and writes `state_dict`, and draws the outline of an `nn.Module`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

import numpy as np

from ._bits import CARRIERS, Bits, from_numpy
from ._errors import ConversionError
from ._outline import Outline, Path, Variable, prefixes, site_of, without_wrappers, wrapped

if TYPE_CHECKING:
    import torch

_SIGNED = {"uint16": "int16", "uint8": "uint8"}


@final
class Torch:
    """The adapter of torch."""

    name = "torch"
    channels_last = False

    def read(self, state: Mapping[str, Any]) -> dict[str, Bits]:
        """Take a state dict of tensors or NumPy arrays."""
        import torch

        return {
            key: _bits(value, key) if isinstance(value, torch.Tensor) else from_numpy(value, key)
            for key, value in state.items()
        }

    def write(self, entries: Mapping[tuple[str, Path], Bits]) -> "dict[str, torch.Tensor]":
        """Make a state dict for `load_state_dict(strict=True)`."""
        return {".".join(path): _tensor(bits) for (_, path), bits in entries.items()}

    def outline(self, model: Any) -> Outline:
        """List modules, shared ones at every path, and the variables of `state_dict`.

        A wrapper, as of `torch.compile`, is no level of the canonical paths.
        """
        import torch

        from ._traced import flattened_inputs

        every = {
            tuple(name.split(".")) if name else (): module
            for name, module in model.named_modules(remove_duplicate=False)
        }
        wrappers = {path: inner for path, module in every.items() if (inner := wrapped(module, self.name))}
        modules = {without_wrappers(path, wrappers): each for path, each in every.items() if path not in wrappers}
        sites = {path: site_of(module, self.name) for path, module in modules.items()}
        variables = []
        for key, value in model.state_dict(keep_vars=True).items():
            path = tuple(key.split("."))
            if not isinstance(value, torch.Tensor):
                raise ConversionError(f"'{key}' is extra state ({type(value).__name__}), no tensor; no rule")
            inside = without_wrappers(path, wrappers)
            owner = next(above for above in prefixes(inside[:-1]) if above in sites)
            kind = "params" if isinstance(value, torch.nn.Parameter) else "buffers"
            part = ".".join(inside[len(owner) :])
            variables.append(Variable(owner, part, path, tuple(value.shape), kind))
        return Outline(self.name, sites, tuple(variables), flattened_inputs(modules[()], modules))


def _bits(tensor: "torch.Tensor", key: str) -> Bits:
    import torch

    if tensor.layout != torch.strided or tensor.is_quantized:
        raise ConversionError(f"'{key}' is a sparse or quantized tensor; convert it to a dense one first")
    name = str(tensor.dtype).removeprefix("torch.")
    plain = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
    if name not in CARRIERS:
        return Bits(plain.numpy(), name)
    carrier = CARRIERS[name]
    return Bits(plain.view(getattr(torch, _SIGNED[carrier])).numpy().view(carrier), name)


def _tensor(bits: Bits) -> "torch.Tensor":
    import torch

    if bits.dtype not in CARRIERS:
        return torch.from_numpy(bits.array)
    carried = bits.array.view(np.dtype(_SIGNED[CARRIERS[bits.dtype]]))
    return torch.from_numpy(carried).view(getattr(torch, bits.dtype))
