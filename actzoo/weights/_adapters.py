"""The adapters by name, and what every one of them can do; importing this imports no framework."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from ._bits import Bits
from ._flax import Flax, Linen
from ._outline import Outline
from ._paddle import Paddle
from ._torch import Torch


class Adapter(Protocol):
    """What a framework must offer for its weights to travel."""

    @property
    def name(self) -> str:
        """The framework's name, as in the table."""
        ...

    @property
    def channels_last(self) -> bool:
        """Whether a map is flattened with its channels last."""
        ...

    def read(self, state: Any) -> dict[str, Bits]:
        """Flatten a state to dotted keys in the framework's own names."""
        ...

    def write(self, entries: Mapping[tuple[str, Any], Bits]) -> Any:
        """Make what the framework's loader takes of arrays by (collection, path); it owns them."""
        ...

    def outline(self, model: Any) -> Outline:
        """List the modules and variables of a model."""
        ...


ADAPTERS: Mapping[str, Adapter] = MappingProxyType(
    {adapter.name: adapter for adapter in (Torch(), Paddle(), Flax(), Linen())}
)
