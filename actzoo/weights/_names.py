"""How a framework spells the path of a module, where no model of it is at hand; knows no weights.

Canonical is torch's dotted path. A module that only contains others does so as a `sequential`,
`list`, `dict` or `group`.
"""

from collections.abc import Callable, Mapping

from ._errors import ConversionError
from ._outline import Path, Site

Native = tuple[str | int, ...]


def dotted(path: Path, sites: Mapping[Path, Site]) -> Native:
    """Torch and Paddle: the path as it is."""
    return path


def nnx(path: Path, sites: Mapping[Path, Site]) -> Native:
    """Flax NNX: children of a list are numbers; those of a Sequential stand in its `layers`."""
    native: list[str | int] = []
    for index, name in enumerate(path):
        if path[:index] not in sites and name.isdigit():
            raise ConversionError(
                f"'{'.'.join(path)}' may stand in a Sequential or in a List, which a Linen name "
                "does not tell; give the NNX model"
            )
        container = sites[path[:index]].container if path[:index] in sites else None
        if container not in ("sequential", "list") or not name.isdigit():
            native.append(name)
        elif container == "sequential":
            native += ["layers", int(name)]
        else:
            native.append(int(name))
    return tuple(native)


def linen(path: Path, sites: Mapping[Path, Site]) -> Native:
    """Flax Linen: a list or a Sequential is no level, its child is `blocks.0`; a dict or a group is one."""
    native: list[str] = []
    held = ""
    for index, name in enumerate(path):
        above = path[: index + 1]
        if above in sites and sites[above].container in ("list", "sequential"):
            held += f"{name}."
        else:
            native.append(held + name)
            held = ""
    return tuple([*native, held.rstrip(".")] if held else native)


NAMES: Mapping[str, Callable[[Path, Mapping[Path, Site]], Native]] = {
    "torch": dotted,
    "paddle": dotted,
    "flax": nnx,
    "linen": linen,
}
