"""Finds the specs that a command line names: of the zoo, or of a user's file. Knows no framework."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType

from actzoo.language import Spec, SpecError


class NotFound(LookupError):
    """A name that stands for no activation, or a file that cannot be read as a module."""


def find_specs(name: str) -> list[Spec]:
    """The specs of a name: `mish`, `Mish`, `mine.py:hard_mish`, or all of `mine.py`.

    A file is imported, so its code runs. Raises `NotFound` with the nearest names.
    """
    from actzoo.zoo import find

    path, _, wanted = name.partition(":")
    if not path.endswith(".py"):
        try:
            return [find(name)]
        except KeyError as error:
            raise NotFound(error.args[0]) from None
    specs = [s for s in vars(import_file(Path(path))).values() if isinstance(s, Spec)]
    specs = list({s.name: s for s in specs if Path(s.source.file).resolve() == Path(path).resolve()}.values())
    listed = ", ".join(s.name for s in specs) or "none"
    if wanted:
        specs = [s for s in specs if wanted in (s.name, s.module)]
    if not specs:
        raise NotFound(f"{path} has no activation{f' {wanted!r}' if wanted else ''}; it has: {listed}")
    return specs


def import_file(path: Path) -> ModuleType:
    """A Python file as a module, which can import its neighbours. Its code runs, and prints to standard error."""
    if not path.is_file():
        raise NotFound(f"no file {path}")
    name = f"_actzoo_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise NotFound(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        with redirect_stdout(sys.stderr):  # what the file prints is no part of a command's result
            spec.loader.exec_module(module)
    except SpecError:
        raise
    except (Exception, SystemExit) as error:  # the file is the user's, may raise anything, and must not end the run
        line = next((f.lineno for f in traceback.extract_tb(error.__traceback__)[::-1] if f.filename == str(path)), "?")
        raise NotFound(f"{path}, line {line}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
    return module
