"""The documentation, run: its code blocks, its commands with their output, its tables, and the costs that it states."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

DOCS = Path(__file__).parents[1] / "docs"
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
PAGES = sorted(p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md"))


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and the line on which it begins."""

    language: str
    text: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        indent, language, body = match.groups()
        lines = [line.removeprefix(indent) for line in body.splitlines()]
        yield Block(language, "\n".join(lines) + "\n", text.count("\n", 0, match.start()) + 1)


RUN = [p for p in PAGES if any(b.language in ("python", "console") for b in blocks(p))]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to run a page in; modules that its blocks import from there are forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("COLUMNS", "110")
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "") or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def references(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """References that a test registers are forgotten after it."""
    from actzoo_parity import _registry, references

    kept = dict(references())
    monkeypatch.setattr(_registry, "_references", kept)
    return kept


@pytest.mark.parametrize("page", RUN)
def test_a_page_runs(page: str, workplace: Path, references: dict[str, Any]) -> None:
    """Blocks in order: a `python` block that begins with a file's name is that file, another is run, and prints what a
    `text` block after it has; the commands of a `console` block print what stands below them."""
    names: dict[str, Any] = {"__name__": "page"}
    for block, following in itertools.pairwise([*blocks(page), Block("", "", 0)]):
        if block.language == "console":
            for command, wanted in commands(block):
                assert printed(command, references) == matching(wanted), f"{page}:{block.line}: {command}"
        elif block.language == "python" and (file := re.match(r"# (\w+\.py)\n", block.text)):
            (workplace / file[1]).write_text(block.text.partition("\n")[2], encoding="utf-8")
        elif block.language == "python":
            forget(references)
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile("\n" * block.line + block.text, str(DOCS / page), "exec"), names)
            wanted = following.text if following.language == "text" else ""
            assert out.getvalue() == matching(wanted), f"{page}:{block.line}"


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a block, each with the output below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


class matching:
    """Some output, of which measured numbers and spaces may differ, and in which `...` stands for anything."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        parts = [re.escape(normal(part)) for part in self.text.split("...")]
        return isinstance(other, str) and re.fullmatch(" ?.*".join(parts), normal(other)) is not None

    def __repr__(self) -> str:
        return self.text


def normal(text: str) -> str:
    """Text with its spaces and line ends as one space each, and its fractions as `#`."""
    return " ".join(re.sub(r"\d+\.\d{3}\b", "#", text).split())


def printed(command: str, references: dict[str, Any]) -> str:
    """What a command prints, and its exit status if that is not 0."""
    from actzoo._main import app

    forget(references)
    program, *arguments = shlex.split(command)
    assert program == "actzoo"
    result = CliRunner().invoke(app, arguments)
    status = f"[exit status {result.exit_code}]\n" if result.exit_code else ""
    return result.output + status


def forget(references: dict[str, Any]) -> None:
    """Leave the zoo's references only: what a reader runs in processes of their own is run in one here."""
    from actzoo_parity import _registry

    for name in [n for n, f in references.items() if not _registry._is_ours(f)]:
        del references[name]


# Checkpoints of published code, by the functions of the page on weights


def functions_of(page: str, *wanted: str) -> list[Any]:
    """Functions that a page defines."""
    names: dict[str, Any] = {}
    for block in blocks(page):
        if block.language == "python" and any(f"def {name}(" in block.text for name in wanted):
            exec(block.text.partition("\n\n\n")[0], names)
    return [names[name] for name in wanted]


def test_pytorch_networks_checkpoint_computes_the_same() -> None:
    """DynamicReLU_B(64, K=2, ratio=6), as published."""
    import torch

    from actzoo_torch import DyReLUB

    (renamed,) = functions_of("weights.md", "from_pytorch_networks")
    torch.manual_seed(0)
    dynamic = torch.nn.Sequential(
        torch.nn.Linear(64, 10), torch.nn.ReLU(), torch.nn.Linear(10, 256), torch.nn.Sigmoid()
    ).double()
    x = torch.randn(3, 64, 5, 4, dtype=torch.float64)
    z = 2 * dynamic(x.mean((2, 3))) - 1
    coefficients = z.view(-1, 64, 4) * torch.tensor([1.0, 1.0, 0.5, 0.5]) + torch.tensor([1.0, 0.0, 0.0, 0.0])
    lines = x.permute(2, 3, 0, 1).unsqueeze(-1) * coefficients[:, :, :2] + coefficients[:, :, 2:]
    theirs = lines.max(dim=-1)[0].permute(2, 3, 0, 1)

    ours = DyReLUB(64, k=2, reduction=6).double()
    state = {f"dynamic.{key}": value for key, value in dynamic.state_dict().items()}
    ours.load_state_dict(renamed(state, ours), strict=True)
    torch.testing.assert_close(ours(x), theirs)


@pytest.mark.parametrize("names", [("fc.0", "fc.2"), ("conv1.conv", "conv2.conv")], ids=["dyhead", "mmdetection"])
def test_dyhead_checkpoint_computes_the_same(names: tuple[str, str]) -> None:
    """DYReLU(64, 64, reduction=4): slopes and intercepts in blocks, by a hard sigmoid."""
    import torch
    from torch.nn import functional as F

    from actzoo_torch import DyReLUB

    (renamed,) = functions_of("weights.md", "from_dyhead")
    torch.manual_seed(0)
    fc1, fc2 = torch.nn.Linear(64, 16).double(), torch.nn.Linear(16, 256).double()
    x = torch.randn(3, 64, 5, 4, dtype=torch.float64)
    y = F.relu6(fc2(F.relu(fc1(x.mean((2, 3))))) + 3) / 6
    a1, b1, a2, b2 = (block[:, :, None, None] for block in torch.split(y, 64, dim=1))
    a1, a2 = (a1 - 0.5) * 2 + 1.0, (a2 - 0.5) * 2
    theirs = torch.max(x * a1 + (b1 - 0.5), x * a2 + (b2 - 0.5))

    ours = DyReLUB(64, reduction=4, layout="blocked", normaliser="hard_sigmoid").double()
    state = {
        f"{name}.{part}": value[:, :, None, None] if name.startswith("conv") and part == "weight" else value
        for name, layer in zip(names, (fc1, fc2), strict=True)
        for part, value in layer.state_dict().items()
    }
    ours.load_state_dict(renamed(state, ours), strict=True)
    torch.testing.assert_close(ours(x), theirs)


# The tables of the spec language


def rows_after(page: str, heading: str) -> list[tuple[str, ...]]:
    """The rows of the first table after a heading."""
    text = (DOCS / page).read_text(encoding="utf-8")
    _, _, rest = text.partition(f"{heading}\n")
    assert rest, f"{page} has no heading {heading!r}"
    table = re.search(r"(?:^\|.*\n)+", rest, re.MULTILINE)
    assert table
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table[0].splitlines()]
    return rows[2:]


@pytest.mark.parametrize("name", ["PRIMITIVES", "STRUCTURES"])
def test_the_tables_are_the_language_s(name: str) -> None:
    from actzoo.language import _operators

    operators = getattr(_operators, name).values()
    wanted = [(f"`{o.name}`", str(o.arity), o.meaning) for o in operators]
    assert rows_after("spec-language.md", f"### {name.capitalize()}") == wanted


def test_every_part_is_in_the_table() -> None:
    from dataclasses import fields

    from actzoo.language import _declare

    kinds = [c for c in vars(_declare).values() if isinstance(c, type) and issubclass(c, _declare.Part)]
    wanted = {f"`{c.__name__}({', '.join(f.name for f in fields(c))})`" for c in kinds if c is not _declare.Part}
    assert {row[0] for row in rows_after("spec-language.md", "### Parts")} == wanted


# What the page on architecture says that an addition costs


@pytest.fixture
def own(workplace: Path) -> dict[str, Any]:
    """The specs of the pages' files, by name."""
    from expressions import run_file

    files = {
        "adding-an-activation.md": "mine.py",
        "architecture.md": "own_primitive.py",
    }
    found: dict[str, Any] = {}
    for page, file in files.items():
        (text,) = [b.text for b in blocks(page) if b.language == "python" and b.text.startswith(f"# {file}\n")]
        (workplace / page).mkdir()
        found |= run_file(workplace / page, "\n".join(line for line in text.splitlines() if "reference" not in line))
    return found


@pytest.mark.parametrize("to", ["torch", "paddle", "flax", "linen"])
def test_a_new_activation_adds_one_file(own: dict[str, Any], to: str) -> None:
    """Beside its own file, only the lists of names change."""
    from actzoo.render import TARGETS
    from actzoo.render._file import package_files
    from actzoo.zoo import ZOO

    before = package_files(TARGETS[to], ZOO)
    after = package_files(TARGETS[to], {**ZOO, "hard_mish": own["hard_mish"]})
    (added,) = after.keys() - before.keys()
    assert added.endswith("/_hard_mish.py")
    changed = {path.rpartition("/")[2] for path in before if before[path] != after[path]}
    assert changed == ({"__init__.py"} if to == "linen" else {"__init__.py", "functional.py", "_named.py"})


@pytest.mark.parametrize("to", ["torch", "paddle", "flax", "linen"])
def test_a_new_activation_has_one_value(own: dict[str, Any], to: str) -> None:
    import numpy as np

    from actzoo import native_function

    x = np.linspace(-4, 4, 17, dtype=np.float32)  # all products of these are exact
    np.testing.assert_array_equal(
        np.asarray(native_function(own["hard_mish"], to)(tensor(x, to))), x * np.clip(x + 2, 0, 2) / 2
    )


def tensor(x: Any, to: str) -> Any:
    import jax
    import paddle
    import torch

    return {"torch": torch.from_numpy, "paddle": paddle.to_tensor}.get(to, jax.numpy.asarray)(x)


@pytest.mark.parametrize("to", ["torch", "paddle", "flax", "linen"])
def test_a_new_primitive_is_a_rule_and_a_row(own: dict[str, Any], to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from actzoo.language import _derive
    from actzoo.render import TARGETS
    from actzoo.render._file import standalone
    from actzoo.zoo import ZOO

    target, wave = TARGETS[to], own["wave"]
    monkeypatch.setattr(_derive, "RULES", _derive.RULES | {"cosine": lambda u, du: _derive.mul(u, du)})
    with pytest.raises(NotImplementedError, match=r"has no 'cosine'; add a row to primitives in actzoo/render/to_"):
        standalone(wave, target, ZOO)
    rows = {**target.primitives, "cosine": "library.cosine(a)"}
    assert "tanh(library.cosine(x))" in standalone(wave, replace(target, primitives=rows), ZOO)


def test_every_framework_is_at_every_place() -> None:
    """The places that the table of a new framework lists."""
    from actzoo._backend import FRAMEWORKS, PACKAGES
    from actzoo.render import TARGETS
    from actzoo.weights._adapters import ADAPTERS as WEIGHTS
    from actzoo.weights._layers import COLUMN
    from actzoo_parity._plan import MODES
    from actzoo_parity._sides import SIDES
    from actzoo_parity.adapters import ADAPTERS as PARITY

    assert set(SIDES) == {*PACKAGES, "jax", "numpy"}
    assert set(TARGETS) == set(PACKAGES) == set(FRAMEWORKS) == set(PARITY) == set(MODES) == set(WEIGHTS) == set(COLUMN)


# The text


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    folder, text = (DOCS / page).parent, FENCE.sub("", (DOCS / page).read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        if path.startswith("http"):
            continue
        target = folder / path if path else DOCS / page
        assert target.exists(), f"{page}: {link}"
        assert not anchor or anchor in anchors(target), f"{page}: {link}"


def anchors(file: Path) -> set[str]:
    """The anchors of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", file.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}


@pytest.mark.parametrize("page", PAGES)
def test_lines_are_short(page: str) -> None:
    """Outside of blocks: code and output are as they are."""
    lines = FENCE.sub("", (DOCS / page).read_text(encoding="utf-8")).splitlines()
    assert [line for line in lines if len(line) > 110] == []


def test_the_parity_page_s_table_is_of_the_zoo() -> None:
    """Of a run some time ago: an activation that is newer may be missing, none may be there that is gone."""
    from actzoo.zoo import ZOO

    (table,) = [b.text for b in blocks("parity.md") if "worst error / bound" in b.text]
    rows = [line.split() for line in table.splitlines()]
    names = [row[0] for row in rows if len(row) > 3 and re.fullmatch(r"\d\.\d\d", row[1])]
    assert len(names) >= 24
    assert set(names) <= set(ZOO)


def test_the_changelog_names_every_class() -> None:
    from actzoo.zoo import ZOO

    text = (DOCS.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    assert {s.module for s in ZOO.values()} <= set(re.findall(r"`(\w+)`", text))


def test_decisions_are_numbered() -> None:
    names = sorted(p.name for p in (DOCS / "decisions").glob("*.md"))
    for number, name in enumerate(names, start=1):
        head = (DOCS / "decisions" / name).read_text(encoding="utf-8").splitlines()[0]
        assert name.startswith(f"{number:04}-")
        assert head.startswith(f"# {number:04}: ")


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:actzoo|backends|parity|tests|docs)/[\w/.]*)`", text))
    assert [name for name in sorted(named) if not (DOCS.parent / name).exists()] == []
    private = set(re.findall(r"`(_\w+\.py)`", text))
    known = {p.name for p in (DOCS.parent / "actzoo").rglob("_*.py")}
    assert private - known == set()
