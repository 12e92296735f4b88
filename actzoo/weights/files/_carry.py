"""Brings what a Paddle file holds into torch's or Flax's names and axes, by the table of layers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import final

from .._bits import Bits
from .._layers import LAYERS
from .._layout import LayoutError
from ._contents import Contents
from ._errors import WeightsFileError
from ._kinds import KINDS, class_of, kind_of
from ._place import NoTwin, Placed, by_every_layer, by_layer

_STATISTICS = (
    *("moment", "moment1", "moment2", "moment2_max", "velocity", "momentum", "inf_norm", "mean_square", "mean_grad"),
    *("_avg_squared_grad", "_avg_squared_update", "beta1_pow", "beta2_pow", "momentum_decay_pow", "mu_product", "rho"),
    *("prevs", "learning_rates", "d"),
)
"""What Paddle's optimisers keep of each parameter in its shape, as of 3.3; of others only vectors are certain."""
_STATISTIC = re.compile(rf"(.+?)(?:_fp32_master_\d+)?_(?:{'|'.join(_STATISTICS)})_0")
_PLAIN = re.compile(r"(?:generated_tensor|eager_tmp)_\d+")
"""Paddle's names of tensors that no layer made: a user's buffers."""
_FUNCTIONS = frozenset({"fc", "bilinear_tensor_product"})
"""Functions of Paddle's static graphs that name parameters as classes do: a program tells what theirs are."""
_RECURRENT = re.compile(r"(?:weight|bias)_[ih]h_l\d+(?:_reverse)?")


@final
@dataclass(frozen=True)
class Carried:
    """Arrays in the target's names; every key of the file that is not among them is in one of the lists.

    `layers` are the kinds of the layers that own the arrays, by key; those `by_use` are told by the program alone.
    """

    arrays: Mapping[str, Bits]
    keys: Mapping[str, str]
    repeated: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()
    by_use: tuple[str, ...] = ()
    layers: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the layout of every array was told."""
        return not (self.unknown or self.misfits)


def carry(contents: Contents, to: str = "torch", kinds: Mapping[str, str] = KINDS) -> Carried:
    """Rename and turn every array; one whose layout nothing tells is carried as it is, and listed as unknown.

    `WeightsFileError` if two arrays would have one name.
    """
    arrays: dict[str, Bits] = {}
    keys: dict[str, str] = {}
    layers: dict[str, str] = {}
    unknown, misfits, by_use = [], [], []
    repeated = dict.fromkeys(_repeated(contents.arrays))
    came: dict[str, str] = {}
    for key, bits in contents.arrays.items():
        if key in repeated:
            continue
        one = _Owned.of(contents, key, kinds)
        if one.kind is not None:
            layers[key] = one.kind
        try:
            placed = one.place(bits, to)
        except (NoTwin, LayoutError) as error:
            misfits.append(f"{key}: {error}")
            continue
        if placed is None:
            unknown.append(key)
            placed = Placed(bits.array)
        elif one.by_use:
            by_use.append(key)
        owner, dot, _ = key.rpartition(".")
        new = key if one.bare or placed.leaf is None else f"{owner}{dot}{placed.leaf}"
        if new in came:
            raise WeightsFileError(f"'{came[new]}' and '{key}' would both be called '{new}' in {to}")
        came[new] = key
        arrays[new], keys[key] = Bits(placed.array, bits.dtype).fresh(), new
    return Carried(arrays, keys, tuple(repeated), tuple(unknown), tuple(misfits), tuple(by_use), layers)


@final
@dataclass(frozen=True)
class _Owned:
    """What tells of an array: the kind of its layer and its name there; whether its key is `bare`, no path of a model.

    `users` is whether Paddle named it after a class of the user's, and `by_use` whether only the program tells.
    """

    leaf: str
    kind: str | None
    bare: bool
    users: bool
    nameless: bool = False
    by_use: bool = False

    @staticmethod
    def of(contents: Contents, key: str, kinds: Mapping[str, str]) -> _Owned:
        name = contents.names.get(key)
        statistic = _STATISTIC.fullmatch(key) if name in (None, key) else None
        known = statistic[1] if statistic else (key if name is None else name)
        bare = statistic is not None or name in ("", key) or (name is None and class_of(key) is not None)
        leaf, kind = (known if bare else key).rpartition(".")[2], kind_of(known, kinds)
        cls = class_of(known)
        users = kind is None and cls not in _FUNCTIONS and (cls is not None or _PLAIN.fullmatch(known) is not None)
        role = contents.roles.get(key)
        if kind is None and role is not None and (role.sure or not users):
            return _Owned(role.leaf, role.kind, bare, users, by_use=True)
        return _Owned(leaf, kind, bare, users, nameless=name == "")

    def place(self, bits: Bits, to: str) -> Placed | None:
        """Where it goes; None if nothing tells."""
        if self.nameless:
            return None
        if self.kind is not None:
            try:
                placed = by_layer(bits.array, self.kind, self.leaf, to)
            except LayoutError:
                if self.by_use:
                    return None  # as the slopes of `paddle.static.nn.prelu`, which have the axes of a map
                raise
            if placed is None and self.bare and bits.array.ndim > 1:
                return None  # of a shape of its own, as what ASGD has of several steps
            return placed or by_every_layer(bits.array, None, to)
        if self.bare:
            return by_every_layer(bits.array, None, to)
        if self.users and self.leaf != "weight":
            return Placed(bits.array)  # a user's class may be a Linear by inheritance, which has one matrix
        return by_every_layer(bits.array, self.leaf, to, own=not self.leaf.startswith("_"))


def _repeated(arrays: Mapping[str, Bits]) -> Iterator[str]:
    """The second names that a recurrent layer of Paddle's has for its arrays, of the cells within."""
    leaves: dict[str, set[str]] = {}
    for key in arrays:
        owner, dot, leaf = key.rpartition(".")
        leaves.setdefault(owner + dot, set()).add(leaf)
    second = LAYERS["rnn"].repeats["paddle"]
    for owner, all_leaves in leaves.items():
        own = frozenset(leaf for leaf in all_leaves if _RECURRENT.fullmatch(leaf))
        for leaf in own:
            again = f"{owner}{second(leaf, own)}"
            if again in arrays and arrays[again].same(arrays[owner + leaf]):
                yield again
