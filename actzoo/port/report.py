"""`report.json` and `report.html`: what was ported, what needs a hand, what was proved."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ._folder import REPORT, into, record
from ._port import Result

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #222; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3em .8em .3em 0; vertical-align: top; }
tr { border-bottom: 1px solid #ddd; } code { font-family: ui-monospace, monospace; } .held { color: #176f2c; }
.failed, .hand { color: #a4262c; } h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 2em; }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } tr { border-color: #444; } }
"""


def write_report(result: Result, stage: Path, folder: Path) -> None:
    """Write both files into a stage of the folder that they are for, with a record of what ports wrote there."""
    data = as_data(result)
    (stage / "report.html").write_text(_page(data), encoding="utf-8")
    data["written"] = record(folder, stage)
    (stage / REPORT).write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_again(result: Result, folder: Path, sources: Iterable[Path]) -> None:
    """Write both files in place of those of this port."""
    with into(folder, sources) as stage:
        write_report(result, stage, folder)


def as_data(result: Result) -> dict[str, Any]:
    """The result as plain data; paths are the names of files."""
    return {
        "complete": result.complete,
        "files": [
            {
                "source": file.source.name,
                "target": file.target.name,
                "changed": file.changed,
                "marks": [asdict(mark) for mark in file.marks],
            }
            for file in result.files
        ],
        "weights": [
            {**asdict(each), "source": each.source.name, "target": each.target.name} for each in result.weights
        ],
        "twins": list(result.twins),
        "proof": None if result.proof is None else {"held": result.proof.held, **asdict(result.proof)},
    }


def _page(data: dict[str, Any]) -> str:
    marks = [mark for file in data["files"] for mark in file["marks"]]
    hands = [mark for mark in marks if mark["kind"] == "hand"]
    notes = [mark for mark in marks if mark["kind"] == "note"]
    parts = [
        f"<h1>{'Ported' if data['complete'] else 'Ported, and to be looked at'}</h1>",
        _table(("file", "became"), ((f["source"], f["target"]) for f in data["files"])),
    ]
    if hands:
        parts += [f"<h2 class=hand>{len(hands)} places need a hand</h2>", _marks(hands)]
    if data["proof"]:
        rows = (
            (t["what"], t["status"], "" if t["ratio"] is None else f"{t['ratio']:.3f}", "\n".join(t["found"]))
            for t in data["proof"]["trials"]
        )
        parts += ["<h2>Proof</h2>", _table(("what", "verdict", "error / bound", "found"), rows)]
        parts += [f"<p>{html.escape(note)}</p>" for note in data["proof"]["notes"]]
    if data["weights"]:
        rows = (
            (w["source"], w["target"], f"{w['arrays']} arrays, {w['numbers']:,} numbers", _unsure(w))
            for w in data["weights"]
        )
        parts += ["<h2>Weights</h2>", _table(("file", "became", "holds", "not carried, or not certain"), rows)]
    if data["twins"]:
        parts += ["<h2>Helpers in paddle_twins.py</h2>", f"<p>{html.escape(', '.join(data['twins']))}</p>"]
    if notes:
        parts += ["<h2>Notes</h2>", _marks(notes)]
    body = "\n".join(parts)
    return f"<!doctype html>\n<meta charset=utf-8>\n<title>actzoo port</title>\n<style>{_STYLE}</style>\n{body}\n"


def _unsure(weights: dict[str, Any]) -> str:
    lines = [f"{key}: perhaps a linear layer's weight, left as it is" for key in weights["unknown"]]
    lines += [*weights["misfits"], *(f"{key}: a second time" for key in weights["repeated"])]
    return "\n".join(lines)


def _marks(marks: Iterable[dict[str, Any]]) -> str:
    rows = (
        (
            m["file"] + (f", cell {m['cell']}" if m["cell"] is not None else "") + f", line {m['line']}",
            m["source"],
            m["reason"],
            m["suggestion"],
        )
        for m in marks
    )
    return _table(("where", "what", "why", "what to do"), rows)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{html.escape(h)}</th>" for h in heads)
    lines = []
    for row in rows:
        cells = "".join(f"<td>{html.escape(str(cell)).replace(chr(10), '<br>')}</td>" for cell in row)
        lines.append(f"<tr>{cells}</tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"
