"""The table of the Triton renderer: a row is over blocks of numbers."""

from actzoo.render._table import Rows
from actzoo.render.to_numba import NUMBA

TRITON = Rows(
    name="triton",
    title="Triton",
    package="actzoo_kernels.triton",
    decorator="@triton.jit",
    primitives={**NUMBA.primitives, "exp": "tl.exp(a)", "where": "tl.where(a, b, c)"},
)
