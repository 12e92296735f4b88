"""The tables of the Flax NNX renderer. Channels last."""

from actzoo.render._table import STRUCTURES, Target

INIT = """\
    def __init__(self{parameters}) -> None:
{setup}

"""
PRIMITIVES = {
    "exp": "jnp.exp(a)",
    "expm1": "jnp.expm1(a)",
    "log1p": "jnp.log1p(a)",
    "tanh": "jnp.tanh(a)",
    "sigmoid": "stable_sigmoid(a)",
    "softplus": "stable_softplus(a)",
    "erfc": "jax.scipy.special.erfc(a)",
    "normal_cdf": "normal_cdf(a)",
    "sech2": "sech2(a)",
    "where": "jnp.where(a, b, c)",
    "maximum": "jnp.maximum(a, b)",
    "minimum": "jnp.minimum(a, b)",
    "clip": "jnp.clip(a, b, c)",
    "gated": "gated(a, b)",
    "exp_gated": "exp_gated(a, b)",
    "sigmoid_gated": "sigmoid_gated(a, b)",
    "normal_gated": "normal_gated(a, b)",
}
IMPORTS = "import jax\nfrom jax import Array\nfrom jax import numpy as jnp"
NOISE = '{name} = given_noise("{owner}", {name})'

FLAX = Target(
    name="flax",
    title="Flax NNX",
    package="actzoo_flax",
    requires=("flax", "jax"),
    imports=f"{IMPORTS}\nfrom flax import nnx",
    tensor="Array",
    stage=("tangent",),
    curved=("partials",),
    primitives=PRIMITIVES,
    structures=STRUCTURES,
    state={
        "argument": "{name}",
        "option": "self.{name}",
        "derived": "self.{name}",
        "activation": "self.{name}",
        "keep": "self.{name} = {value}",
        "keeps": "yes",
        "randomness": "rngs: nnx.Rngs",
        "init": INIT,
        "full": "self.{name} = nnx.Param(jnp.full({shape}, {value}, jnp.float32))",
        "normal": "self.{name} = nnx.Param(jax.random.normal(rngs.params(), {shape}) * {value})",
        "learnt": "self.{name} = nnx.Param(jnp.full({shape}, {value}, jnp.float32)) if {learnt} else {value}",
        "buffer": "self.{name} = Buffer(jnp.asarray({value}, jnp.float32))",
        "read_param": "self.{name}[...]",
        "read_learnt": "value_of(self.{name})",
        "read_buffer": "self.{name}[...]",
        "layer": "self.{name}",
        "container": "self.{container} = nnx.Dict()",
        "item": "self.{container}[{item}]",
        "items": "self.{container}[{item}]",
        "several": "",
        "add": "{access} = {make}",
        "noise": "self.deterministic = False\nself.rngs = rngs.noise.fork()",
        "training_argument": "",
        "plain_argument": "",
    },
    layers={
        "dense": "new_dense({arguments}, rngs=rngs)",
        "conv": "new_conv({arguments}, rngs=rngs)",
        "norm": "new_norm({arguments}, rngs=rngs)",
        "apply": "a(b)",
        "apply_norm": "normalise(a, b)",
    },
    draw="if {name} is None and not self.deterministic:\n"
    "    {name} = jax.random.uniform(self.rngs(), x.shape, x.dtype)",
    noise=NOISE,
    training="not self.deterministic",
    layout="*S, C",
    module="""\
class {module}(nnx.Module):
{doc}

{init}    def __call__(self, x: Array{noise}) -> Array:
{forward}
""",
)
