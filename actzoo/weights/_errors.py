"""The one error of a conversion; knows nothing else."""

from typing import final


@final
class ConversionError(ValueError):
    """Weights cannot be carried over exactly; the message names the keys or layers."""
