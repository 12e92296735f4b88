"""Notebooks and files as one source and back: cells joined by a line between them, magics put aside. Ports nothing."""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tokenize import detect_encoding
from typing import Any, final

CELL = r"__actzoo_cell_(?:\d+)__"
ASIDE = r"__actzoo_aside_(?:\d+)__"
"""Names that stand for the beginning of a cell, and for what is no Python."""

_CELL = "__actzoo_cell_{}__"
_SPLIT = re.compile(r"^__actzoo_cell_(\d+)__\n", re.MULTILINE)
_ASIDE = re.compile(r"__actzoo_aside_(\d+)__")
_MAGIC = re.compile(r"^(\s*)([%!].*|\S.*[^\s?]\?{1,2})$")
_GIVEN = re.compile(r"^(\s*[\w, ]+=\s*)([%!].*)$")
_PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")


@final
@dataclass
class Document:
    """A source of one piece, and how it is put back. `broken` are cells that are no Python, left as they are."""

    path: Path
    text: str
    cells: dict[int, str] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    notebook: Any = None
    raw: str = ""
    encoding: str = "utf-8"

    def place(self, line: int) -> tuple[int | None, int]:
        """The cell, counted from 1 among all, and the line in it."""
        if self.notebook is None:
            return None, line
        starts = [(n, m) for n, m in _starts(self.text) if n <= line]
        start, cell = starts[-1] if starts else (0, 0)
        return cell + 1, line - start

    def restored(self, text: str) -> Mapping[int, str]:
        """The cells of a ported source."""
        parts = _SPLIT.split(text)
        cells = {int(number): self._with_aside(body) for number, body in zip(parts[1::2], parts[2::2], strict=True)}
        return {n: body if self.cells[n].endswith("\n") else body.removesuffix("\n") for n, body in cells.items()}

    def _with_aside(self, text: str) -> str:
        return _ASIDE.sub(lambda match: self.aside[int(match[1])], text)

    def written(self, text: str) -> str:
        """The file with a ported source in it."""
        if text == self.text:
            return self.raw
        if self.notebook is None:
            return text
        import nbformat

        ported = self.restored(text)
        for number, cell in enumerate(self.notebook["cells"]):
            if number in ported and ported[number] != _source(cell):
                cell["source"] = ported[number]
                if cell.get("outputs"):
                    cell["outputs"], cell["execution_count"] = [], None
        return str(nbformat.writes(nbformat.from_dict(self.notebook))) + ("\n" if self.raw.endswith("\n") else "")


def _starts(text: str) -> list[tuple[int, int]]:
    return [(text.count("\n", 0, m.start()) + 1, int(m[1])) for m in _SPLIT.finditer(text)]


def open_document(path: Path) -> Document:
    """Read a `.py` or `.ipynb`. ValueError if it is neither, and SyntaxError if a `.py` is no Python."""
    if path.suffix not in (".py", ".ipynb"):
        raise ValueError(f"{path} is neither a .py nor an .ipynb")
    raw, encoding = _decoded(path)
    if path.suffix == ".py":
        return Document(path, raw, raw=raw, encoding=encoding)
    import nbformat

    try:
        notebook = json.loads(raw)
        if notebook.get("nbformat", 0) < 4:
            notebook = nbformat.convert(nbformat.reads(raw, as_version=nbformat.NO_CONVERT), 4)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                _source(cell)
    except KeyError as error:
        raise ValueError(f"{path} is no notebook: it has no {error}") from None
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{path} is no notebook: {error}") from None
    except nbformat.ValidationError as error:
        raise ValueError(f"{path} is no notebook: {error.message}") from None
    document = Document(path, "", notebook=notebook, raw=raw)
    pieces = []
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        source = _source(cell)
        python = _put_aside(source, document.aside)
        try:
            ast.parse(python)
        except SyntaxError as error:
            document.broken[number] = "" if source.startswith("%%") else f"{error.msg}, line {error.lineno}"
            continue
        document.cells[number] = source
        pieces.append(f"{_CELL.format(number)}\n{python}" + ("" if python.endswith("\n") else "\n"))
    document.text = "".join(pieces)
    return document


def _decoded(path: Path) -> tuple[str, str]:
    """The text of a file as Python reads it: by a byte order mark, a coding cookie, else UTF-8."""
    data = path.read_bytes()
    try:
        encoding = detect_encoding(io.BytesIO(data).readline)[0] if path.suffix == ".py" else "utf-8-sig"
        return data.decode(encoding), encoding
    except (UnicodeDecodeError, SyntaxError, LookupError) as error:
        raise ValueError(f"{path} is no text: {error}") from None


def _source(cell: Mapping[str, Any]) -> str:
    source: str | Sequence[str] = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _put_aside(source: str, aside: list[str]) -> str:
    """Lines for the shell and for IPython, as names; a cell that is Python stays as it is."""
    try:
        ast.parse(source)
    except SyntaxError:
        pass
    else:
        return source
    lines = source.split("\n")
    if lines[0].startswith("%%") and not lines[0].startswith(_PYTHON_CELLS):
        return source
    for index, line in enumerate(lines):
        match, given = _MAGIC.match(line), _GIVEN.match(line)
        if match or given:
            before, rest = (match or given).groups()  # type: ignore[union-attr]
            aside.append(rest)
            lines[index] = f"{before}__actzoo_aside_{len(aside) - 1}__"
    return "\n".join(lines)
