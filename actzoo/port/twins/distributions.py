"""Paddle's distributions."""

import math

import torch


class Categorical:
    """One of some classes. Samples and entropy take `logits` for logits, and probabilities are `logits` over their sum."""

    def __init__(self, logits, name=None):
        self.logits = torch.as_tensor(logits)

    def sample(self, shape=()):
        drawn = torch.distributions.Categorical(logits=self.logits).sample(tuple(shape))
        return drawn

    def probs(self, value):
        p = self.logits / self.logits.sum(-1, keepdim=True)
        if p.dim() == 1:
            return p[value]
        value = value.expand(*p.shape[:-1], value.shape[-1]) if value.dim() == 1 else value
        return p.gather(-1, value)

    def log_prob(self, value):
        return self.probs(value).log()

    def entropy(self):
        return torch.distributions.Categorical(logits=self.logits).entropy()

    def kl_divergence(self, other):
        mine, others = torch.log_softmax(self.logits, -1), torch.log_softmax(other.logits, -1)
        return (mine.exp() * (mine - others)).sum(-1, keepdim=True)


class NormalDistribution:
    """A normal distribution, or one for each element."""

    def __init__(self, loc, scale, name=None):
        self.loc, self.scale = (
            torch.as_tensor(each, dtype=None if torch.is_tensor(each) else torch.float32) for each in (loc, scale)
        )

    def sample(self, shape=(), seed=0):
        with torch.no_grad():
            return self.rsample(shape)

    def rsample(self, shape=()):
        size = (*shape, *torch.broadcast_shapes(self.loc.shape, self.scale.shape))
        return self.loc + self.scale * torch.randn(size, dtype=self.loc.dtype)

    def log_prob(self, value):
        return -((value - self.loc) ** 2) / (2 * self.scale**2) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def probs(self, value):
        return self.log_prob(value).exp()

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log() + 0 * self.loc

    def kl_divergence(self, other):
        ratio = (self.scale / other.scale) ** 2
        apart = ((self.loc - other.loc) / other.scale) ** 2
        return 0.5 * (ratio + apart - 1 - ratio.log())
