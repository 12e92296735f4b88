"""Paddle: reads and writes `state_dict`, and draws the outline of an `nn.Layer`."""

from collections.abc import Iterator, Mapping
from typing import Any, final

from ._bits import Bits, from_numpy
from ._errors import ConversionError
from ._flatten import flattened_in_sequence
from ._outline import Outline, Path, Site, Variable, prefixes, site_of, without_wrappers, wrapped

_NAME_TABLE = "StructuredToParameterName@@"
_RECURRENT = frozenset({"lstm", "gru", "rnn"})


@final
class Paddle:
    """The adapter of Paddle."""

    name = "paddle"
    channels_last = False

    def read(self, state: Mapping[str, Any]) -> dict[str, Bits]:
        """Take a state dict of tensors, or of arrays as in `.pdparams`: uint16 is bfloat16."""
        import paddle

        return {
            key: _bits(value.numpy() if isinstance(value, paddle.Tensor) else value, key)
            for key, value in state.items()
            if key != _NAME_TABLE
        }

    def write(self, entries: Mapping[tuple[str, Path], Bits]) -> dict[str, Any]:
        """Make a state dict for `set_state_dict`."""
        return {".".join(path): _tensor(bits, ".".join(path)) for (_, path), bits in entries.items()}

    def outline(self, model: Any) -> Outline:
        """List sublayers, shared ones at every path, and the variables of `state_dict`.

        The cells inside a recurrent layer are left out: they name its own parameters a second time. A wrapper is
        no level of the canonical paths.
        """
        from paddle.base.framework import EagerParamBase

        every = dict(_walk(model, (), self.name))
        wrappers = {path: inner for path, layer in every.items() if (inner := wrapped(layer, self.name))}
        modules = {without_wrappers(path, wrappers): each for path, each in every.items() if path not in wrappers}
        sites = {path: site_of(module, self.name) for path, module in modules.items()}
        variables = []
        for key, value in model.state_dict().items():
            path = tuple(key.split("."))
            inside = without_wrappers(path, wrappers)
            owner = next(above for above in prefixes(inside[:-1]) if above in sites)
            part = inside[len(owner) :]
            if sites[owner].kind in _RECURRENT and len(part) > 1:
                continue
            kind = "params" if isinstance(value, EagerParamBase) else "buffers"
            full = _full_shape(modules[owner], sites[owner])
            shape = tuple(value.shape)
            variables.append(Variable(owner, ".".join(part), path, shape, kind, full))
        flattened = flattened_in_sequence(modules, sites)
        return Outline(self.name, sites, tuple(variables), flattened)


def _walk(layer: Any, path: Path, framework: str) -> Iterator[tuple[Path, Any]]:
    yield path, layer
    if site_of(layer, framework).kind in _RECURRENT:
        return
    for name, child in layer._sub_layers.items():
        if child is not None:
            yield from _walk(child, (*path, *name.split(".")), framework)


def _full_shape(layer: Any, site: Site) -> tuple[int, ...] | None:
    return tuple(layer._normalized_shape) if site.kind == "layer_norm_nd" else None


def _bits(array: object, key: str) -> Bits:
    bits = from_numpy(array, key)
    return Bits(bits.array, "bfloat16") if bits.dtype == "uint16" else bits


def _tensor(bits: Bits, key: str) -> Any:
    import paddle

    if bits.dtype not in _DTYPES:
        raise ConversionError(f"'{key}' is {bits.dtype}, which a Paddle state cannot hold; cast it first")
    return paddle.to_tensor(bits.array, place=paddle.CPUPlace())


_DTYPES = frozenset(
    [
        "bool",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "float16",
        "float32",
        "float64",
        "bfloat16",
        "complex64",
        "complex128",
    ]
)
