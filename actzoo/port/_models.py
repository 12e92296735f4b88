"""Ports the files of `paddle.vision.models` that ported code uses, as they are installed; runs none of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ._source import Ported, port_source
from .rules import rules


def folder() -> Path | None:
    """Where Paddle's models lie, or None without Paddle. Paddle is not imported."""
    spec = find_spec("paddle")
    return Path(spec.origin).parent / "vision" / "models" if spec is not None and spec.origin else None


def port_models(names: Sequence[str]) -> dict[str, Ported]:
    """The ported files by name, as `resnet`. ValueError without Paddle."""
    if not names:
        return {}
    source = folder()
    if source is None:
        raise ValueError("paddle.vision.models is ported from the Paddle that is installed: pip install paddlepaddle")
    return {name: port_source(absolute((source / f"{name}.py").read_text(encoding="utf-8")), rules()) for name in names}


def absolute(text: str) -> str:
    """The relative imports of Paddle's models, spelt out."""
    text = re.sub(r"^from \.\.(\w+) import", r"from paddle.vision.\1 import", text, flags=re.MULTILINE)
    return re.sub(r"^from \.(\w+) import", r"from paddle.vision.models.\1 import", text, flags=re.MULTILINE)
