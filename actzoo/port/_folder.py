"""The folder that a port is written into: what in it is a port's own, and may be written again."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from actzoo._output import OutputError, staged

from ._spelling import MODELS, TWINS
from ._twins import HEAD

REPORT = "report.json"
RESERVED = (f"{TWINS}.py", f"{MODELS}.py")
"""Names of modules that ported sources import from their folder."""


def plain_file(path: Path) -> Path:
    """A file to be read. ValueError for what is missing, a folder, a pipe or a device, or empty."""
    try:
        state = path.stat()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if stat.S_ISDIR(state.st_mode):
        raise ValueError(f"{path} is a folder; name the files in it")
    if not stat.S_ISREG(state.st_mode):
        raise ValueError(f"{path} is no plain file")
    if not state.st_size and path.name != "__init__.py":
        raise ValueError(f"{path} is empty")
    return path


def check_names(paths: Sequence[Path]) -> None:
    """ValueError for sources that would be in each other's place, or in that of the helpers."""
    for index, path in enumerate(paths):
        if path.name in RESERVED:
            raise ValueError(f"{path} has the name of a module that ported code imports; rename it")
        if other := next((p for p in paths[:index] if p.name == path.name), None):
            raise ValueError(f"{other} and {path} have one name; port them into folders of their own")


def earlier(folder: Path) -> dict[str, str]:
    """The files that ports into this folder wrote, by name, with the hashes of what was in them."""
    try:
        found = json.loads((folder / REPORT).read_text(encoding="utf-8"))["written"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def hashed(path: Path) -> str:
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def into(folder: Path, sources: Iterable[Path], force: bool = False) -> Iterator[Path]:
    """A temporary folder whose files are moved into `folder` at the end, all or none.

    What ports wrote there is written again, if nobody changed it since; the helpers are, as they are kept.
    """
    before: Mapping[str, str] = earlier(folder)

    def ours(path: Path) -> bool:
        name = path.resolve().relative_to(folder.resolve()).as_posix() if path.is_relative_to(folder) else path.name
        if name == f"{TWINS}.py":
            return path.read_text(encoding="utf-8", errors="replace").startswith(HEAD)
        return (name == REPORT and bool(before)) or before.get(name) == hashed(path)

    with staged(folder, sources, force, ours) as (stage, _):
        yield stage


def record(folder: Path, *stages: Path) -> dict[str, str]:
    """The files that ports into this folder wrote, with those that lie in the stages."""
    found = earlier(folder)
    for stage in stages:
        files = (path for path in sorted(stage.rglob("*")) if path.is_file() and path.name != REPORT)
        found |= {path.relative_to(stage).as_posix(): hashed(path) for path in files}
    return found


def not_twice(path: Path) -> Path:
    """A file to be written, which nothing else of the same port is."""
    if path.exists():
        raise OutputError(f"two files would be written as {path.name}; port them into folders of their own")
    return path
