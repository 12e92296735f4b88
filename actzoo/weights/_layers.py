"""The table of what a layer's weights are called and how their axes lie; imports no framework.

Canonical is torch: a part's first column gives its torch name and layout, the others what differs.
Flax's two interfaces, NNX and Linen, share a column. A row per layer kind, then the classes of each
framework that are of that kind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import final

from ._layout import ANY, FLAT, permutation

COLUMN: Mapping[str, str] = MappingProxyType({"torch": "torch", "paddle": "paddle", "flax": "flax", "linen": "flax"})
FRAMEWORKS = tuple(COLUMN)


@final
@dataclass(frozen=True)
class Place:
    """Where one framework keeps a part: the name of the variable and the layout of its axes."""

    name: str
    layout: str


@final
@dataclass(frozen=True)
class Part:
    """One array of a layer: its place per column, or none for no twin, and its Linen collection.

    `born` is what a part without a twin is, a scalar int64, when its framework is entered.
    """

    places: Mapping[str, Place | None]
    collection: str = "params"
    born: int | None = None

    @property
    def name(self) -> str:
        """The canonical name, which is torch's."""
        place = self.places["torch"]
        assert place is not None, "every part has a torch name"
        return place.name


@final
@dataclass(frozen=True)
class Layer:
    """A layer kind: its parts, and what is peculiar to it.

    `features` is the axis that a flatten before the layer orders. `unchanged_in` are the columns
    that agree on name and shape of parts that are not listed; `repeats` gives, per column, the
    second name under which a part stands there.
    """

    kind: str
    parts: tuple[Part, ...] = ()
    features: str | None = None
    unchanged_in: frozenset[str] = frozenset()
    repeats: Mapping[str, Callable[[str, frozenset[str]], str]] = field(default_factory=dict)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that have this layer at all."""
        if not self.parts:
            return self.unchanged_in
        needed = [part for part in self.parts if part.born is None]
        return frozenset(c for c in COLUMN.values() if all(part.places[c] for part in needed))


@final
@dataclass(frozen=True)
class FrameworkKey:
    """A part as one framework stores it: the variable's name, and its layout beside torch's."""

    name: str
    layout: str
    torch_layout: str
    collection: str

    def permutation(self, ndim: int) -> tuple[int, ...]:
        """Tell the transpose from torch's layout to this one, for an array of `ndim` axes."""
        return permutation(self.torch_layout, self.layout, ndim)


def _part(
    torch: str,
    paddle: str | None = "",
    flax: str | None = "",
    *,
    collection: str = "params",
    born: int | None = None,
) -> Part:
    """Read "name layout" cells; "" repeats torch's, None is no twin, layout `-` is a scalar."""

    def place(cell: str | None) -> Place | None:
        if cell is None:
            return None
        name, layout = (cell or torch).split()
        return Place(name, layout.strip("-"))

    places = {"torch": place(torch), "paddle": place(paddle), "flax": place(flax)}
    return Part(MappingProxyType(places), collection, born)


_BIAS = _part("bias O")
_SHIFT = _part("bias C")
_SCALE = _part("weight C", flax="scale C")
_RECURRENT = frozenset({"torch", "paddle"})


def _paddle_cell(part: str, parts: frozenset[str]) -> str:
    """Paddle names `weight_ih_l1_reverse` a second time as `1.cell_bw.weight_ih`."""
    stem, _, layer = part.removesuffix("_reverse").rpartition("_l")
    backward = part.endswith("_reverse")
    both = any(name.endswith("_reverse") for name in parts)
    return f"{layer}.cell{('_bw' if backward else '_fw') if both else ''}.{stem}"


_CELLS = MappingProxyType({"paddle": _paddle_cell})

_ROWS = (
    Layer("dense", (_part("weight OI", "weight IO", "kernel IO"), _BIAS), features="I"),
    Layer("conv", (_part("weight OI*", flax="kernel *IO"), _BIAS)),
    Layer("conv_transpose", (_part("weight IO*", flax="kernel ~IO"), _BIAS)),
    Layer("conv_transpose_kernel", (_part("weight IO*", flax="kernel *OI"), _BIAS)),
    Layer("grouped_conv_transpose", (_part("weight IO*", flax=None), _BIAS)),
    Layer(
        "batch_norm",
        (
            _SCALE,
            _SHIFT,
            _part("running_mean C", "_mean C", "mean C", collection="batch_stats"),
            _part("running_var C", "_variance C", "var C", collection="batch_stats"),
            _part(f"num_batches_tracked {ANY}", None, None, born=0),
        ),
        features="C",
    ),
    Layer("layer_norm", (_SCALE, _SHIFT), features="C"),
    Layer(
        "layer_norm_nd",
        (
            _part(f"weight {ANY}", f"weight {FLAT}", None),
            _part(f"bias {ANY}", f"bias {FLAT}", None),
        ),
    ),
    Layer("group_norm", (_SCALE, _SHIFT)),
    Layer("instance_norm", (_part("weight C", "scale C", "scale C"), _SHIFT)),
    Layer("rms_norm", (_part("weight C", None, "scale C"),)),
    Layer("embedding", (_part("weight NC", flax="embedding NC"),)),
    Layer("prelu", (_part("weight C", "_weight C", "negative_slope -"),)),
    Layer("bilinear", (_part("weight OIJ", flax=None), _part("bias O", "bias UO", None))),
    *(Layer(kind, unchanged_in=_RECURRENT, repeats=_CELLS) for kind in ("lstm", "gru", "rnn")),
    Layer("recurrent_cell", unchanged_in=_RECURRENT),
)
LAYERS: Mapping[str, Layer] = MappingProxyType({row.kind: row for row in _ROWS})

_RECURRENT_CLASSES = {
    "LSTM": "lstm",
    "GRU": "gru",
    "LSTMCell": "recurrent_cell",
    "GRUCell": "recurrent_cell",
}
_FLAX_LAYERS = {
    "Conv": "conv",
    "ConvTranspose": "conv_transpose",
    "BatchNorm": "batch_norm",
    "LayerNorm": "layer_norm",
    "GroupNorm": "group_norm",
    "InstanceNorm": "instance_norm",
    "RMSNorm": "rms_norm",
    "Embed": "embedding",
    "PReLU": "prelu",
}


def _per_rank(pattern: str, kind: str) -> dict[str, str]:
    return {pattern.format(rank): kind for rank in (1, 2, 3)}


CLASSES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "torch": {
            "Linear": "dense",
            **_per_rank("Conv{}d", "conv"),
            **_per_rank("ConvTranspose{}d", "conv_transpose"),
            "_BatchNorm": "batch_norm",
            "_InstanceNorm": "instance_norm",
            "LayerNorm": "layer_norm",
            "GroupNorm": "group_norm",
            "RMSNorm": "rms_norm",
            "Embedding": "embedding",
            "PReLU": "prelu",
            "Bilinear": "bilinear",
            "RNN": "rnn",
            "RNNCell": "recurrent_cell",
            **_RECURRENT_CLASSES,
        },
        "paddle": {
            "Linear": "dense",
            **_per_rank("Conv{}D", "conv"),
            **_per_rank("Conv{}DTranspose", "conv_transpose"),
            "BatchNorm": "batch_norm",
            "_BatchNormBase": "batch_norm",
            "_InstanceNormBase": "instance_norm",
            "LayerNorm": "layer_norm",
            "GroupNorm": "group_norm",
            "Embedding": "embedding",
            "PReLU": "prelu",
            "Bilinear": "bilinear",
            "SimpleRNN": "rnn",
            "SimpleRNNCell": "recurrent_cell",
            **_RECURRENT_CLASSES,
        },
        "flax": {"Linear": "dense", **_FLAX_LAYERS},
        "linen": {"Dense": "dense", **_FLAX_LAYERS},
    }
)
"""Class name -> kind, for the framework's own classes; a subclass counts as its base."""

CONTAINERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "torch": {
            "Sequential": "sequential",
            "ModuleList": "list",
            "ModuleDict": "dict",
            "ParameterList": "list",
            "ParameterDict": "dict",
        },
        "paddle": {
            "Sequential": "sequential",
            "LayerList": "list",
            "LayerDict": "dict",
            "ParameterList": "list",
            "ParameterDict": "dict",
        },
        "flax": {"Sequential": "sequential", "List": "list", "Dict": "dict"},
        "linen": {"Sequential": "sequential"},
    }
)
"""Class name -> how its children are named; see `_names`."""


WRAPPERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "torch": {"OptimizedModule": "_orig_mod", "DataParallel": "module", "DistributedDataParallel": "module"},
        "paddle": {"DataParallel": "_layers"},
        "flax": {},
        "linen": {},
    }
)
"""Class name -> the child that it stands for: no level of its own in a canonical path."""


@final
@dataclass(frozen=True)
class Variant:
    """A layer whose attribute is not as usual stores its weights as another kind."""

    attribute: str
    unusual: Callable[..., bool]
    kind: str


_TRANSPOSED = (Variant("transpose_kernel", bool, "conv_transpose_kernel"),)
VARIANTS: Mapping[tuple[str, str], tuple[Variant, ...]] = MappingProxyType(
    {
        ("torch", "conv_transpose"): (Variant("groups", lambda groups: groups > 1, "grouped_conv_transpose"),),
        ("paddle", "conv_transpose"): (Variant("_groups", lambda groups: groups > 1, "grouped_conv_transpose"),),
        ("flax", "conv_transpose"): _TRANSPOSED,
        ("linen", "conv_transpose"): _TRANSPOSED,
        ("torch", "layer_norm"): (Variant("normalized_shape", lambda shape: len(shape) > 1, "layer_norm_nd"),),
        ("paddle", "layer_norm"): (Variant("_normalized_shape", lambda shape: len(shape) > 1, "layer_norm_nd"),),
    }
)


def framework_key(kind: str, part: str, framework: str) -> FrameworkKey:
    """Look up how `framework` stores `part` (by its torch name) of a layer `kind`, as in "conv"."""
    if framework not in COLUMN:
        raise ValueError(f"no framework '{framework}'; choose one of {', '.join(FRAMEWORKS)}")
    if kind not in LAYERS:
        raise ValueError(f"no layer kind '{kind}'; choose one of {', '.join(LAYERS)}")
    row = {each.name: each for each in LAYERS[kind].parts}
    if part not in row:
        raise ValueError(f"layer kind '{kind}' has no part '{part}'; it has {', '.join(row)}")
    place, canonical = row[part].places[COLUMN[framework]], row[part].places["torch"]
    if place is None or canonical is None:
        raise ValueError(f"{framework} has no twin of '{part}' of layer kind '{kind}'")
    return FrameworkKey(place.name, place.layout, canonical.layout, row[part].collection)
