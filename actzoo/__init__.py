"""actzoo: activations written once, rendered into native PyTorch, Paddle and Flax code.

    from actzoo import nn                 the zoo in the framework of your choice; see `actzoo.nn`
    actzoo.use("paddle")                  make that choice, before
    from actzoo import activation         write one of your own; see `actzoo.language`
    from actzoo import convert            carry weights from one framework to another

Importing this module imports no framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actzoo._backend import BackendError as BackendError
    from actzoo._backend import use as use
    from actzoo.language import Spec as Spec
    from actzoo.language import SpecError as SpecError
    from actzoo.language import activation as activation
    from actzoo.render import native_class as native_class
    from actzoo.render import native_function as native_function
    from actzoo.weights import convert as convert

__version__ = "0.1.0"

_HOMES = {
    "BackendError": "actzoo._backend",
    "use": "actzoo._backend",
    "Spec": "actzoo.language",
    "SpecError": "actzoo.language",
    "activation": "actzoo.language",
    "native_class": "actzoo.render",
    "native_function": "actzoo.render",
    "convert": "actzoo.weights",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'actzoo' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*_HOMES, "__version__", "nn"]
