"""One adapter a framework: builds what a case is about, gives it weights, takes its outputs as NumPy arrays.

They run in worker processes, and need NumPy, the framework and actzoo's core alone.
"""

from __future__ import annotations

import importlib

from ._subject import Adapter as Adapter
from ._subject import Outputs as Outputs
from ._subject import Subject as Subject
from ._subject import of_function as of_function

ADAPTERS = {"torch": "_torch", "paddle": "_paddle", "flax": "_flax", "linen": "_linen"}


def adapter(framework: str) -> Adapter:
    """A framework's adapter; importing it imports the framework."""
    module = importlib.import_module(f"{__name__}.{ADAPTERS[framework]}")
    found: Adapter = module.ADAPTER
    return found
