"""A worker process: answers requests, a line of JSON each, until its input ends. Its arrays pass as files.

`python -m actzoo_parity.worker ROLE`, where the role is a framework, or "reference". It prints nothing but
answers to its standard output; what a framework prints goes where its errors go.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ._cases import Array, Case, loaded
from ._exchange import ExchangeError, read, write
from ._plan import FUNCTIONAL, Line, Plan
from ._sources import MODELS

if TYPE_CHECKING:
    from .adapters import Subject

Request = Mapping[str, Any]
Answer = dict[str, Any]

REMARKS = ("No ccache found", "When training, we now always track")
"""What Paddle 3.3 warns of at import and at each batch norm in training."""


def line_of(item: Request) -> Line:
    """The line that a request names."""
    return Line(Plan.of_data(item["plan"]), item["framework"], item["device"], item["mode"])


def spec_of(plan: Plan) -> Any:
    """The spec that a plan is about."""
    from actzoo._find import find_specs

    (found,) = find_specs(plan.activation)
    return found


class Arrays:
    """The arrays of files, each file read once for a request."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, Array]] = {}

    def under(self, place: Sequence[Any]) -> dict[str, Array]:
        """The arrays of a file under a number, by their names."""
        path, number = place
        if path not in self.files:
            self.files[path] = read(Path(path))
        prefix = f"{number}/"
        return {name.removeprefix(prefix): a for name, a in self.files[path].items() if name.startswith(prefix)}


def tell(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:600]}" if text else type(error).__name__


# the reference


def expect(request: Request) -> Answer:
    """Make the numbers of plans, and what is expected of them; an answer for each plan."""
    from ._cases import case
    from ._verdicts import expect, reference_of, to_arrays

    inputs: dict[str, Array] = {}
    expected: dict[str, Array] = {}
    answers: list[Answer] = []
    for number, data in enumerate(request["plans"]):
        plan = Plan.of_data(data)
        try:
            spec = spec_of(plan)
            reference, against = reference_of(spec)
            made = case(plan, spec)
            found = expect(made, reference)
        except Exception as error:  # a user's spec or reference may raise anything; it is told with its plan
            answers.append({"error": tell(error)})
            continue
        inputs |= {f"{number}/{name}": a for name, a in made.arrays().items()}
        expected |= {f"{number}/{name}": a for name, a in to_arrays(found).items()}
        answers.append({"ambiguous": found.ambiguous, "against": against})
    write(Path(request["inputs"]), inputs)
    write(Path(request["expected"]), expected)
    return {"answers": answers}


def judge(request: Request) -> Answer:
    """Judge the outputs of lines; an answer for each line."""
    from ._record import to_data
    from ._verdicts import of_arrays, verdict

    files = Arrays()
    answers: list[Answer] = []
    for item in request["lines"]:
        line = line_of(item)
        spec = spec_of(line.plan)
        made = loaded(line.plan, spec, files.under(item["inputs"]))
        x = made.x if spec.element_wise else None
        expected = of_arrays(files.under(item["expected"]), line.plan.dtype, item["ambiguous"], x)
        facts = verdict(made, line, expected, files.under(item["results"]))
        answers.append({"record": to_data(line.record(**facts, against=item["against"], seconds=item["seconds"]))})
    return {"answers": answers}


# a framework


def run(framework: str) -> Callable[[Request], Answer]:
    from .adapters import adapter

    found = adapter(framework)

    def run(request: Request) -> Answer:
        """Run lines of one mode; an answer for each, in which an error is told."""
        from ._verdicts import wanted

        if missing := found.missing(request["device"]) or kernels(request["mode"], request["device"]):
            return {"missing": missing}
        files = Arrays()
        lines = [line_of(item) for item in request["lines"]]
        kinds = [wanted(line) for line in lines]
        results: dict[str, Array] = {}
        answers: list[Answer] = [{"error": "not reached"} for _ in lines]

        def attempt(numbers: Sequence[int]) -> None:
            started = time.perf_counter()
            items = [(lines[n], request["lines"][n]) for n in numbers]
            cases = [loaded(line.plan, spec_of(line.plan), files.under(item["inputs"])) for line, item in items]
            sources = [item.get("source") for _, item in items]
            subjects = [subject(*each) for each in zip([line for line, _ in items], cases, sources, strict=True)]
            made = found.run(subjects, request["mode"], request["device"], [kinds[n] for n in numbers])
            for number, outputs in zip(numbers, made, strict=True):
                results.update({f"{number}/{name}": a for name, a in outputs.items()})
                answers[number] = {"seconds": time.perf_counter() - started}
                started = time.perf_counter()

        try:
            attempt(range(len(lines)))
        except Exception:  # one of them; which one, the next round tells
            for number in range(len(lines)):
                if "error" in answers[number]:
                    try:
                        attempt([number])
                    except Exception as error:  # a framework's own exceptions are many
                        answers[number] = {"error": tell(error)}
        write(Path(request["results"]), results)
        return {"answers": answers}

    return run


KERNELS = {"kernels": "always", "interpreted": "triton"}


def kernels(mode: str, device: str) -> str:
    """Have stages run by our kernels, or by the framework's operations; why they cannot, if so."""
    from importlib.util import find_spec

    from actzoo_kernels import SWITCH

    os.environ[SWITCH] = KERNELS.get(mode, "off")
    if mode == "interpreted" and os.environ.get("TRITON_INTERPRET") != "1":
        return "Triton interprets no kernels where it can run them: --device cpu"
    package = "triton" if mode == "interpreted" or device == "cuda" else "numba"
    return (
        "" if mode not in KERNELS or find_spec(package) else f"{package} is not installed: pip install 'actzoo[fast]'"
    )


def subject(line: Line, made: Case, source: str | None = None) -> Subject:
    """What a line is about: a class or a function of the rendered package, or of a source given, or the framework's own
    function.
    """
    from actzoo import render
    from actzoo._backend import PACKAGES
    from actzoo.zoo import ZOO

    from ._native import native_function
    from .adapters import Subject, of_function

    spec, function = made.spec, line.mode == FUNCTIONAL
    if line.plan.native:
        return Subject(made, function=native_function(line.framework, spec.name, made.options))
    if source:
        found = getattr(executed(source), spec.name if function else spec.module)
    elif ZOO.get(spec.name) is not spec:
        found = (render.native_function if function else render.native_class)(spec, line.framework)
    elif function:
        found = getattr(import_module(f"{PACKAGES[line.framework]}.functional"), spec.name)
    else:
        found = getattr(import_module(PACKAGES[line.framework]), spec.module)
    return of_function(made, found) if function else Subject(made, cls=found)


def executed(path: str) -> ModuleType:
    """A rendered file as a module; Flax looks the module of a class up."""
    name = f"_actzoo_rendered_{Path(path).stem}"
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    exec(compile(Path(path).read_text(encoding="utf-8"), path, "exec"), module.__dict__)
    return module


def defects(framework: str) -> Callable[[Request], Answer]:
    from ._trial import Trials

    tried = Trials(framework)

    def defects(request: Request) -> Answer:
        kernels("eager", "cpu")  # they would run instead of the text that has the defects
        return tried(request)

    return defects


def handlers(role: str) -> Mapping[str, Callable[[Request], Answer]]:
    if role == "reference":
        return {"expect": expect, "judge": judge}
    from ._served import Served

    served = Served(role).handlers() if role in MODELS else {}
    return {"run": run(role), "defects": defects(role), **served}


def greeting(role: str) -> Answer:
    """That the worker is ready, with facts about what it runs; or what is not installed."""
    if role == "reference":
        return {"ready": {"python": sys.version.split()[0], "numpy": np.__version__}}
    from .adapters import adapter

    try:
        return {"ready": adapter(role).facts()}
    except ModuleNotFoundError as error:
        return {"missing": f"{error.name} is not installed: pip install 'actzoo[{role}]'"}


def requests() -> Iterator[Request]:
    for line in sys.stdin:
        yield json.loads(line)


def main() -> None:
    role = sys.argv[1]
    # What a framework prints must not lie among the answers.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        for remark in REMARKS:
            warnings.filterwarnings("ignore", message=remark, category=UserWarning)
        logging.getLogger("jax._src.xla_bridge").setLevel(logging.WARNING)  # tells of accelerators that are not there
        np.seterr(all="ignore")
        greeted = greeting(role)
        print(json.dumps(greeted), file=answers, flush=True)
        if "missing" in greeted:
            return
        able = handlers(role)
        for request in requests():
            try:
                answer = able[request["do"]](request)
            except ExchangeError as error:
                answer = {"exchange": str(error)}
            except Exception as error:  # whatever it is, the next request has to be answered
                answer = {"error": tell(error)}
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
