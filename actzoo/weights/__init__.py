"""Weights travel between torch, Paddle and Flax, exact to the bit; knows no activation.

No framework is imported before a conversion needs it.
"""

from ._convert import convert as convert
from ._errors import ConversionError as ConversionError
from ._layers import FRAMEWORKS as FRAMEWORKS
from ._layers import FrameworkKey as FrameworkKey
from ._layers import framework_key as framework_key
