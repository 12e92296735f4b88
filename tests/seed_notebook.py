"""Assembles the published notebook from its text, where that lies beside the checkout; else there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SEEDS = [parent / "shared" / "seeds" for parent in Path(__file__).parents[2:4]]

CELLS = (
    ("%matplotlib inline", "2.2 "),
    ("train_tfm = ", "train_dataset: 50000"),
    ("batch_size=256", "2.3 "),
    ("class LabelSmoothingCrossEntropy", "2.4 "),
    ("class DyReLU(nn.Layer)", "model = DyReLUA(64)"),
    ("model = DyReLUA(64)", "W0314"),
    ("model = DyReLUB(64)", "----"),
    ("model = DyReLUC(64)", "----"),
    ("class BasicBlock", "2.5 "),
    ("learning_rate = 0.1", "2.6 "),
    ("def plot_learning_curve", "plot_learning_curve(loss_record"),
    ("import time", "Throughout:2900"),
    ("model = paddle.vision.models.resnet18", "3.2 "),
    ("learning_rate = 0.1", "3.3 "),
    ("##### import time", "/opt/conda"),
)
"""Where each cell of code begins, and the line after its end."""


def texts() -> list[Path]:
    """The text of the notebook, or nothing."""
    return sorted(path for folder in SEEDS for path in folder.glob("003_*.txt"))


def cells(path: Path) -> list[str]:
    """The code of the notebook, cell by cell."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found, at = [], 0
    for first, after in CELLS:
        start = next(i for i in range(at, len(lines)) if lines[i].startswith(first))
        at = next(i for i in range(start + 1, len(lines)) if lines[i].startswith(after))
        found.append("\n".join(lines[start:at]).strip("\n"))
    return found


def notebook(codes: list[str]) -> dict[str, Any]:
    """A notebook of cells of code."""
    import nbformat
    from nbformat import v4

    made = v4.new_notebook(cells=[v4.new_code_cell(code, id=f"cell-{i}") for i, code in enumerate(codes)])
    nbformat.validate(made)
    return dict(made)
