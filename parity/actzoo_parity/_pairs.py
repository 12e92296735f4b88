"""Pairs of implementations listed in a file, for a run from the command line. Judges none itself.

# pairs.py
from actzoo_parity import pair


def in_torch():
    import torch

    return torch.nn.Linear(4, 3)


def in_paddle():
    import paddle

    return paddle.nn.Linear(4, 3)


pair("a linear layer", torch=in_torch, paddle=in_paddle, inputs=lambda: numbers(2, 4))
"""

from __future__ import annotations

import ast
import runpy
import time
import traceback
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

from ._compare import compare
from ._record import Record
from ._setup import Options
from ._sides import SideError
from ._sides._which import FRAMEWORKS


class PairsError(ValueError):
    """A file of pairs cannot be read; the message names the file and the line."""


@final
@dataclass(frozen=True)
class Pair:
    """Implementations of one function: a builder without arguments for each framework, called in its turn."""

    name: str
    builders: Mapping[str, Callable[[], Any]]
    inputs: Any
    options: Options
    file: str = ""
    line: int = 0


_listed: ContextVar[list[Pair] | None] = ContextVar("_listed", default=None)


def pair(name: str, *, inputs: Any, **given: Any) -> Pair:
    """List an implementation in two or three frameworks, the one that the others are held against first.

        pair("my block", torch=in_torch, paddle=in_paddle, inputs=x)

    `torch`, `paddle`, `flax`, `linen`, `jax` and `numpy` are builders: functions without arguments, which import
    their framework and return a side as `check` takes it. `inputs` are those of `check`, or a
    function that makes them. Everything else is an argument of `check`.
    """
    caller = traceback.extract_stack(limit=2)[0]
    where = f"{caller.filename}:{caller.lineno}"
    builders = {framework: builder for framework, builder in given.items() if framework in FRAMEWORKS}
    if not 2 <= len(builders) <= 3:
        few = f"pair {name!r} has {len(builders)} sides; give two or three of {', '.join(FRAMEWORKS)}"
        raise PairsError(f"{where}: {few}")
    if wrong := [framework for framework, builder in builders.items() if not callable(builder)]:
        raise PairsError(
            f"{where}: pair {name!r}: {wrong[0]} is no function; give one that makes the side, `lambda: ...`"
        )
    options = _options(name, where, {key: value for key, value in given.items() if key not in builders})
    made = Pair(name, builders, inputs, options, str(Path(caller.filename).resolve()), caller.lineno or 0)
    listed = _listed.get()
    if listed is not None:
        if any(each.name == name for each in listed):
            raise PairsError(f"{where}: there is a pair {name!r} already")
        listed.append(made)
    return made


def _options(name: str, where: str, given: Mapping[str, Any]) -> Options:
    given = {("reference_options" if key == "options" else key): value for key, value in given.items()}
    if unknown := given.keys() - Options.__dataclass_fields__.keys() or given.keys() & {"names"}:
        raise PairsError(f"{where}: pair {name!r} has no argument {', '.join(sorted(unknown))}")
    return Options(**given)


def is_pairs_file(path: str | Path) -> bool:
    """Whether a Python file imports `pair` from here, or calls it by the package's name. It is read and not run."""
    if not Path(path).is_file():
        return False
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    return any(map(_names_pair, ast.walk(tree)))


def _names_pair(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "actzoo_parity" and any(alias.name == "pair" for alias in node.names)
    return isinstance(node, ast.Attribute) and node.attr == "pair" and ast.unparse(node.value) == "actzoo_parity"


def pairs_of(path: str | Path) -> list[Pair]:
    """The pairs that a file lists. `PairsError`, with the line, if it raises, and if it lists none."""
    listed: list[Pair] = []
    token = _listed.set(listed)
    try:
        runpy.run_path(str(path))
    except PairsError:
        raise
    except OSError as error:
        raise PairsError(f"{path}: {error.strerror or error}") from error
    except SyntaxError as error:
        raise PairsError(f"{path}:{error.lineno}: {error.msg}") from error
    except (Exception, SystemExit) as error:  # whatever the file raises; and it must not end the run
        raise PairsError(f"{_line(error, path)}: {type(error).__name__}: {error}") from error
    finally:
        _listed.reset(token)
    if not listed:
        raise PairsError(f"{path} lists no pair; it calls pair(...) for each")
    return listed


def _line(error: BaseException, path: str | Path) -> str:
    """The last line of that file that the error came through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    return f"{path}:{frames[-1].lineno}" if frames else str(path)


def run_pair(pair: Pair) -> list[Record]:
    """One record a side. What cannot be built is an error or not run, and the others are compared without it."""
    started = time.perf_counter()
    records, sides = [], {}
    for framework, builder in pair.builders.items():
        try:
            sides[framework] = builder()
        except ModuleNotFoundError as error:
            records.append(_lost(pair, framework, "not run", f"{error.name} is not installed"))
        except Exception as error:  # whatever a builder raises
            records.append(_lost(pair, framework, "error", f"building it raised {_told(error, pair.file)}"))
    if len(sides) < 2:
        alone = [_lost(pair, f, "not run", "no other side is left to compare it with") for f in sides]
        return _in_order(pair, [*records, *alone], started)
    try:
        inputs = pair.inputs() if callable(pair.inputs) else pair.inputs
        report = compare(list(sides.values()), inputs, replace(pair.options, names=tuple(sides)), pair.name)
    except SideError as error:
        return _in_order(pair, [*records, *(_lost(pair, f, "error", str(error)) for f in sides)], started)
    except Exception as error:  # the inputs' function, or something nobody thought of
        told = _told(error, pair.file)
        return _in_order(pair, [*records, *(_lost(pair, f, "error", told) for f in sides)], started)
    origin = {"pairs": pair.file}
    found = [
        replace(
            record,
            framework=verdict.name,
            data="inputs",
            message=record.message if verdict.passed else text,
            origin=origin,
        )
        for record, verdict, text in zip(report.records(), report.verdicts, report.failures(), strict=True)
    ]
    return _in_order(pair, [*records, *found], started)


def _in_order(pair: Pair, records: list[Record], started: float) -> list[Record]:
    seconds = (time.perf_counter() - started) / max(len(records), 1)
    order = list(pair.builders)
    return [replace(r, seconds=seconds) for r in sorted(records, key=lambda r: order.index(r.framework))]


def _lost(pair: Pair, framework: str, status: Any, message: str) -> Record:
    return Record(
        activation=pair.name,
        framework=framework,
        device="cpu",
        dtype=pair.options.dtype or "",
        mode="eager",
        data="inputs",
        status=status,
        against="estimated",
        seed=pair.options.seed,
        message=message,
        origin={"pairs": pair.file},
    )


def _told(error: Exception, file: str) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).resolve() == Path(file)]
    where = f" ({Path(file).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
