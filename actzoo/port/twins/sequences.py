"""Recurrent layers and attention, with Paddle's arguments."""

import math

import torch
import torch.nn.functional as F

from .initial import Uniform, begin
from .layers import Linear


class PaddleRecurrent:
    """Batch first, unless the time is; values that begin uniform."""

    def __init__(self, input_size, hidden_size, num_layers=1, direction="forward", time_major=False, dropout=0.0):
        both = direction in ("bidirect", "bidirectional")
        super().__init__(
            input_size, hidden_size, num_layers, batch_first=not time_major, dropout=dropout, bidirectional=both
        )
        limit = 1.0 / math.sqrt(hidden_size)
        for parameter in self.parameters():
            begin(parameter, None, Uniform(-limit, limit))


class LSTM(PaddleRecurrent, torch.nn.LSTM):
    """`nn.LSTM`, with Paddle's arguments."""


class GRU(PaddleRecurrent, torch.nn.GRU):
    """`nn.GRU`, with Paddle's arguments."""


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
