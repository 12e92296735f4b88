"""The value of an option expression: Python in text, over names whose values are given. Knows no spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EVALUATED = {"max": max, "min": min, "int": int, "abs": abs}
"""The functions that an option expression may call."""


def evaluate(expression: str, values: Mapping[str, Any]) -> Any:
    """The value of an option expression of a spec. Specs are code: this is no way to read untrusted text."""
    return eval(expression, {"__builtins__": EVALUATED}, dict(values))
