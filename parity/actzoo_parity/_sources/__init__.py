"""Models that a source text builds, in the process of their framework: built, loaded, put into a mode.

A worker makes them; they need the framework and NumPy alone. What is known of the text is in the request.
"""

from __future__ import annotations

import importlib

from ._model import Failed as Failed
from ._model import Model

MODELS = {"torch": ("._torch", "TorchModel"), "paddle": ("._paddle", "PaddleModel")}


def model_of(framework: str) -> type[Model]:
    """The class for a framework; importing it imports the framework."""
    file, name = MODELS[framework]
    found: type[Model] = getattr(importlib.import_module(file, __package__), name)
    return found
