"""Which framework `actzoo.nn` takes, in processes of their own."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
ROOTS = [str(ROOT), str(ROOT / "backends"), str(ROOT / "parity")]
VALUES = "one of torch, paddle, flax, linen"
PACKAGES = {"torch": "actzoo_torch", "paddle": "actzoo_paddle", "flax": "actzoo_flax", "linen": "actzoo_flax.linen"}

HIDE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
import importlib.machinery, importlib.util
found = importlib.util.find_spec
def seen(name, package=None):
    return None if name.partition(".")[0] in {names!r} else found(name, package)
importlib.util.find_spec = seen
sys.meta_path.insert(0, Hidden())
"""
"""As if packages were not installed."""


def python(
    program: str, backend: str | None = None, hidden: tuple[str, ...] = (), **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a program in a new process that can import the checkout, with more variables in its environment."""
    environment = {k: v for k, v in os.environ.items() if k != "ACTZOO_BACKEND"}
    environment |= {
        "PYTHONPATH": os.pathsep.join(ROOTS),
        "PYTHONWARNINGS": "ignore",
        "XDG_CONFIG_HOME": "/nowhere",
        **more,
    }
    if backend is not None:
        environment["ACTZOO_BACKEND"] = backend
    text = HIDE.format(names=set(hidden)) + program if hidden else program
    return subprocess.run(
        [sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=False, cwd="/"
    )


def printed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def raised(done: subprocess.CompletedProcess[str]) -> str:
    """The last line of a traceback."""
    assert done.returncode != 0, done.stdout
    return done.stderr.strip().splitlines()[-1]


FACTS = """
import json, sys
from actzoo import nn
from actzoo.zoo import ZOO
facts = {"backend": nn.backend, "module": nn.Mish.__module__}
facts["imported"] = sorted({"torch", "paddle", "flax"} & set(sys.modules))
facts["unlisted"] = sorted({s.module for s in ZOO.values()} - set(dir(nn)))
facts["absent"] = [s.module for s in ZOO.values() if not hasattr(nn, s.module)]
facts["function"] = getattr(getattr(nn, "functional", None), "mish", facts).__class__.__name__
try:
    nn.Mosh
except AttributeError as error:
    facts["said"] = str(error)
print(json.dumps(facts))
"""


@functools.cache
def facts(backend: str) -> dict[str, Any]:
    return json.loads(printed(python(FACTS, backend)))


@pytest.mark.parametrize("backend", PACKAGES)
def test_by_the_environment(backend: str) -> None:
    assert (facts(backend)["backend"], facts(backend)["module"]) == (backend, f"{PACKAGES[backend]}._mish")


@pytest.mark.parametrize("backend", PACKAGES)
def test_other_frameworks_stay_out(backend: str) -> None:
    assert facts(backend)["imported"] == [{"linen": "flax"}.get(backend, backend)]


@pytest.mark.parametrize("backend", PACKAGES)
def test_an_unknown_attribute_is_named(backend: str) -> None:
    assert "Mosh" in facts(backend)["said"]


@pytest.mark.parametrize("backend", PACKAGES)
def test_the_zoo_is_there_and_listed(backend: str) -> None:
    assert (facts(backend)["absent"], facts(backend)["unlisted"]) == ([], [])


@pytest.mark.parametrize("backend", PACKAGES)
def test_functions_too(backend: str) -> None:
    assert facts(backend)["function"] == "function"


@pytest.mark.parametrize("backend", ["torch", "paddle", "flax"])
def test_by_what_is_imported(backend: str) -> None:
    done = python(f"import {backend}; from actzoo import nn; print(nn.backend)")
    assert printed(done) == backend


def test_the_environment_wins_over_what_is_imported() -> None:
    assert printed(python("import torch; from actzoo import nn; print(nn.backend)", "flax")) == "flax"


@pytest.mark.parametrize("backend", ["torch", "paddle", "flax"])
def test_by_what_is_installed(backend: str) -> None:
    others = tuple({"torch", "paddle", "flax"} - {backend})
    assert printed(python("from actzoo import nn; print(nn.backend)", hidden=others)) == backend


def test_an_empty_variable_is_none() -> None:
    done = python("from actzoo import nn; print(nn.backend)", "", hidden=("paddle", "flax"))
    assert printed(done) == "torch"


@pytest.mark.parametrize("value", ["keras", "Torch", "pytorch", "jax", " torch"])
def test_a_wrong_value_lists_the_right_ones(value: str) -> None:
    said = raised(python("from actzoo import nn", value))
    assert f"BackendError: no backend '{value}': ACTZOO_BACKEND is {VALUES}" in said


def test_two_imported_ask_which() -> None:
    said = raised(python("import torch, flax; from actzoo import nn"))
    assert "torch, flax are all imported; say which: actzoo.use(...), ACTZOO_BACKEND or backend in" in said
    assert VALUES in said


@pytest.mark.parametrize(("hidden", "taken"), [((), "torch"), (("torch",), "paddle")])
def test_of_several_installed_the_first_is_taken_with_a_notice(hidden: tuple[str, ...], taken: str) -> None:
    done = python("from actzoo import nn; print(nn.backend)", hidden=hidden)
    assert printed(done) == taken
    (notice,) = done.stderr.splitlines()
    assert notice.startswith(f"actzoo takes {taken}, the first of {taken}, ")
    assert VALUES in notice


def test_a_call_says_which() -> None:
    done = python("import actzoo; actzoo.use('flax'); from actzoo import nn; print(nn.backend)", "torch")
    assert (printed(done), done.stderr) == ("flax", "")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("actzoo.use('keras')", "no backend 'keras': actzoo.use is one of torch, paddle, flax, linen"),
        ("from actzoo import nn; actzoo.use('flax')", "actzoo.nn is paddle already: call actzoo.use('flax') before it"),
    ],
)
def test_a_call_that_cannot_be_followed(program: str, message: str) -> None:
    assert f"BackendError: {message}" in raised(python(f"import actzoo; {program}", "paddle"))


def test_a_call_for_what_is_not_installed() -> None:
    assert "pip install 'actzoo[flax]'" in raised(python("import actzoo; actzoo.use('flax')", hidden=("flax",)))


def test_a_file_says_which(tmp_path: Path) -> None:
    (tmp_path / "actzoo.toml").write_text('backend = "linen"\n')
    program = "from actzoo import nn; print(nn.backend)"
    assert printed(python(program, XDG_CONFIG_HOME=str(tmp_path))) == "linen"
    assert printed(python(program, "paddle", XDG_CONFIG_HOME=str(tmp_path))) == "paddle"


def test_a_home_without_xdg(tmp_path: Path) -> None:
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "actzoo.toml").write_text('backend = "flax"\n')
    program = "from actzoo import nn; print(nn.backend)"
    assert printed(python(program, XDG_CONFIG_HOME="", HOME=str(tmp_path))) == "flax"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"backend = torch", "is not TOML, such as backend ="),
        (b'backend = "keras"', "no backend 'keras': backend in "),
        (b"backend = [1]", "no backend '[1]': backend in "),
        (b'backnd = "torch"', "has backnd, and its one key is backend"),
        (b'[actzoo]\nbackend = "torch"', "has actzoo, and its one key is backend"),
        (b"backend = 3", "no backend '3': backend in "),
        (b"\xff\xfe", "cannot read "),
    ],
)
def test_a_file_that_cannot_be_followed(text: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "actzoo.toml").write_bytes(text)
    said = raised(python("from actzoo import nn", XDG_CONFIG_HOME=str(tmp_path)))
    assert message in said
    assert str(tmp_path / "actzoo.toml") in said


def test_a_file_that_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "actzoo.toml").write_text("# none\n")
    program = "from actzoo import nn; print(nn.backend)"
    assert printed(python(program, XDG_CONFIG_HOME=str(tmp_path), hidden=("torch", "flax"))) == "paddle"


def test_none_installed_says_how_to_install() -> None:
    said = raised(python("from actzoo import nn", hidden=("torch", "paddle", "flax")))
    assert "no framework is installed: pip install 'actzoo[torch]'" in said
    assert VALUES in said


@pytest.mark.parametrize("backend", PACKAGES)
def test_a_missing_framework_says_how_to_install(backend: str) -> None:
    framework = {"linen": "flax"}.get(backend, backend)
    said = raised(python("from actzoo import nn", backend, hidden=(framework,)))
    assert f"{framework} is not installed, and backend '{backend}' needs it: pip install 'actzoo[{framework}]'" in said


@pytest.mark.parametrize("backend", PACKAGES)
def test_a_class_of_an_own_activation_needs_its_framework(backend: str) -> None:
    framework = {"linen": "flax"}.get(backend, backend)
    program = f"from actzoo import native_class; from actzoo.zoo import ZOO; native_class(ZOO['mish'], '{backend}')"
    assert f"pip install 'actzoo[{framework}]'" in raised(python(program, hidden=(framework,)))


LIGHT = ["actzoo", "actzoo.language", "actzoo.zoo", "actzoo.render", "actzoo.weights"]


@pytest.mark.parametrize("module", LIGHT)
def test_no_framework_is_imported(module: str) -> None:
    heavy = "{'torch', 'paddle', 'jax', 'flax', 'numpy'}"
    program = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    allowed = ["[]"] if module != "actzoo.weights" else ["[]", "['numpy']"]
    assert printed(python(program)) in allowed


def test_the_spec_side_needs_no_framework_installed() -> None:
    program = (
        "from actzoo.render import render; from actzoo.zoo import ZOO; print(len(render(ZOO['mish'], 'paddle')) > 100)"
    )
    assert printed(python(program, hidden=("torch", "paddle", "flax", "jax"))) == "True"


def test_an_unknown_attribute_of_the_package() -> None:
    said = raised(python("import actzoo; actzoo.nothing"))
    assert said == "AttributeError: module 'actzoo' has no attribute 'nothing'"


@pytest.mark.parametrize("name", ["activation", "convert", "native_class", "native_function", "Spec", "nn", "use"])
def test_the_package_lists(name: str) -> None:
    assert printed(python("import actzoo; print(dir(actzoo))")).count(f"'{name}'") == 1


def test_a_star_imports_the_zoo() -> None:
    assert (
        printed(python("from actzoo.nn import *; print(Mish.__name__, functional.mish.__name__)", "torch"))
        == "Mish mish"
    )
