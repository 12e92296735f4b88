"""The tables of the Paddle renderer."""

from actzoo.render._table import STRUCTURES, Target

INIT = """\
    def __init__(self{parameters}) -> None:
        super().__init__()
{setup}

"""

PADDLE = Target(
    name="paddle",
    title="Paddle",
    package="actzoo_paddle",
    requires=("paddle",),
    imports="import paddle\nfrom paddle import Tensor, nn",
    tensor="Tensor",
    stage=("vjp",),
    fast="actzoo_paddle._fast",
    in_place=True,
    primitives={
        "exp": "stable_exp(a)",
        "expm1": "expm1(a)",
        "log1p": "log1p(a)",
        "tanh": "paddle.tanh(a)",
        "sigmoid": "stable_sigmoid(a)",
        "softplus": "stable_softplus(a)",
        "erfc": "erfc(a)",
        "normal_cdf": "normal_cdf(a)",
        "sech2": "sech2(a)",
        "where": "where(a, b, c)",
        "maximum": "maximum(a, b)",
        "minimum": "minimum(a, b)",
        "clip": "paddle.clip(a, b, c)",
        "gated": "gated(a, b)",
        "exp_gated": "exp_gated(a, b)",
        "sigmoid_gated": "sigmoid_gated(a, b)",
        "normal_gated": "normal_gated(a, b)",
        "stack": "paddle.stack(a)",
    },
    structures=STRUCTURES,
    state={
        "argument": "{name}",
        "option": "self.{name}",
        "derived": "self.{name}",
        "activation": "self.{name}",
        "keep": "self.{name} = {value}",
        "keeps": "yes",
        "randomness": "",
        "init": INIT,
        "full": "self.{name} = self.create_parameter({shape}, default_initializer=nn.initializer.Constant({value}))",
        "normal": "self.{name} = self.create_parameter(\n"
        "    {shape}, default_initializer=nn.initializer.Normal(0.0, {value})\n"
        ")",
        "learnt": "self.{name} = (\n"
        "    self.create_parameter({shape}, default_initializer=nn.initializer.Constant({value}))\n"
        "    if {learnt}\n"
        "    else {value}\n"
        ")",
        "buffer": 'add_buffer(self, "{name}", {value})',
        "read_param": "self.{name}",
        "read_learnt": "self.{name}",
        "read_buffer": "self.{name}",
        "layer": "self.{name}",
        "container": "self.{container} = nn.LayerDict()",
        "item": "self.{container}[{item}]",
        "items": "self.{container}[{item}]",
        "several": "",
        "add": "{access} = {make}",
        "noise": "",
        "training_argument": "",
        "plain_argument": "",
    },
    layers={
        "dense": "new_dense({arguments})",
        "conv": "new_conv({arguments})",
        "norm": "new_norm({arguments})",
        "apply": "applied(a, b)",
        "apply_norm": "normalise(a, b)",
    },
    draw="",
    noise="{name} = uniform_like(x) if {name} is None else {name}",
    training="self.training",
    layout="C, *S",
    module="""\
class {module}(nn.Layer):
{doc}

{init}    def forward(self, x: Tensor{noise}) -> Tensor:
{forward}
""",
)
