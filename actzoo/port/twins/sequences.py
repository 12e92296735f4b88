"""Recurrent layers and attention, with Paddle's arguments."""

import math

import torch
import torch.nn.functional as F

from .initial import Uniform, begin
from .layers import Linear

ATTRS = ("weight_ih_attr", "weight_hh_attr", "bias_ih_attr", "bias_hh_attr")


def begin_uniform(layer, hidden_size, attrs):
    """Give recurrent weights their first values: uniform, unless an attribute says others."""
    limit = 1.0 / math.sqrt(hidden_size)
    for name, parameter in layer.named_parameters():
        attr = next((attrs[each] for each in attrs if name.startswith(each.removesuffix("_attr"))), None)
        begin(parameter, attr, Uniform(-limit, limit))


def has_bias(attrs):
    """Whether there are biases; there is no layer with one of the two."""
    left_out = [attrs.get(name) is False for name in ("bias_ih_attr", "bias_hh_attr")]
    if (any(left_out) and not all(left_out)) or any(attrs.get(name) is False for name in ATTRS[:2]):
        raise NotImplementedError("torch has both biases or none, and both weights")
    return not all(left_out)


class PaddleRecurrent:
    """Batch first, unless the time is; values that begin uniform."""

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        direction="forward",
        time_major=False,
        dropout=0.0,
        weight_ih_attr=None,
        weight_hh_attr=None,
        bias_ih_attr=None,
        bias_hh_attr=None,
        **more,
    ):
        attrs = dict(zip(ATTRS, (weight_ih_attr, weight_hh_attr, bias_ih_attr, bias_hh_attr)))
        settings = {"batch_first": not time_major, "dropout": dropout, "bias": has_bias(attrs), **more}
        both = direction in ("bidirect", "bidirectional")
        super().__init__(input_size, hidden_size, num_layers, bidirectional=both, **settings)
        begin_uniform(self, hidden_size, attrs)


class LSTM(PaddleRecurrent, torch.nn.LSTM):
    """`nn.LSTM`, with Paddle's arguments."""


class GRU(PaddleRecurrent, torch.nn.GRU):
    """`nn.GRU`, with Paddle's arguments."""


class SimpleRNN(PaddleRecurrent, torch.nn.RNN):
    """`nn.RNN`, with Paddle's arguments."""


class PaddleCell:
    """One step, which gives its output and its state."""

    def __init__(
        self,
        input_size,
        hidden_size,
        weight_ih_attr=None,
        weight_hh_attr=None,
        bias_ih_attr=None,
        bias_hh_attr=None,
        **more,
    ):
        attrs = dict(zip(ATTRS, (weight_ih_attr, weight_hh_attr, bias_ih_attr, bias_hh_attr)))
        super().__init__(input_size, hidden_size, bias=has_bias(attrs), **more)
        begin_uniform(self, hidden_size, attrs)

    def forward(self, inputs, states=None):
        h = super().forward(inputs, states)
        return h, h


class GRUCell(PaddleCell, torch.nn.GRUCell):
    """`nn.GRUCell`, which gives its output twice."""


class SimpleRNNCell(PaddleCell, torch.nn.RNNCell):
    """`nn.RNNCell`, which gives its output twice."""


class LSTMCell(PaddleCell, torch.nn.LSTMCell):
    """`nn.LSTMCell`, which gives its output, and then the state."""

    def forward(self, inputs, states=None):
        h, c = torch.nn.LSTMCell.forward(self, inputs, states)
        return h, (h, c)


class MultiHeadAttention(torch.nn.Module):
    """Paddle's attention: batch first, three projections, a mask that says what is kept."""

    def __init__(
        self,
        embed_dim,
        num_heads,
        dropout=0.0,
        kdim=None,
        vdim=None,
        need_weights=False,
        weight_attr=None,
        bias_attr=None,
    ):
        super().__init__()
        self.num_heads, self.head_dim, self.dropout, self.need_weights = (
            num_heads,
            embed_dim // num_heads,
            dropout,
            need_weights,
        )
        attrs = {"weight_attr": weight_attr, "bias_attr": bias_attr}
        self.q_proj = Linear(embed_dim, embed_dim, **attrs)
        self.k_proj = Linear(kdim or embed_dim, embed_dim, **attrs)
        self.v_proj = Linear(vdim or embed_dim, embed_dim, **attrs)
        self.out_proj = Linear(embed_dim, embed_dim, **attrs)

    def heads(self, x):
        return x.reshape(x.shape[0], x.shape[1], self.num_heads, self.head_dim).transpose(1, 2)

    def forward(self, query, key=None, value=None, attn_mask=None):
        key = query if key is None else key
        value = key if value is None else value
        q, k, v = self.heads(self.q_proj(query)), self.heads(self.k_proj(key)), self.heads(self.v_proj(value))
        scores = (q * self.head_dim**-0.5) @ k.mT
        if attn_mask is not None:
            kept = attn_mask.dtype in (torch.bool, torch.int32, torch.int64)
            scores = scores + ((attn_mask.to(scores.dtype) - 1.0) * 1e9 if kept else attn_mask)
        weights = torch.softmax(scores, -1)
        mixed = F.dropout(weights, self.dropout, self.training) @ v
        y = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return (y, weights) if self.need_weights else y
