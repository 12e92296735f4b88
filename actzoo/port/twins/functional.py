"""Functions of layers that torch lacks, or has with another meaning."""

import torch
import torch.nn.functional as F


def hardsigmoid(x, slope=0.1666667, offset=0.5):
    """Paddle's slope is 0.1666667, not one sixth."""
    return torch.clamp(slope * x + offset, 0.0, 1.0)


def maxout(x, groups, axis=1):
    """The largest of every `groups` channels that follow each other."""
    axis = axis % x.dim()
    shape = list(x.shape)
    shape[axis : axis + 1] = [shape[axis] // groups, groups]
    return x.reshape(shape).amax(axis + 1)


def linear(x, weight, bias=None):
    """x W + b, with W as [in, out]."""
    y = torch.matmul(x, weight)
    return y if bias is None else y + bias


def embedding(x, weight, padding_idx=None):
    """Rows by number; zeros for the padding."""
    y = F.embedding(x, weight)
    if padding_idx is None:
        return y
    return y * (x != padding_idx % len(weight)).unsqueeze(-1).to(y.dtype)


def dropout(x, p=0.5, axis=None, training=True, mode="upscale_in_train"):
    """Dropout of whole axes; `downscale_in_infer` scales where torch would not."""
    if not training:
        return x * (1.0 - p) if mode == "downscale_in_infer" else x
    axes = range(x.dim()) if axis is None else [axis] if isinstance(axis, int) else axis
    shape = [size if index in axes else 1 for index, size in enumerate(x.shape)]
    kept = (torch.rand(shape, device=x.device) >= p).to(x.dtype)
    return x * kept if mode == "downscale_in_infer" else x * kept / (1.0 - p) if p < 1 else x * 0.0


def layer_norm(x, normalized_shape, weight=None, bias=None, epsilon=1e-5):
    """`F.layer_norm`, for weights that lie in one axis."""
    shape = [normalized_shape] if isinstance(normalized_shape, int) else list(normalized_shape)
    weight, bias = (None if w is None else w.reshape(shape) for w in (weight, bias))
    return F.layer_norm(x, shape, weight, bias, epsilon)


def batch_norm(x, running_mean, running_var, weight, bias, training=False, momentum=0.9, epsilon=1e-5):
    """`F.batch_norm`, whose running variance is that of the batch."""
    if not training:
        return F.batch_norm(x, running_mean, running_var, weight, bias, False, 0.0, epsilon)
    axes = [axis for axis in range(x.dim()) if axis != 1]
    with torch.no_grad():
        running_mean.mul_(momentum).add_(x.mean(axes), alpha=1 - momentum)
        running_var.mul_(momentum).add_(x.var(axes, unbiased=False), alpha=1 - momentum)
    return F.batch_norm(x, None, None, weight, bias, True, 0.0, epsilon)


def interpolate(x, size=None, scale_factor=None, mode="nearest", align_corners=False, align_mode=0):
    """`F.interpolate`; sizes may be tensors, and `align_mode=1` counts from the corner of a pixel."""
    mode = mode.lower()
    if isinstance(size, torch.Tensor):
        size = size.tolist()
    elif size is not None and not isinstance(size, int):
        size = [int(each) for each in size]
    if isinstance(scale_factor, torch.Tensor):
        scale_factor = scale_factor.tolist()
    if mode in ("nearest", "area"):
        return F.interpolate(x, size, scale_factor, mode)
    if align_mode == 1 and not align_corners and mode in ("linear", "bilinear", "trilinear"):
        return from_corners(x, size, scale_factor)
    return F.interpolate(x, size, scale_factor, mode, align_corners)


def from_corners(x, size, scale_factor):
    """Linear interpolation, axis by axis, at `index * scale`."""
    count = x.dim() - 2
    factors = [scale_factor] * count if isinstance(scale_factor, int | float) else scale_factor
    sizes = (
        [int(n * f) for n, f in zip(x.shape[2:], factors)]
        if size is None
        else [size] * count
        if isinstance(size, int)
        else size
    )
    for axis, new in enumerate(sizes, start=2):
        old = x.shape[axis]
        ratio = old / new if size is not None else 1.0 / factors[axis - 2]
        at = torch.arange(new, device=x.device) * ratio
        low = at.floor().long().clamp(max=old - 1)
        high = (low + 1).clamp(max=old - 1)
        weight = (at - low).to(x.dtype).reshape([-1 if a == axis else 1 for a in range(x.dim())])
        x = x.index_select(axis, low) * (1 - weight) + x.index_select(axis, high) * weight
    return x


def unfold(x, kernel_sizes, strides=1, paddings=0, dilations=1):
    """`F.unfold`; four paddings are top, left, bottom, right."""
    if not isinstance(paddings, int) and len(paddings) == 4:
        top, left, bottom, right = paddings
        x, paddings = F.pad(x, [left, right, top, bottom]), 0
    return F.unfold(x, kernel_sizes, dilations, paddings, strides)


def cross_entropy(
    input,
    label,
    weight=None,
    ignore_index=-100,
    reduction="mean",
    soft_label=False,
    axis=-1,
    use_softmax=True,
    label_smoothing=0.0,
):
    """Labels may have an axis of 1; soft labels; probabilities, with `use_softmax=False`."""
    logs = F.log_softmax(input, axis) if use_softmax else torch.log(input)
    classes = input.shape[axis]
    if soft_label or (label_smoothing > 0 and label.is_floating_point() and label.shape == input.shape):
        if label_smoothing > 0:
            label = label * (1 - label_smoothing) + label_smoothing / classes
        losses = -(logs * label).sum(axis)
        if weight is not None:
            losses = losses * (label * weight).sum(axis)
        return reduced(losses, reduction)
    if label.dim() == input.dim():
        label = label.squeeze(axis)
    label = label.long()
    if label_smoothing > 0:
        hot = F.one_hot(label, classes).to(logs.dtype)
        return cross_entropy(input, hot, weight, ignore_index, reduction, True, axis, use_softmax, label_smoothing)
    ignored = label == ignore_index
    safe = label.masked_fill(ignored, 0)
    losses = -logs.gather(axis, safe.unsqueeze(axis)).squeeze(axis).masked_fill(ignored, 0.0)
    scale = (~ignored).to(logs.dtype)
    if weight is not None:
        scale = scale * weight[safe]
        losses = losses * scale
    return losses.sum() / scale.sum() if reduction == "mean" else reduced(losses, reduction)


def softmax_with_cross_entropy(logits, label, soft_label=False, ignore_index=-100, axis=-1):
    """One loss for each row, with an axis of 1."""
    losses = cross_entropy(logits, label, ignore_index=ignore_index, reduction="none", soft_label=soft_label, axis=axis)
    return losses.unsqueeze(axis)


def reduced(losses, reduction):
    """The mean, the sum, or all."""
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def log_loss(input, label, epsilon=1e-4):
    """Negative log likelihood of a probability."""
    return -label * torch.log(input + epsilon) - (1.0 - label) * torch.log(1.0 - input + epsilon)


def label_smooth(label, epsilon=0.1):
    """A label mixed with the uniform distribution."""
    return (1 - epsilon) * label + epsilon / label.shape[-1]


def sigmoid_focal_loss(logit, label, normalizer=None, alpha=0.25, gamma=2.0, reduction="sum"):
    """Focal loss of logits."""
    p = torch.sigmoid(logit)
    losses = F.binary_cross_entropy_with_logits(logit, label, reduction="none")
    losses = losses * (alpha * label + (1 - alpha) * (1 - label)) * (1 - (p * label + (1 - p) * (1 - label))) ** gamma
    return reduced(losses if normalizer is None else losses / normalizer, reduction)


def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, training=True):
    """Attention of [batch, length, heads, size]."""
    q, k, v = (each.transpose(1, 2) for each in (query, key, value))
    y = F.scaled_dot_product_attention(q, k, v, attn_mask, dropout_p if training else 0.0, is_causal)
    return y.transpose(1, 2)


def sequence_mask(x, maxlen=None, dtype=torch.int64):
    """1 for each place before its length."""
    steps = torch.arange(int(x.max()) if maxlen is None else int(maxlen), device=x.device)
    return (steps < x.unsqueeze(-1)).to(dtype)
