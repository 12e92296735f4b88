"""The tables of the torch renderer."""

from actzoo.render._table import STRUCTURES, Target

INIT = """\
    def __init__(self{parameters}) -> None:
        super().__init__()
{setup}

"""

RESET = '''\
    def reset_parameters(self) -> None:
        """Initial values for what the module owns itself; its layers have a method of their own."""
{lines}

'''

TORCH = Target(
    name="torch",
    title="torch",
    package="actzoo_torch",
    requires=("torch",),
    imports="import torch\nfrom torch import Tensor, nn",
    tensor="Tensor",
    stage=("vjp", "tangent"),
    fast="actzoo_torch._fast",
    in_place=True,
    decorator="@unscripted",
    scripts="    @unscripted\n",
    scripts_not="    __prepare_scriptable__ = not_scriptable\n\n",
    reset={
        "method": RESET,
        "full": "nn.init.constant_(self.{name}, {value})",
        "normal": "nn.init.normal_(self.{name}, std={value})",
        "learnt": "if isinstance(self.{name}, nn.Parameter):\n    nn.init.constant_(self.{name}, {value})",
        "buffer": "self.{name}.copy_(torch.tensor({value}))",
    },
    primitives={
        "exp": "torch.exp(a)",
        "expm1": "expm1(a)",
        "log1p": "torch.log1p(a)",
        "tanh": "torch.tanh(a)",
        "sigmoid": "stable_sigmoid(a)",
        "softplus": "stable_softplus(a)",
        "erfc": "erfc(a)",
        "normal_cdf": "normal_cdf(a)",
        "sech2": "sech2(a)",
        "where": "torch.where(a, b, c)",
        "maximum": "maximum(a, b)",
        "minimum": "minimum(a, b)",
        "clip": "torch.clamp(a, b, c)",
        "gated": "gated(a, b)",
        "exp_gated": "exp_gated(a, b)",
        "sigmoid_gated": "sigmoid_gated(a, b)",
        "normal_gated": "normal_gated(a, b)",
        "stack": "torch.stack(a)",
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
        "full": "self.{name} = nn.Parameter(torch.empty({shape}))",
        "normal": "self.{name} = nn.Parameter(torch.empty({shape}))",
        "learnt": "self.{name} = nn.Parameter(torch.empty({shape})) if {learnt} else {value}",
        "buffer": 'self.register_buffer("{name}", torch.empty(len({value})))',
        "read_param": "self.{name}",
        "read_learnt": "self.{name}",
        "read_buffer": "self.{name}",
        "layer": "self.{name}",
        "container": "self.{container} = nn.ModuleDict()",
        "item": "self.{container}[{item}]",
        "items": "self.{container}[{item}]",
        "several": "",
        "add": "{access} = {make}",
        "noise": "",
        "training_argument": "",
        "plain_argument": "",
    },
    layers={
        "dense": "nn.Linear({arguments})",
        "conv": "new_conv({arguments})",
        "norm": "new_norm({arguments})",
        "apply": "a(b)",
        "apply_norm": "normalise(a, b)",
    },
    draw="",
    noise="{name} = uniform_like(x) if {name} is None else {name}",
    training="self.training",
    layout="C, *S",
    module="""\
class {module}(nn.Module):
{doc}

{init}{reset}{scripts}    def forward(self, x: Tensor{noise}) -> Tensor:
{forward}
""",
)
