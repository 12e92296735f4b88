"""Weights and settings of layers as Paddle has them: a linear layer's weight is [in, out], torch's [out, in]."""

import torch


def weight_of(layer):
    """A layer's weight in Paddle's layout: of a linear layer a view, so that what is written into it is kept."""
    if isinstance(layer, torch.nn.LayerNorm):
        return layer.weight.flatten()
    return layer.weight.T if isinstance(layer, torch.nn.Linear) else layer.weight


def grad_of(layer):
    """The gradient of a layer's weight in Paddle's layout, or None."""
    grad = layer.weight.grad
    return grad.T if grad is not None and isinstance(layer, torch.nn.Linear) else grad


def kept_weight(layer):
    """A layer's weight itself, where the layout of both is the same."""
    if isinstance(layer, torch.nn.Linear):
        raise NotImplementedError("the weight of a linear layer is kept here, and torch's is transposed")
    return layer.weight


def tied_weight(layer, other):
    """The weight of another layer, for a layer to have too."""
    if isinstance(layer, torch.nn.Linear) != isinstance(other, torch.nn.Linear):
        raise NotImplementedError(
            "a linear layer and another share a weight, which torch has transposed in one of them"
        )
    return other.weight


def given_weight(layer, value):
    """A weight for a layer that has Paddle's layout in torch too."""
    if isinstance(layer, torch.nn.Linear):
        raise NotImplementedError("a linear layer is given a weight, and torch's is transposed")
    return value


def turned(parameter):
    """A parameter that was just made for a linear layer, in torch's layout."""
    made = torch.nn.Parameter(parameter.detach().T.contiguous(), parameter.requires_grad)
    made.__dict__.update(parameter.__dict__)
    return made


def conv_padding(layer):
    """A convolution's padding as it was given."""
    return layer.padding[0] if layer.paddle_padding is None else layer.paddle_padding
