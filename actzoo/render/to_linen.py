"""The tables of the Flax Linen renderer: the class only, its stages are those of NNX."""

from actzoo.render._table import STRUCTURES, Target
from actzoo.render.to_flax import IMPORTS, NOISE, PRIMITIVES

LINEN = Target(
    name="linen",
    title="Flax Linen",
    package="actzoo_flax.linen",
    stages_in="actzoo_flax",
    requires=("flax", "jax"),
    imports=f"{IMPORTS}\nfrom flax import linen as nn",
    tensor="Array",
    stage=("tangent",),
    curved=("partials",),
    primitives=PRIMITIVES,
    structures=STRUCTURES,
    state={
        "argument": "self.{name}",
        "option": "self.{name}",
        "derived": "{name}",
        "activation": "{name}",
        "keep": "{name} = {value}",
        "keeps": "no",
        "randomness": "",
        "init": "{setup}\n",
        "full": '{name} = own_param(self, "{name}", {shape}, {value})',
        "normal": '{name} = own_normal(self, "{name}", {shape}, {value})',
        "learnt": '{name} = own_param(self, "{name}", {shape}, {value}) if {learnt} else {value}',
        "buffer": '{name} = own_buffer(self, "{name}", {value})',
        "read_param": "{name}",
        "read_learnt": "{name}",
        "read_buffer": "{name}",
        "layer": "{name}",
        "container": "",
        "item": "{name}",
        "items": "{name}_layers[{index}]",
        "several": "{name}_layers = []",
        "add": "{name}_layers.append({make})",
        "noise": "",
        "training_argument": ", train: bool = False",
        "plain_argument": "",
    },
    layers={
        "dense": "new_dense(self, {arguments}, name={key})",
        "conv": "new_conv(self, {arguments}, name={key})",
        "norm": "new_norm(self, {arguments}, name={key})",
        "apply": "a(b)",
        "apply_norm": "normalise(a, b, train)",
    },
    draw="if {name} is None and train:\n    {name} = jax.random.uniform(self.make_rng('noise'), x.shape, x.dtype)",
    noise=NOISE,
    training="train",
    layout="*S, C",
    module="""\
class {module}(nn.Module):
{doc}

{fields}

    @nn.compact
    def __call__(self, x: Array{noise}{train}) -> Array:
{init}{forward}
""",
)
