"""Functions with a derivative of their own, as Paddle's `PyLayer` has them."""

import inspect

import torch


class PyLayer(torch.autograd.Function):
    """`torch.autograd.Function` that is called with names too, and whose `backward` gives gradients of tensors alone."""

    def __init_subclass__(cls, **settings):
        super().__init_subclass__(**settings)
        if "forward" in vars(cls):
            cls.forward = staticmethod(noting_tensors(cls.forward))
        if "backward" in vars(cls):
            cls.backward = staticmethod(filling_gaps(cls.backward))

    @classmethod
    def apply(cls, *arguments, **keywords):
        bound = inspect.signature(inspect.unwrap(cls.forward)).bind(None, *arguments, **keywords)
        bound.apply_defaults()
        if bound.kwargs:
            raise NotImplementedError(f"{cls.__name__}.forward has arguments by name alone, which torch does not take")
        return super().apply(*bound.args[1:])


def noting_tensors(forward):
    """A forward that keeps which of its arguments are tensors."""

    def noting(ctx, *arguments):
        if any(
            isinstance(each, torch.Tensor) for given in arguments if isinstance(given, list | tuple) for each in given
        ):
            raise NotImplementedError("tensors in a list have no gradient in torch; give them one by one")
        ctx.are_tensors = [isinstance(each, torch.Tensor) for each in arguments]
        found = forward(ctx, *arguments)
        return tuple(found) if isinstance(found, list) else found

    noting.__wrapped__ = forward
    return noting


def filling_gaps(backward):
    """A backward that gives None for what is no tensor."""

    def filling(ctx, *grads):
        found = backward(ctx, *grads)
        found = list(found) if isinstance(found, list | tuple) else [found]
        if len(found) != sum(ctx.are_tensors):
            raise ValueError(f"backward gave {len(found)} gradients for {sum(ctx.are_tensors)} tensors")
        return tuple(found.pop(0) if is_tensor else None for is_tensor in ctx.are_tensors)

    return filling
