"""Carry the weights of a model from one framework to another, exactly; knows no framework by name.

A model's outline says which variables there are and of which layer; the table says what each is
called, and how its axes lie, on either side. What the state has beyond that, or lacks, is an error.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ._adapters import ADAPTERS, Adapter
from ._bits import Bits
from ._errors import ConversionError
from ._flatten import orders_features
from ._layers import FRAMEWORKS
from ._layout import LayoutError, relayout, reorder_flattened
from ._names import Native
from ._outline import Outline, Path, framework_of
from ._slots import Slot, key_of, repeat_of, require_rules, slots_of


def convert(
    state: Mapping[Any, Any],
    *,
    source: str = "paddle",
    target: str = "torch",
    model: Any,
    flatten: Mapping[str, tuple[int, ...]] | None = None,
) -> Any:
    """Convert the weights `state` of `source` for `target`; every bit, dtype and NaN payload stays.

    Args:
        state: what `source` calls its state, as tensors or NumPy arrays: the `state_dict()` of
            "torch" or "paddle"; `nnx.state(model)` or its pure dict for "flax"; the variables dict
            (`params`, `batch_stats`, `buffers`) for "linen".
        source: "torch", "paddle", "flax" (NNX) or "linen".
        target: one of the same.
        model: the model, in the source's or the target's framework (or in another one, if it has
            the same layers): what a weight is follows from the type of its layer, never from its
            shape. Its values are not read: a torch model on the meta device will do, and an
            abstract NNX one. A Linen module has no layers before it is called, so give
            `(module, example_input, ...)`: it is initialised abstractly on these positional
            inputs, and its calls are watched.
        flatten: for dense and norm layers that read a flattened map, by canonical path, the shape
            `(C, *S)` of one map, as in `{"fc": (512, 7, 7)}`: between channels-first and
            channels-last frameworks the features are reordered. `{"fc": (512,)}` states that
            there is nothing to reorder. A flatten that is seen and not declared is an error. It is
            seen in a torch model as far as `torch.fx` can trace it, and in a chain of Sequentials
            of torch or Paddle. In the code of a Paddle or Flax model it is **not** seen.

    Returns:
        New arrays in the target's own form: for `load_state_dict(strict=True)`, `set_state_dict`,
        `nnx.update(model, ...)` or `nnx.replace_by_pure_dict`, or `module.apply`. 64-bit arrays
        keep their width in JAX even where its x64 mode is off.

    Raises:
        ConversionError: keys are missing from the state or left over, or shapes differ (all are
            named); a layer type has no rule; a flatten is not declared; the target cannot hold a
            value.

    **Names.** Canonical is torch's dotted path, and Paddle's is the same. NNX adds the level
    `layers` in a Sequential, and numbers the children of Sequential and List by int. In Linen a
    module that only contains others (Sequential, ModuleList, ModuleDict, one without methods) is no
    level of its own: a child of it is called `container.child`, as in `name="gather.conv1"`.
    With a Linen model given, `blocks_0` of a list `blocks` and `layers_0` of an `nn.Sequential` are
    understood too. A module's own parameters and buffers have the same name and shape everywhere.

    **Without a twin.** torch's `num_batches_tracked` is dropped, and is 0 (int64) when torch is
    entered; Paddle's `StructuredToParameterName@@` is dropped; the cells inside a Paddle recurrent
    layer repeat its own parameters; the state of NNX's random generators is no weight. What NNX
    shares stands at one path only, and must in the other model. `nnx.ConvTranspose` is taken to
    have `transpose_kernel=False` unless the Flax model is given.

    """
    reader, writer = _adapter(source), _adapter(target)
    outline = _outline(model)
    require_rules(outline, source, target)
    reorder = reader.channels_last != writer.channels_last
    shapes = _declared(outline, flatten or {}) if reorder else {}
    slots = slots_of(outline)
    carried = _gather(reader.read(state), slots, outline, source)
    entries: dict[tuple[str, Native], Bits] = {}
    wrong: list[str] = []
    for slot, bits in carried:
        place = slot.place(target)
        if place is None:
            continue
        try:
            array = _canonical(bits, slot, source, outline)
            if slot.owner in shapes and slot.feature_axis is not None:
                shape, last = shapes[slot.owner], writer.channels_last
                array = reorder_flattened(array, slot.feature_axis, shape, to_channels_last=last)
            made = Bits(relayout(array, slot.layout, place.layout), bits.dtype)
        except LayoutError as error:
            name = slot.name if slot.variable is None else _dotted(slot.variable.native)
            wrong.append(f"'{name}': got {bits.array.shape} from {source}, {error}")
            continue
        keys = (key_of(slot, place, target, outline), repeat_of(slot, target, outline, slots))
        entries |= {(slot.collection, key): made.fresh() for key in keys if key is not None}
    if wrong:
        raise ConversionError("shapes do not fit the model: " + "; ".join(wrong))
    return writer.write(entries)


def _adapter(framework: str) -> Adapter:
    if framework not in ADAPTERS:
        raise ConversionError(f"no framework '{framework}'; choose one of {', '.join(FRAMEWORKS)}")
    return ADAPTERS[framework]


def _outline(model: Any) -> Outline:
    framework = framework_of(model[0] if isinstance(model, tuple) and model else model)
    if framework is None:
        raise ConversionError(
            f"model is a {type(model).__name__}; give a torch, Paddle or NNX module, "
            "or (Linen module, example_input, ...)"
        )
    return ADAPTERS[framework].outline(model)


def _declared(outline: Outline, flatten: Mapping[str, tuple[int, ...]]) -> dict[Path, tuple[int, ...]]:
    """Read the shapes by path; refuse a name that is no layer, and an undeclared flatten."""
    shapes = {tuple(name.split(".")): tuple(shape) for name, shape in flatten.items()}
    for path in shapes:
        if path not in outline.sites or not orders_features(outline.sites[path]):
            raise ConversionError(f"flatten names '{'.'.join(path)}', which is no dense or norm layer of the model")
    undeclared = sorted(".".join(path) for path in outline.flattened - set(shapes))
    if undeclared:
        first = repr(undeclared[0])
        raise ConversionError(
            f"{', '.join(map(repr, undeclared))} read a flattened map, whose order differs "
            "between channels-first and channels-last; declare its shape, "
            f"flatten={{{first}: (C, H, W)}}, "
            f"or {{{first}: (features,)}} if there is nothing to reorder"
        )
    return shapes


def _gather(found: dict[str, Bits], slots: tuple[Slot, ...], outline: Outline, source: str) -> list[tuple[Slot, Bits]]:
    """Take every slot's array out of the state; name all keys that are missing or left over."""
    carried: list[tuple[Slot, Bits]] = []
    missing: list[str] = []
    for slot in slots:
        place = slot.place(source)
        key = None if place is None else _dotted(key_of(slot, place, source, outline))
        if key is not None and key in found:
            bits = found.pop(key)
        elif slot.born is not None:
            bits = Bits(np.array(slot.born, np.int64), "int64")
        else:
            missing.append(str(key))
            continue
        carried.append((slot, bits))
        second = repeat_of(slot, source, outline, slots)
        if second is not None and not found.pop(_dotted(second), bits).same(bits):
            raise ConversionError(f"'{key}' and '{_dotted(second)}' should hold the same array, and differ")
    if missing or found:
        said = [f"missing from the {source} state: {', '.join(missing)}"] if missing else []
        said += [f"left over in the {source} state: {', '.join(found)}"] if found else []
        raise ConversionError(f"the state does not match the model ({outline.framework}); " + "; ".join(said))
    return carried


def _canonical(bits: Bits, slot: Slot, source: str, outline: Outline) -> np.ndarray:
    """Bring an array into torch's layout, after a check of its shape against the model's."""
    place, variable, native = slot.place(source), slot.variable, slot.place(outline.framework)
    if variable is None or place is None:
        return bits.array
    expected = f"the model expects {variable.shape} in {outline.framework}"
    try:
        full = variable.full_shape or variable.shape
        canonical = relayout(bits.array, place.layout, slot.layout, full)
        seen = relayout(canonical, slot.layout, native.layout if native else slot.layout)
    except LayoutError as error:
        raise LayoutError(f"{expected} ({error})") from error
    if seen.shape != variable.shape:
        raise LayoutError(expected)
    return canonical


def _dotted(path: Native) -> str:
    return ".".join(map(str, path))
