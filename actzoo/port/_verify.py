"""Has the original and the port run by a process of its own, and gathers what it found. Runs nothing itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._document import open_document
from ._proof import Proof, Trial
from ._slices import Subject, cut, subjects
from .rules import rules

if TYPE_CHECKING:
    from ._port import PortedFile, PortedWeights, Result

SECONDS = 900
"""For one model."""


def verified(
    result: Result,
    model: str | None = None,
    shape: tuple[int, ...] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Proof:
    """Compare every model of every source with its port: outputs, loss, gradients, layers.

    `model` is the variable to compare, by default all that a source builds; `shape` is that of an input; `tell` is
    told what is being compared.
    """
    trials: list[Trial] = []
    notes: list[str] = []
    for file in result.files:
        if not file.changed:
            continue
        found = _subjects(file, model)
        if not found:
            which = f"'{model}'" if model else "a model that is built at the top of it"
            trials.append(Trial(file.source.name, "not verified", found=(f"it has no variable that holds {which}",)))
        for subject, original, port in found:
            tell(subject.text.splitlines()[0])
            answer = _ask(file, subject, original, port, result.weights, shape)
            trials += [Trial(**{**each, "found": tuple(each["found"])}) for each in answer["trials"]]
            notes += answer["notes"]
    return Proof(tuple(trials), tuple(dict.fromkeys(notes)))


def _subjects(file: PortedFile, model: str | None) -> list[tuple[Subject, str, str]]:
    """Each model, with the text that builds it in Paddle and in torch."""
    original, port = open_document(file.source).text, open_document(file.target).text
    found = [s for s in subjects(original, rules()) if model in (None, s.variable)]
    return [(subject, cut(original, subject), cut(port, subject)) for subject in found]


def _ask(
    file: PortedFile,
    subject: Subject,
    original: str,
    port: str,
    weights: tuple[PortedWeights, ...],
    shape: tuple[int, ...] | None,
) -> dict[str, Any]:
    request = {
        "subject": {**asdict(subject), "shape": shape or subject.shape},
        "original": original,
        "port": port,
        "folder": str(file.target.parent.resolve()),
        "beside": str(file.source.parent.resolve()),
        "weights": [(str(w.source.resolve()), str(w.target.resolve())) for w in weights],
    }
    what = subject.text.splitlines()[0]

    def lost(why: str) -> dict[str, Any]:
        return {"trials": [{"what": what, "status": "not verified", "ratio": None, "found": [why]}], "notes": []}

    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "request.json", Path(folder) / "answer.json"
        asked.write_text(json.dumps(request), encoding="utf-8")
        command = [sys.executable, "-m", f"{__package__}._verify_process", str(asked), str(answered)]
        environment = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=SECONDS, env=environment, check=False
            )
        except subprocess.TimeoutExpired:
            return lost(f"no answer within {SECONDS} seconds")
        if not answered.exists():
            last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
            return lost(f"the process ended with status {done.returncode}: {' '.join(last)}")
        return dict(json.loads(answered.read_text(encoding="utf-8")))
