"""Writes files where a person asked for them: all of them or none, and over nothing without a word; knows no format.

A file is written beside its target and renamed. Neither an input, also by another name of it, nor what is no plain
file is ever replaced; another file only with `force`, or if it is `ours`.
"""

from __future__ import annotations

import filecmp
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import final


class OutputError(ValueError):
    """A target that may not be written, and what to do."""


def nothing_is_ours(path: Path) -> bool:
    """For whoever keeps no record of what was written."""
    return False


def check_target(
    target: Path, sources: Iterable[Path] = (), force: bool = False, ours: Callable[[Path], bool] = nothing_is_ours
) -> None:
    """`OutputError` if a file may not be written there."""
    state = _state(target)
    if state is None:
        if target.is_symlink():
            raise OutputError(f"{target} is a link to nothing; choose another name")
        return
    if stat.S_ISDIR(state.st_mode):
        raise OutputError(f"{target} is a folder, and a file would be written there; choose another name")
    if not stat.S_ISREG(state.st_mode):
        raise OutputError(f"{target} is {_what(state.st_mode)} and is never replaced; choose another name")
    for source in sources:
        mine = _state(source)
        if mine is not None and os.path.samestat(state, mine):
            raise OutputError(f"{source} is read, and {target} is the same file; choose another place with -o")
    if not force and not ours(target):
        raise OutputError(f"{target} exists; choose another place with -o, or write over it with --force")


def check_folder(folder: Path) -> None:
    """`OutputError` if no files may be written into a folder of that name."""
    state = _state(folder)
    if state is not None and not stat.S_ISDIR(state.st_mode):
        raise OutputError(f"{folder} is no folder, and files would be written into it; choose another name")


def _state(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise OutputError(f"{path} cannot be written: {_file_above(path)} is no folder") from None
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from None


def _file_above(path: Path) -> Path:
    return next((above for above in reversed(path.parents) if above.exists() and not above.is_dir()), path.parent)


_KINDS: dict[str, Callable[[int], bool]] = {
    "a pipe": stat.S_ISFIFO,
    "a device": lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode),
    "a socket": stat.S_ISSOCK,
}


def _what(mode: int) -> str:
    return next((name for name, is_one in _KINDS.items() if is_one(mode)), "no plain file")


@final
class Writing:
    """Files that are written together. As a context: at its end all are in place, after an error none is.

    Args:
        sources: the inputs, which no target may be.
        force: whether other files may be replaced.
        ours: whether a file that lies there may be replaced in any case.

    """

    def __init__(
        self, sources: Iterable[Path] = (), force: bool = False, ours: Callable[[Path], bool] = nothing_is_ours
    ) -> None:
        self._sources, self._force, self._ours = tuple(sources), force, ours
        self._files: dict[Path, Path] = {}
        self._folders: list[Path] = []

    def beside(self, target: Path) -> Path:
        """An empty file beside the target, of the same suffix, to be written. `OutputError` if that may not be."""
        self.check(target)
        final = Path(os.path.realpath(target))  # through a link, as writing does
        if final in self._files:
            raise OutputError(f"{target} would be written twice")
        self.folder(final.parent)
        made = final.with_name(f".actzoo-{secrets.token_hex(6)}{final.suffix}")
        try:
            os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # the umask takes its part
        except OSError as error:
            raise OutputError(f"{target} cannot be written: {error.strerror}") from None
        self._files[final] = made
        return made

    def write(self, target: Path, data: bytes) -> None:
        """Write a file of these bytes."""
        self.beside(target).write_bytes(data)

    def check(self, target: Path) -> None:
        """`OutputError` if a file may not be written there."""
        check_target(target, self._sources, self._force, self._ours)

    def holds(self, target: Path, made: Path) -> bool:
        """Whether the target is a file of its own that has the same bytes already."""
        if not target.is_file() or any(source.exists() and source.samefile(target) for source in self._sources):
            return False
        return filecmp.cmp(target, made, shallow=False)

    def folder(self, folder: Path) -> None:
        """Make a folder and those above it, which go again if nothing comes of it."""
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        try:
            for each in reversed(missing):
                each.mkdir()
                self._folders.append(each)
        except OSError as error:
            raise OutputError(f"{folder} cannot be made: {error.strerror}") from None
        if not folder.is_dir():
            raise OutputError(f"{folder} is no folder; choose another place with -o")

    def __enter__(self) -> Writing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        placed: list[Path] = []
        try:
            if kind is None:
                for target in self._files:
                    self.check(target)  # once more: it may have come meanwhile
                for target, made in self._files.items():
                    new = not target.exists()
                    if not new:
                        made.chmod(stat.S_IMODE(target.stat().st_mode))
                    made.replace(target)
                    if new:
                        placed.append(target)
                placed, self._folders = [], []
        finally:
            for path in [*self._files.values(), *placed]:
                path.unlink(missing_ok=True)
            for made in reversed(self._folders):
                if not any(made.iterdir()):
                    made.rmdir()


@contextmanager
def staged(
    folder: Path,
    sources: Iterable[Path] = (),
    force: bool = False,
    ours: Callable[[Path], bool] = nothing_is_ours,
) -> Iterator[tuple[Path, Writing]]:
    """A temporary folder in `folder`, of which all files are moved up at the end; and what checks a target earlier."""
    with Writing(sources, force, ours) as writing:
        writing.folder(folder)
        try:
            stage = Path(tempfile.mkdtemp(prefix=".actzoo-", dir=folder))
        except OSError as error:
            raise OutputError(f"nothing can be written into {folder}: {error.strerror}") from None
        try:
            yield stage, writing
            for path in sorted(stage.rglob("*")):
                target = folder / path.relative_to(stage)
                if path.is_file() and not writing.holds(target, path):
                    path.replace(writing.beside(target))
        finally:
            shutil.rmtree(stage, ignore_errors=True)
