"""Kernels rendered from the same graphs: what a pointwise stage computes, in one pass over memory.

On the CPU they are loops for Numba, which torch and Paddle share, since NumPy sees the memory of both; on a GPU blocks
for Triton. One place decides whether a kernel is used: `_choice`. It says why not, and imports nothing before it is.
"""

from actzoo_kernels._choice import SWITCH as SWITCH
from actzoo_kernels._choice import Operand as Operand
from actzoo_kernels._choice import decisions as decisions
from actzoo_kernels._choice import installed as installed
from actzoo_kernels._fused import Memory as Memory
from actzoo_kernels._fused import Tensors as Tensors
from actzoo_kernels._fused import fused as fused
from actzoo_kernels._fused import fused_write as fused_write
from actzoo_kernels._layout import Kernel as Kernel
