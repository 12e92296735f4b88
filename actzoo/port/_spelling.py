"""How a name of torch or of the twins is written in a file: by what the file imports, else by an import to add."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

TWINS = "paddle_twins"
"""The module of helpers in the ported folder. In tables it is `twins`."""

MODELS = "paddle_models"
"""The folder of Paddle's own models in the ported folder. In tables it is `models`."""


ZOO = "actzoo_torch"
"""The zoo's own package. In tables it is `zoo`."""


@final
@dataclass(frozen=True)
class Binding:
    """What a ported import binds: `torch.nn` to `nn`. `line` is the statement that does it."""

    target: str
    local: str
    line: str


@final
class Names:
    """The bindings of a file, those that are used, and those to add."""

    def __init__(self, bindings: Iterable[Binding], taken: Iterable[str]) -> None:
        self.bindings = {each.target: each for each in reversed(list(bindings))}
        self.taken = frozenset(taken)
        self.used: set[str] = set()
        self.roots: set[str] = set()
        self.twins: set[str] = set()
        self.models: set[str] = set()
        self.imported: dict[str, set[str]] = {}

    def spell(self, target: str) -> str:
        """How `torch.nn.Linear` or `twins.Linear` is written here."""
        root, _, rest = target.partition(".")
        module, _, name = rest.rpartition(".")
        if root == "twins":
            self.twins.add(rest)
        elif root == "models":
            self.models.add(module)
        parts = target.split(".")
        for length in range(len(parts), 0, -1):
            binding = self.bindings.get(".".join(parts[:length]))
            if binding is not None:
                self.used.add(binding.target)
                return ".".join([binding.local, *parts[length:]])
        if root not in ("twins", "models", "zoo"):
            self.roots.add(root)
            return target
        path = module_of(target)
        if name in self.taken:
            self.roots.add(path)
            return f"{path}.{name}"
        self.imported.setdefault(path, set()).add(name)
        return name

    def added(self) -> list[str]:
        """The imports to add, as lines."""
        lines = [f"import {root}" for root in sorted(self.roots)]
        return [
            *lines,
            *(f"from {path} import {', '.join(sorted(names))}" for path, names in sorted(self.imported.items())),
        ]


def module_of(target: str) -> str:
    """The module of a ported folder that `twins.Linear` or `models.resnet.resnet18` stands in."""
    package = target.rpartition(".")[0]
    if package == "zoo":
        return ZOO
    return package.replace("twins", TWINS, 1) if package.startswith("twins") else package.replace("models", MODELS, 1)
