"""Has every model of a source compared with its port, and gathers what was found. Compares nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ._document import open_document
from ._fitting import Fit
from ._proof import Proof, Trial
from ._slices import Subject, cut, subjects
from ._tell import Tell, silent
from .rules import rules

if TYPE_CHECKING:
    from ._port import PortedFile, Result
    from ._samples import Shapes

SECONDS = 900.0
"""That a process may take for one request."""


TRIALS = 4
"""Of a model, at most: its numbers, two batch sizes, and one of them in training."""


def verified(
    result: Result,
    model: str | None = None,
    shapes: Shapes | None = None,
    tell: Tell = silent,
    pythons: Mapping[str, str] | None = None,
    timeout: float = SECONDS,
) -> Proof:
    """Compare every model of every source with its port: outputs, loss, gradients, layers.

    The original runs in a process of Paddle, the port in one of torch.

    Args:
        result: what was ported.
        model: the variable to compare, by default all that a source builds.
        shapes: those of the inputs.
        tell: is told how many trials are done, of how many at most, and of which model the next is.
        pythons: another interpreter, by framework. It needs that framework, numpy, ml_dtypes and safetensors.
        timeout: seconds that a process may take for one request.

    """
    try:
        from actzoo_parity._execute import work_folder
        from actzoo_parity._pool import Missing, Settings
        from actzoo_parity._process import Process

        from ._plans import planned
        from ._trials import Texts, Trials
    except ModuleNotFoundError as error:
        lost = f"{error.name} is not installed: pip install 'actzoo[parity]'"
        return Proof((Trial("the port", "not verified", found=(lost,)),))
    trials, work = _found(result, model)
    plans = {file: planned(file) for file in result.files if file.changed}
    trials += [each.not_run() for found in plans.values() for each, of in found if of is None]
    notes: list[str] = []
    weights = [each for each in result.weights if each.source.suffix != ".pdopt"]
    fits: dict[Path, list[tuple[str, Fit]]] = {}
    with work_folder(None) as folder:
        settings = Settings(folder, pythons or {}, timeout)
        theirs, ours = (Process(framework, settings) for framework in ("paddle", "torch"))
        try:
            for done, (file, subject, original, port) in enumerate(work):
                tell(TRIALS * done, TRIALS * len(work), subject.text.splitlines()[0])
                loops = tuple(each for each, of in plans[file] if of == subject)
                texts = Texts(original, port, file.source.parent, file.target.parent, loops)
                one = Trials(theirs, ours, subject, texts)
                for step, trial in enumerate(one.run(weights, shapes), 1):
                    trials.append(trial)
                    tell(TRIALS * done + min(step, TRIALS), TRIALS * len(work), one.what)
                notes += one.notes
                for source, found in one.fits.items():
                    fits.setdefault(source, []).append((one.what, found))
        except Missing as error:
            trials.append(Trial("the port", "not verified", found=(str(error),)))
        finally:
            for process in (theirs, ours):
                process.close()
    trials += [_unused(source, found) for source, found in fits.items() if not any(fit.whole for _, fit in found)]
    return Proof(tuple(trials), tuple(dict.fromkeys(notes)))


def _unused(source: Path, fits: Sequence[tuple[str, Fit]]) -> Trial:
    """What is told of weights that fit no model, by the model that they fit best."""
    what, best = min(fits, key=lambda each: (not each[1].prefixes, len(each[1].missing) + len(each[1].left)))
    return Trial(
        f"{source.name} in {what}", "failed", found=("it was not loaded, since it does not fit", *best.lines())
    )


def _found(result: Result, model: str | None) -> tuple[list[Trial], list[tuple[PortedFile, Subject, str, str]]]:
    """Each model with the text that builds it in Paddle and in torch; and which sources have none."""
    trials: list[Trial] = []
    work: list[tuple[PortedFile, Subject, str, str]] = []
    for file in result.files:
        if not file.changed:
            continue
        original, port = open_document(file.source).text, open_document(file.target).text
        found = [each for each in subjects(original, rules()) if model in (None, each.variable)]
        if not found:
            which = f"'{model}'" if model else "a model that is built at the top of it"
            trials.append(Trial(file.source.name, "not verified", found=(f"it has no variable that holds {which}",)))
        work += [(file, each, cut(original, each, with_sample=True), cut(port, each)) for each in found]
    return trials, work
