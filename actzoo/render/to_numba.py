"""The table of the Numba renderer: a row is over numbers, since a kernel is a loop over them."""

from actzoo.render._table import Rows

NUMBA = Rows(
    name="numba",
    title="Numba",
    package="actzoo_kernels.numba",
    number="like(first, a)",
    decorator="@scalar",
    primitives={
        "exp": "exp(a)",
        "expm1": "expm1(a)",
        "log1p": "log1p(a)",
        "tanh": "tanh(a)",
        "sigmoid": "sigmoid(a)",
        "softplus": "softplus(a)",
        "erfc": "erfc(a)",
        "normal_cdf": "normal_cdf(a)",
        "sech2": "sech2(a)",
        "where": "select(a, b, c)",
        "maximum": "maximum(a, b)",
        "minimum": "minimum(a, b)",
        "clip": "clip(a, b, c)",
        "gated": "gated(a, b)",
        "exp_gated": "exp_gated(a, b)",
        "sigmoid_gated": "sigmoid_gated(a, b)",
        "normal_gated": "normal_gated(a, b)",
    },
)
