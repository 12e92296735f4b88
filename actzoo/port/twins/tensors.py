"""Functions of tensors that torch lacks, or has with another meaning."""

import numpy as np
import torch

DTYPES = {"float": torch.float32, "int": torch.int64}


def as_dtype(value):
    """A dtype of torch, by Paddle's name, NumPy's or torch's own."""
    if value is None or isinstance(value, torch.dtype):
        return value
    name = value if isinstance(value, str) else np.dtype(value).name
    return DTYPES.get(name) or getattr(torch, name.rpartition(".")[2])


def reshape(x, shape):
    """A 0 takes the size that was there; sizes may be tensors."""
    sizes = shape.tolist() if isinstance(shape, torch.Tensor) else [shape] if isinstance(shape, int) else list(shape)
    return x.reshape([x.shape[i] if int(size) == 0 else int(size) for i, size in enumerate(sizes)])


def unsqueeze(x, axis):
    """One new axis, or several one after another."""
    for each in axis if isinstance(axis, list | tuple) else [axis]:
        x = x.unsqueeze(int(each))
    return x


def tile(x, repeat_times):
    """A number repeats the last axis."""
    return x.tile([repeat_times] if isinstance(repeat_times, int) else [int(each) for each in repeat_times])


def flip(x, axis):
    """One axis or several."""
    return torch.flip(x, [axis] if isinstance(axis, int) else list(axis))


def matmul(x, y, transpose_x=False, transpose_y=False):
    """Either may be transposed, unless it is a vector."""
    x = x.mT if transpose_x and x.dim() > 1 else x
    return torch.matmul(x, y.mT if transpose_y and y.dim() > 1 else y)


def cross(x, y, axis=9):
    """Along the first axis of size 3, if none is said."""
    return torch.linalg.cross(x, y, dim=list(x.shape).index(3) if axis == 9 else axis)


def split(x, num_or_sections, axis=0):
    """So many parts, or parts of these sizes, of which one may be -1."""
    if isinstance(num_or_sections, int):
        if x.shape[axis] % num_or_sections:
            raise ValueError(f"{x.shape[axis]} cannot be split into {num_or_sections} equal parts")
        return list(torch.chunk(x, num_or_sections, axis))
    sizes = [int(size) for size in num_or_sections]
    rest = x.shape[axis] - sum(size for size in sizes if size >= 0)
    return list(torch.split(x, [rest if size < 0 else size for size in sizes], axis))


def slice_axes(x, axes, starts, ends, strides=None):
    """A slice of some axes."""
    index = [slice(None)] * x.dim()
    for i, axis in enumerate(axes):
        index[axis] = slice(int(starts[i]), int(ends[i]), int(strides[i]) if strides is not None else None)
    return x[tuple(index)]


def median(x, axis=None, keepdim=False):
    """The mean of the two in the middle, where there are two."""
    flat = x.flatten() if axis is None else x
    y = torch.quantile(
        flat.float() if not flat.is_floating_point() else flat, 0.5, 0 if axis is None else axis, keepdim
    )
    return y.reshape([1] * x.dim()) if axis is None and keepdim else y


def prod(x, axis, keepdim=False, dtype=None):
    """The product along several axes."""
    for each in sorted((a % x.dim() for a in axis), reverse=True):
        x = x.prod(each, keepdim=keepdim, dtype=dtype)
    return x


def round_away(x):
    """Halves go away from 0."""
    return torch.sign(x) * torch.floor(torch.abs(x) + 0.5)


def gather(x, index, axis=0):
    """Rows by number; the numbers may have an axis of 1."""
    return torch.index_select(x, int(axis), index.flatten())


def gather_nd(x, index):
    """The places that the last axis of `index` names."""
    return x[tuple(index.long().unbind(-1))]


def scatter(x, index, updates, overwrite=True):
    """Rows replaced; or, without `overwrite`, set to 0 and then added to."""
    index = index.flatten().long()
    if overwrite:
        return x.index_copy(0, index, updates)
    return x.index_fill(0, index, 0).index_add(0, index, updates)


def scatter_nd_add(x, index, updates):
    """Added to the places that the last axis of `index` names."""
    return x.index_put(tuple(index.long().unbind(-1)), updates, accumulate=True)


def nonzero_columns(x):
    """A column of numbers for each axis."""
    return tuple(column.unsqueeze(-1) for column in torch.nonzero(x, as_tuple=True))


def multiplex(inputs, index):
    """For each row, that row of the input that `index` names."""
    stacked = torch.stack(list(inputs))
    return stacked[index.flatten().long(), torch.arange(stacked.shape[1], device=stacked.device)]


def assign(x, output=None):
    """A copy, of a tensor, an array or numbers."""
    made = x.clone() if isinstance(x, torch.Tensor) else torch.tensor(x)
    return made if output is None else output.copy_(made)


def set_value(x, value):
    """Other values in place, of the same shape."""
    given = torch.as_tensor(value, dtype=x.dtype)
    if given.shape != x.shape:
        raise ValueError(f"values of shape {list(given.shape)} for a tensor of shape {list(x.shape)}")
    with torch.no_grad():
        return x.copy_(given)


def clear_grad(x):
    """Set a gradient to 0, of a tensor, or all of an optimiser."""
    if not isinstance(x, torch.Tensor):
        x.zero_grad()
    elif x.grad is not None:
        x.grad.zero_()


def add_n(inputs):
    """The sum of some tensors."""
    return inputs if isinstance(inputs, torch.Tensor) else sum(inputs[1:], inputs[0])


def scale(x, scale=1.0, bias=0.0, bias_after_scale=True):
    """Multiplied and shifted."""
    return x * scale + bias if bias_after_scale else (x + bias) * scale


def normal(mean=0.0, std=1.0, shape=None):
    """Normal numbers of a shape, or one for each mean or deviation."""
    if isinstance(mean, torch.Tensor) or isinstance(std, torch.Tensor):
        return torch.normal(mean, std)
    return torch.normal(float(mean), float(std), [1] if shape is None else list(shape))


def uniform(shape, dtype=None, min=-1.0, max=1.0):
    """Uniform numbers."""
    return torch.empty(list(shape), dtype=dtype).uniform_(min, max)


def put_along_axis(arr, indices, values, axis, reduce="assign", include_self=True, broadcast=True):
    """Values at indices of an axis; both are repeated along the others."""
    if broadcast:
        shape = list(arr.shape)
        shape[axis] = indices.shape[axis]
        indices = indices.expand(shape)
    values = torch.as_tensor(values, dtype=arr.dtype).expand(indices.shape)
    if reduce == "assign":
        return arr.scatter(axis, indices, values)
    name = {"add": "sum", "mul": "prod", "multiply": "prod"}.get(reduce, reduce)
    return arr.scatter_reduce(axis, indices, values, name, include_self=include_self)
