"""How a value is spelled in torch where the kind of its parameter tells: dtypes, devices, data formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import libcst as cst

from ._conditions import is_none, literal, text_of

DTYPES = {
    **{name: f"torch.{name}" for name in ("float16", "float32", "float64", "bfloat16", "int8", "int16", "int32")},
    **{name: f"torch.{name}" for name in ("int64", "uint8", "bool", "complex64", "complex128")},
    "float": "torch.float32",
    "int": "torch.int64",
}
_KNOWN = ("torch.", "np.", "numpy.")


def dtype(node: cst.BaseExpression) -> str | None:
    """`'float32'`, `np.float32`, `paddle.float32`: the torch dtype; None where nothing is to change."""
    value = literal(node)
    if isinstance(value, str) and value in DTYPES:
        return DTYPES[value]
    source = text_of(node)
    if is_none(node) or source.startswith("torch.") or source.endswith(".dtype"):
        return None
    module, _, name = source.rpartition(".")
    if module in ("np", "numpy") and name in DTYPES:
        return DTYPES[name]
    if source in ("bool", "int", "float"):
        return DTYPES[source]
    return f"twins.as_dtype({source})"


def device(node: cst.BaseExpression) -> str | None:
    """`'gpu:0'` and places as torch's devices."""
    value = literal(node)
    if isinstance(value, str):
        return repr(value.replace("gpu", "cuda"))
    return None


def negated(node: cst.BaseExpression) -> str | None:
    """The opposite of a truth value."""
    value = literal(node)
    return repr(not value) if isinstance(value, bool) else f"not {text_of(node)}"


SPELLINGS: Mapping[str, Callable[[cst.BaseExpression], str | None]] = {
    each.__name__: each for each in (dtype, device, negated)
}
