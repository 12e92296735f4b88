"""One page of a run, complete in itself: no other file, no network. Its tables and plots are drawn by `page/*.js`.

Text of a worker reaches the page in two ways: escaped by Jinja2, or packed as data that the scripts set as text. As a
third defence, the page allows no script but the one that is written here.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from .._record import Record
from .._run_facts import Run
from ._payload import packed
from ._words import counted, printable
from .terminal import COLOURS, describe

SCRIPTS = ("elements", "data", "plot", "readout", "detail", "lines", "matrix", "section", "page")
"""In the order in which they build on each other."""

FILTERS = ("framework", "dtype", "status", "mode", "activation")
WRITTEN = 100
"""Failures that are there for a reader without JavaScript."""


def write_report(records: Sequence[Record], facts: Run, folder: Path) -> Path:
    """Write `index.html` into a folder, which is made if it is not there; the file's path. `OSError` if it cannot."""
    page = render(records, facts)
    folder.mkdir(parents=True, exist_ok=True)
    path, new = folder / "index.html", folder / "index.html.new"
    try:
        new.write_text(page, encoding="utf-8")
        new.replace(path)
    except OSError as error:  # a full disk names no file
        new.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
    return path


def render(records: Sequence[Record], facts: Run) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader(__package__, "page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = _source("page.css")
    script = '"use strict";\n' + "\n".join(_source(f"{name}.js") for name in SCRIPTS)
    bad = [r for r in records if r.status in ("failed", "error")]
    return environment.get_template("index.html.j2").render(
        run=_printable(facts),
        verdict=_verdict(records),
        counts=[(status, n) for status in COLOURS if (n := sum(r.status == status for r in records))],
        points=sum(r.points for r in records),
        ambiguous=sum(r.ambiguous for r in records),
        choices={name: _choices(records, name) for name in FILTERS},
        failures=[describe(r) for r in bad[:WRITTEN]],
        more=max(0, len(bad) - WRITTEN),
        data=packed(records),
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _source(name: str) -> str:
    return (files(__package__) / "page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a content security policy names what it allows."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _verdict(records: Sequence[Record]) -> str:
    found = Counter(r.status for r in records)
    ran, bad = len(records) - found["not run"], found["failed"] + found["error"]
    if not ran:
        return "Nothing ran"
    return f"{bad:,} of {counted(ran, 'line')} do not hold" if bad else f"All {counted(ran, 'line')} that ran hold"


def _choices(records: Sequence[Record], name: str) -> list[str]:
    found = dict.fromkeys(printable(getattr(r, name)) for r in records)
    return sorted(found) if name == "activation" else list(found)


def _printable(facts: Run) -> Run:
    """The facts with no control characters: versions and names are a worker's text, too."""

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return printable(value)
        if isinstance(value, (list, tuple)):
            return tuple(map(clean, value))
        return {clean(k): clean(v) for k, v in value.items()} if isinstance(value, Mapping) else value

    return replace(facts, **{f.name: clean(getattr(facts, f.name)) for f in fields(facts)})
