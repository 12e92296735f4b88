"""Loops rendered for Numba: what a pointwise stage computes, in one pass over memory, for tensors on the CPU.

Torch and Paddle share them, since NumPy sees the memory of both. One place decides whether a loop is used: `choose`. It
says why not, and imports Numba when it first says yes.
"""

from actzoo_numba._choice import SWITCH as SWITCH
from actzoo_numba._choice import Operand as Operand
from actzoo_numba._choice import decisions as decisions
from actzoo_numba._fused import fused as fused
