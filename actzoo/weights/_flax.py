"""Flax, NNX and Linen: reads and writes nested states, draws outlines; never computes a model."""

from collections.abc import Iterator, Mapping
from typing import Any, final

import numpy as np

from ._bits import CARRIERS, Bits, from_numpy
from ._errors import ConversionError
from ._outline import Outline, Path, Site, Variable, prefixes, site_of

_COLLECTIONS = {"Param": "params", "BatchStat": "batch_stats"}


@final
class Flax:
    """The adapter of Flax NNX: `nnx.State` or its pure dict, without random generators."""

    name = "flax"
    channels_last = True

    def read(self, state: Mapping[Any, Any]) -> dict[str, Bits]:
        """Take `nnx.state(model)`, a pure dict, or one with NumPy arrays."""
        return {".".join(map(str, path)): _bits(leaf, path) for path, leaf in _leaves(state)}

    def write(self, entries: Mapping[tuple[str, tuple[str | int, ...]], Bits]) -> dict[Any, Any]:
        """Make a pure dict for `nnx.update(model, ...)` or `nnx.replace_by_pure_dict`."""
        return _nest({path: bits for (_, path), bits in entries.items()})

    def outline(self, model: Any) -> Outline:
        """List modules and the variables of `nnx.state`; what is shared stands at one path."""
        from flax import nnx

        native: dict[tuple[Any, ...], Site] = {
            path: site_of(module, self.name) for path, module in nnx.iter_modules(model)
        }
        canonical = {path: _without_layers(path, native) for path in native}
        sites = {canonical[path]: native[path] for path in native if not _is_layers(path, native)}
        variables = []
        for path, variable in dict[Any, Any](nnx.to_flat_state(nnx.state(model))).items():
            if isinstance(variable, nnx.RngState):
                continue
            above = next(above for above in prefixes(path[:-1]) if above in native)
            collection = next(
                (_COLLECTIONS[c.__name__] for c in type(variable).__mro__ if c.__name__ in _COLLECTIONS),
                "buffers",
            )
            part = ".".join(map(str, path[len(above) :]))
            shape = tuple(variable.shape)
            variables.append(Variable(canonical[above], part, path, shape, collection))
        return Outline(self.name, sites, tuple(variables))


@final
class Linen:
    """The adapter of Flax Linen: the variables dict. A model is `(module, *example inputs)`."""

    name = "linen"
    channels_last = True

    def read(self, state: Mapping[str, Any]) -> dict[str, Bits]:
        """Take `{"params": ..., "batch_stats": ...}`; collections are not told apart."""
        found: dict[str, Bits] = {}
        for collection, tree in state.items():
            for path, leaf in _leaves(tree):
                key = ".".join(map(str, path))
                if key in found:
                    raise ConversionError(f"'{key}' stands in '{collection}' and in another collection")
                found[key] = _bits(leaf, path)
        return found

    def write(self, entries: Mapping[tuple[str, tuple[str | int, ...]], Bits]) -> dict[str, dict[str, Any]]:
        """Make the variables dict for `module.apply`."""
        return _nest({(collection, *path): bits for (collection, path), bits in entries.items()})

    def outline(self, model: Any) -> Outline:
        """Watch an abstract `init` on the example: the layers called, the variables' shapes."""
        import jax
        from flax import linen as nn

        if not isinstance(model, tuple):
            raise ConversionError(
                f"a Linen module ({type(model).__name__}) has no layers before it is called; "
                "give model=(module, example_input, ...), or the model of another framework"
            )
        module, *example = model
        kinds = (
            jax.Array,
            jax.ShapeDtypeStruct,
            np.ndarray,
        )  # other inputs, as flags, are not traced
        seen: dict[Path, Any] = {}

        def watch(call: Any, args: Any, kwargs: Any, context: nn.module.InterceptorContext) -> Any:
            seen.setdefault(context.module.path, context.module)
            made = call(*args, **kwargs)
            seen[context.module.path] = context.module
            return made

        def init(*arrays: Any) -> Any:
            given = iter(arrays)
            inputs = [next(given) if isinstance(each, kinds) else each for each in example]
            keys = {"params": jax.random.key(0), "dropout": jax.random.key(0)}
            # not module.init: a field of the module may have that name
            return nn.init(lambda bound: bound(*inputs), module)(keys)

        with nn.intercept_methods(watch):
            state = jax.eval_shape(init, *(each for each in example if isinstance(each, kinds)))
        names = {path: _unlisted(path, seen) for path in seen}
        # what stands above a module and is none, is a list in `setup`, unless a dot made it up
        lists = {names[path][:-1] for path in seen if "." not in "".join(path[-1:])}
        sites = {
            **{path: Site("list", container="list") for path in lists},
            **{names[path]: site_of(each, self.name) for path, each in seen.items()},
        }
        variables = []
        for collection, tree in state.items():
            for path, leaf in _leaves(tree):
                above = next(above for above in prefixes(path[:-1]) if above in seen)
                part = ".".join(map(str, path[len(above) :]))
                shape = tuple(leaf.shape)
                variables.append(Variable(names[above], part, path, shape, collection))
        return Outline(self.name, sites, tuple(variables))


def _without_layers(path: tuple[Any, ...], native: Mapping[tuple[Any, ...], Site]) -> Path:
    """Leave out the level `layers` of every Sequential, which other frameworks do not have."""
    return tuple(str(name) for index, name in enumerate(path) if not _is_layers(path[: index + 1], native))


def _is_layers(path: tuple[Any, ...], native: Mapping[tuple[Any, ...], Site]) -> bool:
    return path[-1:] == ("layers",) and native[path[:-1]].container == "sequential"


def _unlisted(path: Path, seen: Mapping[Path, Any]) -> Path:
    """Turn a Linen path into canonical levels: dots part, `blocks_0` of a list is `blocks.0`.

    The children of a `Sequential` are those of its list `layers`, which is left out.
    """
    names: list[str] = []
    for index, name in enumerate(path):
        parent = seen.get(path[:index])
        stem, _, last = name.rpartition("_")
        held = vars(parent).get(stem) if stem and parent is not None else None
        if not isinstance(held, tuple | list | Mapping):
            names += name.split(".")
        elif site_of(parent, "linen").container == "sequential" and stem == "layers":
            names.append(last)
        else:
            names += [stem, last]
    return tuple(names)


def _leaves(tree: Mapping[Any, Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Walk a nested state; what belongs to a random generator is passed over."""
    if _is_generator(tree):
        return
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, name))
        elif not _is_generator_state(value):
            yield (*path, name), value


def _is_generator(tree: Mapping[Any, Any]) -> bool:
    """Whether a pure dict is an `nnx.RngStream`: a key and a count; only the key tells by type."""
    import jax
    import jax.numpy as jnp

    return set(tree) == {"count", "key"} and jnp.issubdtype(
        getattr(tree["key"], "dtype", np.float32), jax.dtypes.prng_key
    )


def _is_generator_state(value: object) -> bool:
    from flax import nnx

    return isinstance(value, nnx.RngState)


def _bits(leaf: Any, path: tuple[Any, ...]) -> Bits:
    import jax
    from flax import nnx

    if isinstance(leaf, nnx.Variable):
        leaf = leaf.get_value()
    return from_numpy(np.asarray(leaf) if isinstance(leaf, jax.Array) else leaf, ".".join(map(str, path)))


def _nest(flat: Mapping[tuple[Any, ...], Bits]) -> dict[Any, Any]:
    """Nest the arrays; 64-bit ones keep their width even where JAX's x64 mode is off."""
    import jax
    import jax.numpy as jnp

    nested: dict[Any, Any] = {}
    with jax.enable_x64(True):
        for path, bits in flat.items():
            inner = nested
            for name in path[:-1]:
                inner = inner.setdefault(name, {})
            plain = bits.array.view(jnp.dtype(bits.dtype)) if bits.dtype in CARRIERS else bits.array
            inner[path[-1]] = jnp.array(plain)
    return nested
