"""The README's first example, in a file and at Python's prompt."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
FIRST = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]


def test_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "first.py"
    file.write_text(FIRST, encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("tensor([")


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="its prompt keeps the source of what is typed")
def test_at_the_prompt() -> None:
    typed = re.sub(r"\n\n\n(?!\s)", "\n\n", FIRST) + "\n"
    done = subprocess.run([sys.executable, "-i", "-q"], input=typed, capture_output=True, text=True, check=True)
    hint = "cannot read the source of 'hard_mish': write it in a file, mine.py, and import it"
    first, *rest = [line for line in done.stderr.split(">>> ") if "hard_mish" in line]
    assert hint in first
    assert "Traceback" not in first
    assert all(hint in line for line in rest if "Traceback" in line)
