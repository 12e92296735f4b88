"""The arithmetics a reference may be run in. Knows no activation and no framework."""

from ._carrying import ErrorCarrying as ErrorCarrying
from ._formats import Format as Format
from ._formats import format_of as format_of
from ._mathematics import Layer as Layer
from ._mathematics import Mathematics as Mathematics
from ._node import Condition as Condition
from ._node import Node as Node
from ._plain import Decimals as Decimals
from ._plain import Floats as Floats
