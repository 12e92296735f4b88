"""The project as a whole: lint, types, the wheel away from the checkout, the README's code and commands."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def run(*command: str, cwd: Path = ROOT) -> str:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("ruff", "check", "."), id="ruff-check"),
        pytest.param(("ruff", "format", "--check", "."), id="ruff-format"),
        pytest.param(("mypy",), id="mypy-strict"),
    ],
)
def test_clean(command: tuple[str, ...]) -> None:
    run(sys.executable, "-m", *command)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as pip would."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    (built,) = folder.glob("*.whl")
    zipfile.ZipFile(built).extractall(folder / "site")
    return folder / "site"


PACKAGES = ("actzoo", "actzoo_torch", "actzoo_paddle", "actzoo_flax", "actzoo_kernels", "actzoo_parity")


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_has(package: str, wheel: Path) -> None:
    assert (wheel / package / "__init__.py").is_file()
    assert (wheel / package / "py.typed").is_file()


def test_wheel_has_no_more(wheel: Path) -> None:
    packages = {p.name for p in wheel.iterdir() if not p.name.endswith(".dist-info")}
    assert packages == set(PACKAGES)


@pytest.mark.parametrize(
    "arguments",
    [("list",), ("show", "dyrelu_c"), ("render", "gather_excite", "--to", "linen"), ("render", "--check")],
    ids=" ".join,
)
def test_wheel_runs_away_from_the_checkout(arguments: tuple[str, ...], wheel: Path, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(wheel)!r}); import actzoo; assert {str(wheel)!r} in actzoo.__file__; "
        f"from actzoo._main import app; app({list(arguments)!r})"
    )
    assert run(sys.executable, "-c", code, cwd=tmp_path)


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.DOTALL), ids=lambda c: c.split("\n")[-2])
def test_readme_code_runs(code: str, tmp_path: Path) -> None:
    file = tmp_path / "readme.py"
    file.write_text(f"import os\nos.environ['ACTZOO_BACKEND'] = 'torch'\n{code}", encoding="utf-8")
    run(sys.executable, str(file), cwd=tmp_path)


def test_constraints_are_within_the_ranges() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [r for extra in ("torch", "paddle", "flax") for r in project["optional-dependencies"][extra]]
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M))
    for requirement in wanted:
        name, least = re.fullmatch(r"([\w-]+)>=([\d.]+)", requirement).groups()  # type: ignore[union-attr]
        assert [*map(int, pinned[name].split("."))] >= [*map(int, least.split("."))]


def test_the_core_needs_no_framework() -> None:
    code = "import sys, actzoo; print(*sorted({'torch', 'paddle', 'jax', 'flax', 'numpy', 'typer'} & set(sys.modules)))"
    assert run(sys.executable, "-c", code).split() == []
