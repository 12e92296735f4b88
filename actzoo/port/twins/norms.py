"""Norms as Paddle has them: the variance of the batch is kept, and each weight may be left out."""

import torch
import torch.nn.functional as F

from .formats import arrange
from .initial import Constant, begin


class PaddleBatchNorm:
    """Batch norm whose running variance is that of the batch, not n / (n - 1) times it."""

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        weight_attr=None,
        bias_attr=None,
        use_global_stats=None,
        data_format="NCHW",
    ):
        super().__init__(num_features, eps, momentum)
        arrange(self, data_format)
        self.use_global_stats = use_global_stats
        for name, attr, value in (("weight", weight_attr, 1.0), ("bias", bias_attr, 0.0)):
            if attr is False:
                self.register_parameter(name, None)
            else:
                begin(getattr(self, name), attr, Constant(value))

    def forward(self, x):
        self._check_input_dim(x)
        training = self.training and not self.use_global_stats
        if not training:
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps)
        with torch.no_grad():
            axes = [axis for axis in range(x.dim()) if axis != 1]
            variance = x.detach().to(self.running_var.dtype).var(axes, unbiased=False)
            self.num_batches_tracked += 1
        mean, biased = self.running_mean, self.running_var
        y = F.batch_norm(
            x, mean, torch.empty_like(biased).copy_(biased), self.weight, self.bias, True, self.momentum, self.eps
        )
        with torch.no_grad():
            biased.mul_(1 - self.momentum).add_(variance, alpha=self.momentum)
        return y


class BatchNorm1d(PaddleBatchNorm, torch.nn.BatchNorm1d):
    """`nn.BatchNorm1d`, with Paddle's running variance."""


class BatchNorm2d(PaddleBatchNorm, torch.nn.BatchNorm2d):
    """`nn.BatchNorm2d`, with Paddle's running variance."""


class BatchNorm3d(PaddleBatchNorm, torch.nn.BatchNorm3d):
    """`nn.BatchNorm3d`, with Paddle's running variance."""


class BatchNormAny(PaddleBatchNorm, torch.nn.modules.batchnorm._BatchNorm):
    """Batch norm of any number of axes, with Paddle's running variance."""

    def _check_input_dim(self, x):
        pass


class BatchNormAct(BatchNormAny):
    """Paddle's old `nn.BatchNorm`, which may apply an activation."""

    def __init__(self, num_channels, act=None, **settings):
        super().__init__(num_channels, **settings)
        self.act = act

    def forward(self, x):
        y = super().forward(x)
        return y if self.act is None else getattr(F, self.act)(y)


class LayerNorm(torch.nn.LayerNorm):
    """`nn.LayerNorm`, whose weight and bias may be left out one by one."""

    def __init__(self, normalized_shape, eps=1e-5, weight_attr=None, bias_attr=None):
        super().__init__(normalized_shape, eps)
        for name, attr, value in (("weight", weight_attr, 1.0), ("bias", bias_attr, 0.0)):
            if attr is False:
                self.register_parameter(name, None)
            else:
                begin(getattr(self, name), attr, Constant(value))


class GroupNorm(torch.nn.GroupNorm):
    """`nn.GroupNorm`, with ParamAttr."""

    def __init__(self, num_groups, num_channels, eps=1e-5, weight_attr=None, bias_attr=None):
        super().__init__(num_groups, num_channels, eps)
        for name, attr, value in (("weight", weight_attr, 1.0), ("bias", bias_attr, 0.0)):
            if attr is False:
                self.register_parameter(name, None)
            else:
                begin(getattr(self, name), attr, Constant(value))


class PaddleInstanceNorm:
    """Instance norm with learnt scale and shift, unless these are False."""

    def __init__(self, num_features, epsilon=1e-5, weight_attr=None, bias_attr=None):
        super().__init__(num_features, epsilon, affine=weight_attr is not False and bias_attr is not False)
        if self.affine:
            begin(self.weight, weight_attr, Constant(1.0))
            begin(self.bias, bias_attr, Constant(0.0))


class InstanceNorm1D(PaddleInstanceNorm, torch.nn.InstanceNorm1d):
    """`nn.InstanceNorm1d`, learnt by default."""


class InstanceNorm2D(PaddleInstanceNorm, torch.nn.InstanceNorm2d):
    """`nn.InstanceNorm2d`, learnt by default."""
