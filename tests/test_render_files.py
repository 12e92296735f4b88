"""Rendered files: the committed ones are what the specs give, and each runs alone as its package's class does."""

from __future__ import annotations

import ast
import functools
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from actzoo.language import Spec
from actzoo.render import TARGETS, files, render
from actzoo.render._file import backends, definitions, runtime_source
from actzoo.zoo import ZOO

ROOT = Path(__file__).parents[1]
HEADER = "# Made by: actzoo render"


@functools.cache
def rendered() -> dict[str, str]:
    return files()


@functools.cache
def text_of(name: str, to: str) -> str:
    return render(ZOO[name], to)


PATHS = sorted(str(p.relative_to(backends())) for p in backends().rglob("*.py"))
MADE = [p for p in PATHS if (backends() / p).read_text(encoding="utf-8").startswith(HEADER)]
PAIRS = [pytest.param(spec, to, id=f"{spec.name}-{to}") for spec in ZOO.values() for to in TARGETS]


def test_every_rendered_file_is_committed() -> None:
    assert sorted(rendered()) == MADE


@pytest.mark.parametrize("path", MADE)
def test_a_committed_file_is_what_is_rendered(path: str) -> None:
    assert (backends() / path).read_text(encoding="utf-8") == rendered()[path]


@pytest.mark.parametrize("path", MADE)
def test_a_rendered_file_says_what_made_it(path: str) -> None:
    name, target = Path(path).stem.removeprefix("_"), {v.package.replace(".", "/"): k for k, v in TARGETS.items()}
    first = (backends() / path).read_text(encoding="utf-8").splitlines()[0]
    to = target.get(str(Path(path).parent))
    made = f"{HEADER} {name} --to {to}" if name in ZOO and to else f"{HEADER} --write"
    assert first == made


# alone


def roots() -> list[str]:
    return [str(ROOT), str(ROOT / "backends"), str(ROOT / "parity")]


OPTIONS = {
    "acon_a": {"channels": 8},
    "acon_b": {"channels": 8},
    "acon_c": {"channels": 8},
    "meta_acon_c": {"channels": 8, "r": 4},
    "dyrelu_a": {"channels": 8},
    "dyrelu_b": {"channels": 8},
    "dyrelu_c": {"channels": 8},
    "frelu": {"channels": 8},
    "squeeze_excite": {"channels": 8},
    "gather_excite": {"channels": 8, "extra_params": True, "extent": 4},
}
"""Constructor arguments; none for the others."""

PROCESSES = {"torch": ("torch",), "paddle": ("paddle",), "flax": ("flax", "linen"), "linen": ("flax", "linen")}
"""The targets that one process runs."""


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the session, the same for all of its workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@functools.cache
def run_alone(shared: Path, targets: tuple[str, ...]) -> dict[str, str]:
    """What was wrong with each file; one process for each framework, whichever worker asks first."""
    folder = shared / f"standalone-{targets[0]}"
    result = folder.with_suffix(".json")
    with FileLock(folder.with_suffix(".lock")):
        if not result.is_file():
            for spec, to in itertools.product(ZOO.values(), targets):
                (folder / to).mkdir(parents=True, exist_ok=True)
                (folder / to / f"{spec.name}.py").write_text(text_of(spec.name, to), encoding="utf-8")
            shape = (2, 8, 5, 6)
            cases = [[to, s.name, s.module, OPTIONS.get(s.name, {}), shape] for s in ZOO.values() for to in targets]
            (folder / "cases.json").write_text(json.dumps(cases))
            program = [sys.executable, "-I", str(ROOT / "tests/standalone.py"), str(folder), json.dumps(roots())]
            done = subprocess.run(program, capture_output=True, text=True, cwd=folder, check=False)
            assert done.returncode == 0, done.stderr
            result.write_text(done.stdout.splitlines()[-1])
    return json.loads(result.read_text())


@pytest.mark.parametrize(("spec", "to"), PAIRS)
def test_a_file_runs_alone_to_the_same_bits(spec: Spec, to: str, shared: Path) -> None:
    assert run_alone(shared, PROCESSES[to])[f"{spec.name}-{to}"] == ""


@pytest.mark.parametrize(("spec", "to"), PAIRS)
def test_a_file_alone_imports_its_framework_only(spec: Spec, to: str) -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text_of(spec.name, to)))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    allowed = {"torch": {"torch"}, "paddle": {"paddle"}}.get(to, {"flax", "jax", "numpy"})
    assert imported - sys.stdlib_module_names - {"__future__"} <= allowed


def body(text: str) -> list[str]:
    """The statements of a file without its docstring and imports."""
    nodes = ast.parse(text).body[1:]
    return [ast.dump(n) for n in nodes if not isinstance(n, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize(("spec", "to"), PAIRS)
def test_a_file_alone_ends_with_the_package_s_body(spec: Spec, to: str) -> None:
    target = TARGETS[to]
    package = body(rendered()[f"{target.package.replace('.', '/')}/_{spec.name}.py"])
    assert package
    assert body(text_of(spec.name, to))[-len(package) :] == package


@pytest.mark.parametrize(("spec", "to"), PAIRS)
def test_what_a_file_carries_is_the_runtime_s(spec: Spec, to: str) -> None:
    """Every top-level name of the file that the runtime has too is the runtime's to the letter, comments included."""
    ours = {name: ast.dump(ast.parse(text)) for name, text in runtime_source(TARGETS[to]).items()}
    carried = {
        name: ast.dump(ast.parse(text)) for name, text in definitions(text_of(spec.name, to)).items() if name in ours
    }
    assert carried == {name: ours[name] for name in carried}


@pytest.mark.parametrize(("spec", "to"), PAIRS)
def test_a_file_carries_no_more_than_it_uses(spec: Spec, to: str) -> None:
    """Every top-level name is read somewhere in the file, or is what the file is for."""
    text = text_of(spec.name, to)
    nodes = list(ast.walk(ast.parse(text)))
    read = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    strings = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    assert set(definitions(text)) - read - strings <= {spec.name, f"{spec.name}_", spec.module}
