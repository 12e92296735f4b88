"""Paddle's metrics."""

import numpy as np
import torch


def accuracy(input, label, k=1):
    """The share of rows whose label is among the k largest, with an axis of 1 in Paddle's way."""
    label = label.reshape(-1, 1)
    best = input.topk(k, -1).indices.reshape(-1, k)
    return (best == label).any(-1).float().mean()


class Metric:
    """What a metric of one's own begins with."""

    def compute(self, *values):
        return values

    def reset(self):
        raise NotImplementedError(f"{type(self).__name__} has no reset")

    def update(self, *values):
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def accumulate(self):
        raise NotImplementedError(f"{type(self).__name__} has no accumulate")

    def name(self):
        raise NotImplementedError(f"{type(self).__name__} has no name")


class Accuracy(Metric):
    """Accuracy over many batches, for each k of `topk`."""

    def __init__(self, topk=(1,), name="acc"):
        self.topk = topk if isinstance(topk, list | tuple) else (topk,)
        self.called = name
        self.reset()

    def reset(self):
        self.total, self.count = [0.0] * len(self.topk), [0] * len(self.topk)

    def compute(self, pred, label, *rest):
        best = pred.topk(max(self.topk), -1).indices
        if label.dim() == best.dim() and label.shape[-1] != 1:
            label = label.argmax(-1)
        label = label.reshape(*best.shape[:-1], 1)
        return (best == label).float()

    def update(self, correct, *rest):
        correct = np.asarray(correct.detach().cpu() if isinstance(correct, torch.Tensor) else correct)
        rows = int(np.prod(correct.shape[:-1])) if correct.ndim > 1 else 1
        shares = []
        for i, k in enumerate(self.topk):
            right = correct[..., :k].sum() if correct.ndim else correct
            self.total[i] += float(right)
            self.count[i] += rows
            shares.append(float(right) / rows)
        return shares[0] if len(shares) == 1 else shares

    def accumulate(self):
        shares = [t / c if c else 0.0 for t, c in zip(self.total, self.count)]
        return shares[0] if len(shares) == 1 else shares

    def name(self):
        return [self.called] if len(self.topk) == 1 else [f"{self.called}_top{k}" for k in self.topk]
