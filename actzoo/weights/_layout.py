"""Axis layouts as short strings, and the exact move between them; knows no layer, no framework.

A letter names one axis, `*` stands for all spatial axes in order, `~` for all spatial axes mirrored
(some libraries store a transposed convolution's kernel so). An axis that one layout has and the
other lacks must have size 1. `any` is any shape, unchanged; `flat` is `any` in one row-major axis.
"""

import math

import numpy as np

ANY = "any"
FLAT = "flat"


class LayoutError(ValueError):
    """An array does not fit the layout it should have, or cannot be brought into the wanted one."""


def axes(layout: str, ndim: int) -> tuple[str, ...]:
    """Name every axis of an array of `ndim` axes: `axes("OI*", 4)` is `("O", "I", "0", "1")`."""
    spatial = ndim - _letters(layout)
    has_spatial = "*" in layout or "~" in layout
    if spatial < 0 or (spatial == 0) is has_spatial:
        raise LayoutError(f"layout '{layout}' does not describe an array of {ndim} axes")
    names: list[str] = []
    for letter in layout:
        names += [str(axis) for axis in range(spatial)] if letter in "*~" else [letter]
    return tuple(names)


def permutation(old: str, new: str, ndim: int) -> tuple[int, ...]:
    """Tell the axes of a transpose: `permutation("OI*", "*IO", 4)` is `(2, 3, 1, 0)`."""
    if old == new or ANY in (old, new):
        return tuple(range(ndim))
    present = axes(old, ndim)
    spatial = ndim - _letters(old)
    return tuple(present.index(a) for a in axes(new, _letters(new) + spatial) if a in present)


def relayout(array: np.ndarray, old: str, new: str, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Bring `array` from layout `old` to `new`; no value is computed, so every bit stays.

    `shape` is the shape to restore when `old` is `flat` and `new` is `any`.
    """
    if old == new:
        _check(array, old)
        return array
    if (old, new) == (ANY, FLAT):
        return array.reshape(-1)
    if (old, new) == (FLAT, ANY):
        if shape is None or math.prod(shape) != array.size:
            raise LayoutError(f"{array.size} values do not fill the shape {shape}")
        return array.reshape(shape)
    present = axes(old, array.ndim)
    if ("~" in old) != ("~" in new):
        mirrored = tuple(axis for axis, name in enumerate(present) if name.isdigit())
        array = np.flip(array, mirrored)
    wanted = axes(new, _letters(new) + array.ndim - _letters(old))
    lost = [axis for axis, name in enumerate(present) if name not in wanted]
    if any(array.shape[axis] != 1 for axis in lost):
        raise LayoutError(f"one value has a place, not the shape {array.shape}")
    array = array.squeeze(tuple(lost))
    kept = [name for name in present if name in wanted]
    array = array.transpose([kept.index(name) for name in wanted if name in kept])
    return np.expand_dims(array, tuple(axis for axis, name in enumerate(wanted) if name not in kept))


def reorder_flattened(array: np.ndarray, axis: int, shape: tuple[int, ...], *, to_channels_last: bool) -> np.ndarray:
    """Reorder an axis of C*S flattened features between (C, *S) and (*S, C) order."""
    if math.prod(shape) != array.shape[axis]:
        raise LayoutError(f"flatten shape {shape} has {math.prod(shape)} features, the layer reads {array.shape[axis]}")
    stored = shape if to_channels_last else (*shape[1:], shape[0])
    opened = array.reshape(*array.shape[:axis], *stored, *array.shape[axis + 1 :])
    start, stop = (axis, axis + len(shape) - 1)
    source, destination = (start, stop) if to_channels_last else (stop, start)
    return np.moveaxis(opened, source, destination).reshape(array.shape)


def _letters(layout: str) -> int:
    return sum(letter not in "*~" for letter in layout)


def _check(array: np.ndarray, layout: str) -> None:
    if layout not in (ANY, FLAT):
        axes(layout, array.ndim)
