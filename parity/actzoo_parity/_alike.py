"""Which activation of the zoo a class of a torch source is, by what it computes. Writes no source.

A class is built with its defaults and with others, given random weights, and held against each activation whose weights
have the same shapes: values and gradients, at several batch sizes, by `check`. Only the definitions of the source are
run.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import itertools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, final, get_args, get_origin, get_type_hints

import numpy as np
import torch

import actzoo_torch
from actzoo.zoo import ZOO

from ._compare import compare
from ._setup import Options
from ._sides import SideError

CHANNELS = 16
SIZES: Mapping[str, tuple[int, ...]] = {"1d": (6,), "2d": (4, 5), "3d": (3, 4, 2)}
"""Of inputs, by what a class calls `conv_type`; maps where it has no such argument."""

BATCHES = (1, 3, CHANNELS)
"""One that equals the channels shows broadcasting over the wrong axis."""

OTHERS: Mapping[str, Any] = {"reduction": 4, "k": 3}
"""Arguments other than the defaults, where both have them."""

WITHOUT_EFFECT = ("inplace",)
"""Arguments that change nothing of what is computed."""

SAMPLES = 4

Keys = dict[str, tuple[str, str]]


@final
@dataclass(frozen=True)
class Twin:
    """The activation that a class is, or none, and then `why` says what tells it from the one it looks like.

    `arguments` has theirs by ours, `options` what ours is given besides. `keys` are their names of parts that are
    called otherwise, each with ours and the table of a module that it is in. `same` if one may stand for the other
    as it is.
    """

    zoo: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    same: bool = False
    learns: bool = False
    why: str = ""


def twins(text: str, folders: list[str]) -> dict[str, dict[str, Any]]:
    """What is known of each class of a source that is one of the zoo, or looks like one."""
    sys.path[:0] = [folder for folder in folders if folder not in sys.path]
    found = {}
    for name, cls in _classes(text).items():
        twin = _twin(cls)
        if twin is not None:
            found[name] = asdict(twin)
    return found


def _classes(text: str) -> dict[str, type[torch.nn.Module]]:
    """The modules of one input that a source defines, as its definitions make them."""
    names: dict[str, Any] = {"__name__": "source"}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef | ast.FunctionDef):
            with contextlib.suppress(Exception):  # what is not there, or not to be defined, is no class to compare
                exec(compile(ast.Module([node], []), "<source>", "exec"), names)
    own: list[Any] = [each for each in names.values() if isinstance(each, type) and issubclass(each, torch.nn.Module)]
    return {each.__name__: each for each in own if each.__module__ == "source" and len(_parameters(each.forward)) == 1}


def _parameters(function: Any) -> list[inspect.Parameter]:
    if function is torch.nn.Module.__init__:
        return []
    return list(inspect.signature(function).parameters.values())[1:]


def _twin(cls: type[torch.nn.Module]) -> Twin | None:
    given = _parameters(cls.__init__)
    required = [p.name for p in given if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    if len(required) > 1 or any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in given):
        return None
    near: list[str] = []
    for spec in ZOO.values():
        ours = getattr(actzoo_torch, spec.module)
        arguments = _arguments(given, required, ours)
        if arguments is None:
            continue
        for options in _choices(ours, arguments):
            said = _differs(cls, ours, arguments, options)
            if isinstance(said, dict):
                same = not options and not said and _called_alike(given, ours)
                return Twin(spec.module, arguments, options, said, same, bool(spec.parts))
            near += [f"it has the weights of {spec.module}, and {said}"] if said else []
    return Twin(why=near[0]) if near else None


def _arguments(given: list[inspect.Parameter], required: list[str], ours: type) -> dict[str, str] | None:
    """Their arguments by ours; None if there is one that ours has not."""
    known = [p.name for p in _parameters(ours.__init__)]  # type: ignore[misc]
    if ("channels" in known) != bool(required):
        return None
    renamed = dict.fromkeys(required, "channels")
    found = {renamed.get(p.name, p.name): p.name for p in given if p.name not in WITHOUT_EFFECT}
    return found if found.keys() <= set(known) else None


def _called_alike(given: list[inspect.Parameter], ours: type) -> bool:
    """Whether ours takes their arguments, in their order and with their defaults."""
    known = _parameters(ours.__init__)  # type: ignore[misc]
    mine = [(p.name, p.default) for p in known][: len(given)]
    return [(p.name, p.default) for p in given] == mine


def _choices(ours: type, arguments: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Each way of choosing among the options of ours that have a few values; the defaults are not said."""
    hints = get_type_hints(ours.__init__)  # type: ignore[misc]
    defaults = {p.name: p.default for p in _parameters(ours.__init__)}  # type: ignore[misc]
    open_ = {
        n: get_args(h) for n, h in hints.items() if get_origin(h) is Literal and n not in {*arguments, "conv_type"}
    }
    for values in itertools.product(*open_.values()):
        yield {n: v for n, v in zip(open_, values, strict=True) if v != defaults[n]}


def _differs(cls: type, ours: type, arguments: Mapping[str, str], options: Mapping[str, Any]) -> Keys | str:
    """The parts that are called otherwise if both are the same, else what tells them apart, or nothing to say."""
    keys: Keys | None = {}
    kinds: list[dict[str, Any]] = [{}, {n: v for n, v in OTHERS.items() if n in arguments}]
    kinds += [{"conv_type": "1d"}] if "conv_type" in arguments else []
    for number, kind in enumerate(kinds):
        if number and not kind:
            continue
        try:
            theirs = cls(*([CHANNELS] if "channels" in arguments else []), **{arguments[n]: v for n, v in kind.items()})
            mine = ours(**{**_values(cls, arguments), **kind, **options})
        except Exception as error:  # whatever other people's code raises
            return f"with {kind} it raises {type(error).__name__}" if number else ""
        pairs = _pairs(theirs, mine)
        if pairs is None:
            return f"with {kind} its weights have other shapes" if number else ""
        keys = _parts(pairs, mine)
        if keys is None:
            return "names its weights in another order of parts"
        said = _compared(theirs, mine, pairs, SIZES[kind.get("conv_type", "2d")])
        if said is not None:
            return f"{said}{f' with {kind}' if kind else ''}" if pairs else ""
    return keys or {}


def _parts(pairs: Mapping[str, str], mine: torch.nn.Module) -> Keys | None:
    """The parts of the module that are called otherwise; None if it is not the parts that are."""
    found: Keys = {}
    for key, other in pairs.items():
        (part, _, rest), (ours, _, others) = key.partition("."), other.partition(".")
        kind = next(kind for kind in ("_parameters", "_buffers", "_modules") if ours in getattr(mine, kind))
        if rest != others or found.get(part, (ours, kind)) != (ours, kind):
            return None
        if part != ours:
            found[part] = (ours, kind)
    return found


def _values(cls: type, arguments: Mapping[str, str]) -> dict[str, Any]:
    """Their defaults, under our names."""
    held = {p.name: p.default for p in _parameters(cls.__init__)}  # type: ignore[misc]
    return {
        ours: CHANNELS if held[theirs] is inspect.Parameter.empty else held[theirs]
        for ours, theirs in arguments.items()
    }


def _pairs(theirs: torch.nn.Module, mine: torch.nn.Module) -> dict[str, str] | None:
    """Their keys and ours: of one name, and the rest of one shape, in order. Random weights go into theirs."""
    here, there = dict(theirs.state_dict()), dict(mine.state_dict())
    pairs = {key: key for key in here if key in there and here[key].shape == there[key].shape}
    rest = [key for key in there if key not in pairs]
    for key in here:
        other = next((k for k in rest if here[key].shape == there[k].shape), None)
        if key not in pairs:
            if other is None:
                return None
            pairs[key] = other
            rest.remove(other)
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in here.values():
            if value.is_floating_point():
                value.copy_(torch.randn(value.shape, generator=draw))
    return None if rest else pairs


def _compared(
    theirs: torch.nn.Module, mine: torch.nn.Module, pairs: Mapping[str, str], size: tuple[int, ...]
) -> str | None:
    """What tells the two apart, or None."""
    random = np.random.default_rng(0)
    asked = Options(weights=dict(pairs) or None, samples=SAMPLES, names=("torch", "torch zoo"))
    mine.load_state_dict({pairs[key]: each for key, each in theirs.state_dict().items()})
    for batch in BATCHES:
        x = (4 * random.standard_normal((batch, CHANNELS, *size))).astype(np.float32)
        try:
            with torch.no_grad():  # what a module keeps of its last call has to be copied
                here, there = theirs(torch.from_numpy(x)), mine(torch.from_numpy(x))
            near = here.shape == there.shape and torch.allclose(here, there, rtol=0.01, atol=0.01)  # a first look
            if not near or not compare((theirs, mine), x, asked).passed:
                return f"computes something else at batch size {batch}"
        except SideError as error:
            return str(error)
        except Exception as error:  # whatever other people's code raises
            return f"raises {type(error).__name__} at batch size {batch}"
    return None
